"""The databases that are measured over: people, and a history of a given length."""

import subprocess
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from api.tokens import Session, Tokens
from bench.servers import JWT_SECRET, ROOT
from cli.servers.postgres import PostgresServer
from config.queries import load_queries
from config.settings import Settings

QUERIES = load_queries(Path(__file__).parent / "queries.sql")
TRANSACTIONS_OF_EACH = 50  # on average
MERCHANT, OCCASIONAL, SOMEBODY = 1, 2, 3  # with a tenth of all, with twenty, and with some
CUSTOMERS_AT_LEAST = 10_000  # who pay each other when posting is measured
SIGNED_IN = 200  # the first of them


def populate(server: PostgresServer, database: str, transactions: int) -> dict[int, str]:
    """Make a database with a history; the tokens of its first customers, by their key."""
    make_database(server, database)
    psql = [str(server.bin_directory / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    subprocess.run([*psql, "-d", server.url(database), "-f", "db/build.sql"], cwd=ROOT, check=True)
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        fill(connection, transactions, CUSTOMERS_AT_LEAST)
        opened = connection.execute(QUERIES["sessions"], {"users": SIGNED_IN}).fetchall()
    tokens = Tokens(Settings(jwt_secret=JWT_SECRET, access_token_seconds=86_400))
    return {
        user_id: tokens.issue(Session(session_id, user_id, "CUSTOMER"))
        for session_id, user_id in opened
    }


def make_database(server: PostgresServer, database: str) -> None:
    """Make an empty database."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))


def wallets(server: PostgresServer, database: str) -> dict[int, int]:
    """The wallet of each of the first customers."""
    with psycopg.connect(server.url(database)) as connection:
        return dict(connection.execute(QUERIES["wallets"], {"users": SIGNED_IN}).fetchall())


def fill(
    connection: psycopg.Connection[TupleRow], transactions: int, customers_at_least: int = 0
) -> None:
    """Write a history into a database that has none.

    Args:
        connection: a superuser's, in autocommit mode.
        transactions: how many; a customer has fifty on average.
        customers_at_least: with fewer on average, where that makes fewer customers.
    """
    connection.execute("set session_replication_role = replica")
    connection.execute("set maintenance_work_mem = '512MB'")
    customers = max(customers_at_least, transactions // TRANSACTIONS_OF_EACH)
    numbers = {"transactions": transactions, "customers": customers}
    connection.execute(QUERIES["people"], numbers)
    connection.execute(QUERIES["staff"])
    # Indexes that are built over all rows at once take a tenth of the time.
    indexes = connection.execute(QUERIES["indexes"]).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("drop index tekana.{}").format(sql.Identifier(name)))
    connection.execute(QUERIES["history"], numbers)
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute("vacuum analyze")
