"""Which database a command of an administrator works on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import psycopg
import typer
from psycopg.rows import dict_row

from cli.servers.postgres import PostgresServer
from cli.trouble import Trouble, describe
from cli.up.databases import DATABASE
from config.connections import PromptConnection
from config.environment import load_settings
from config.urls import check_database_url

Row = dict[str, Any]
Url = Annotated[
    str | None,
    typer.Option(
        help="URL of the database (postgresql://…). Default: TEKANA_DATABASE_URL, else the "
        "embedded server of the data directory, if it is running."
    ),
]
# What a statement of ours is told where the schema, or a part of it, is not there.
NOT_DEPLOYED = (
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedFunction,
)


def administrator_url(given: str | None) -> str:
    """URL of the database that is meant, for a role that may change everything in it.

    Args:
        given: on the command line; else TEKANA_DATABASE_URL, else the embedded server, if it runs.

    Raises:
        Trouble: none is named and the embedded one does not run, or what is given is no URL.
        SettingsError: a setting is unusable.
    """
    settings = load_settings()
    if given is not None:
        try:
            return check_database_url(given)
        except ValueError as error:
            raise Trouble(f"--url {error}") from None
    if settings.database_url is not None:
        return settings.database_url
    embedded = PostgresServer(settings.data_dir / "postgres")
    if not embedded.socket_path.exists():
        raise Trouble(
            "no database is given, and the embedded server is not running: give --url, set "
            "TEKANA_DATABASE_URL, or start 'tekana up' first"
        )
    return embedded.url(DATABASE)


@contextmanager
def administrator_connection(
    given: str | None, answer_seconds: float | None = None
) -> Iterator[psycopg.Connection[Row]]:
    """A connection to that database, in a transaction that is committed when the block ends.

    Args:
        given: as in `administrator_url`.
        answer_seconds: longest that one answer may take; None: as long as it takes.

    Raises:
        Trouble: it cannot be reached, or has not the schema of this version, or its role may
            not do this.
        SettingsError: a setting is unusable.
    """
    url = administrator_url(given)
    try:
        connection = PromptConnection[Row].connect(
            url, answer_seconds=answer_seconds, row_factory=dict_row
        )
    except psycopg.OperationalError as error:
        raise Trouble(
            f"the database cannot be reached ({describe(error)}): start it, or correct --url or "
            "TEKANA_DATABASE_URL"
        ) from None
    try:
        with connection:
            yield connection
    except psycopg.errors.ReadOnlySqlTransaction:
        raise Trouble(
            "this command must write, but the database is a replica or read-only: use the primary"
        ) from None
    except NOT_DEPLOYED:
        raise Trouble(
            "the database does not have the schema of this version: "
            "run 'tekana migrate deploy' first"
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise Trouble(
            f"{describe(error)}: use --url with a role that may administer the database"
        ) from None
