"""Which database a command of an administrator works on."""

from typing import Annotated

import typer

from cli.servers import ServerError
from cli.servers.postgres import PostgresServer
from config.settings import load_settings

Url = Annotated[
    str | None,
    typer.Option(
        help="postgresql://… of the database. Default: TEKANA_DATABASE_URL, else the embedded "
        "server of the data directory, if it runs."
    ),
]

EMBEDDED_DATABASE = "tekana"  # which 'tekana up' makes in the embedded server


def administrator_url(given: str | None) -> str:
    """URL of the database that is meant, for a role that may change everything in it.

    Args:
        given: on the command line; else TEKANA_DATABASE_URL, else the embedded server, if it runs.

    Raises:
        ServerError: none is named and the embedded one does not run.
        SettingsError: a setting is unusable.
    """
    settings = load_settings()
    url = given or settings.database_url
    if url is None:
        embedded = PostgresServer(settings.data_dir / "postgres")
        if not (embedded.socket_directory / ".s.PGSQL.5432").exists():
            raise ServerError(
                "no database is named and the embedded one does not run: give --url, set "
                "TEKANA_DATABASE_URL, or start 'tekana up' first"
            )
        url = embedded.url(EMBEDDED_DATABASE)
    return url
