"""The named queries of the API."""

from pathlib import Path

from config.queries import load_queries

QUERIES = load_queries(Path(__file__).parent / "queries.sql")
