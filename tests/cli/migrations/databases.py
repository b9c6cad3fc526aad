"""Databases for the migration tests, and what is in them."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from cli.migrations import MIGRATIONS, runner
from cli.servers.postgres import PostgresServer

_numbers = count()


@contextmanager
def empty_database(server: PostgresServer, suffix: str = "") -> Iterator[str]:
    """A database with nothing in it; its name."""
    name = f"migrations_{next(_numbers)}{suffix}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield name
        finally:
            statement = sql.SQL("drop database {} with (force)")
            connection.execute(statement.format(sql.Identifier(name)))


def pending(url: str, directory: Path = MIGRATIONS) -> list[str]:
    """Names of the planned changes that are not deployed."""
    return [one.name for one in runner.status(url, directory) if one.state == "pending"]


def schema_of(server: PostgresServer, database: str) -> str:
    """All that pg_dump says of a database (owners, grants, comments), without sqitch's registry."""
    # --create adds the privileges on the database itself.
    text = dump(server, database, "--schema-only", "--create", "--exclude-schema=sqitch")
    return text.replace(database, "<database>")


def build(server: PostgresServer, database: str) -> None:
    """Build db/ in a database, as a person with psql does."""
    command = [str(server.bin_directory / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    command += ["-d", server.url(database), "-f", str(MIGRATIONS.parent / "db" / "build.sql")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr


def dump(server: PostgresServer, database: str, *options: str) -> str:
    command = [str(server.bin_directory / "pg_dump"), *options, server.url(database)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    # \restrict carries a random word.
    lines = [line for line in result.stdout.splitlines() if not re.match(r"\\(un)?restrict", line)]
    return "\n".join(lines)
