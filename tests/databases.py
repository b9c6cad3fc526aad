"""Databases of the tests' own."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from cli.servers.postgres import PostgresServer


@contextmanager
def clone(server: PostgresServer, template: str, name: str) -> Iterator[str]:
    """A database that is like another, until the block ends; its name."""
    own = sql.Identifier(name)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        statement = sql.SQL("create database {} template {}")
        connection.execute(statement.format(own, sql.Identifier(template)))
        try:
            yield name
        finally:
            connection.execute(sql.SQL("drop database {} with (force)").format(own))
