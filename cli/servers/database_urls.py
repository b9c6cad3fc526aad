"""Taking the URL of a database apart, and putting one together for another role."""

from contextlib import suppress
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cli.servers import ServerError


def parse_database_url(url: str) -> dict[str, str]:
    """The parts of a PostgreSQL URL, by libpq's names.

    Raises:
        ServerError: it is not one. libpq's own words may repeat the password and are not shown.
    """
    parts = {}
    if url.startswith(("postgresql://", "postgres://")):
        with suppress(psycopg.ProgrammingError):
            parts = conninfo_to_dict(url)
    if not parts:
        raise ServerError(
            "TEKANA_DATABASE_URL is not a URL of PostgreSQL: write "
            "postgresql://user:password@host:5432/database, with special characters as %XX"
        )
    return {name: str(value) for name, value in parts.items() if value is not None}


def database_url(parts: dict[str, str]) -> str:
    """The URL made of such parts. Several hosts and socket directories fit in it too."""
    rest = {name: value for name, value in parts.items() if name not in {"user", "password"}}
    user = quote(parts.get("user", ""), safe="")
    password = f":{quote(parts['password'], safe='')}" if "password" in parts else ""
    database = quote(rest.pop("dbname", ""), safe="")
    return f"postgresql://{user}{password}@/{database}?{urlencode(rest, quote_via=quote)}"
