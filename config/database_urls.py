"""The URL of a database: told from what is none, taken apart, and put together for another role."""

import re
from contextlib import suppress
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

LARGEST_PORT = 65_535
# Up to its @ what libpq and Python's urllib read alike, whatever the password is; another @, or
# one after a slash, is a password's own, whose rest would be taken for a host.
_FORM = re.compile(r"postgres(ql)?://([^@/?#\[\]\s]*@)?[^@]*", re.ASCII)


def parse_database_url(url: str) -> dict[str, str]:
    """The parts of a PostgreSQL URL, by libpq's names.

    Raises:
        ValueError: it is not one. libpq's own words may repeat the password and are not shown.
    """
    parts = {}
    if _FORM.fullmatch(url) and url.isascii():
        with suppress(psycopg.ProgrammingError):
            parts = conninfo_to_dict(url)
    if not parts or not all(map(_is_port, str(parts.get("port", "")).split(","))):
        raise ValueError(
            "is not a URL of PostgreSQL: write postgresql://user:password@host:5432/database, "
            "with special characters as %XX"
        )
    return {name: str(value) for name, value in parts.items() if value is not None}


def check_database_url(url: str) -> str:
    """The URL itself.

    Raises:
        ValueError: it is not one.
    """
    parse_database_url(url)
    return url


def database_url(parts: dict[str, str]) -> str:
    """The URL made of such parts. Several hosts and socket directories fit in it too."""
    rest = {name: value for name, value in parts.items() if name not in {"user", "password"}}
    user = quote(parts.get("user", ""), safe="")
    password = f":{quote(parts['password'], safe='')}" if "password" in parts else ""
    database = quote(rest.pop("dbname", ""), safe="")
    return f"postgresql://{user}{password}@/{database}?{urlencode(rest, quote_via=quote)}"


def _is_port(text: str) -> bool:
    return not text or (text.isdecimal() and 0 < int(text) <= LARGEST_PORT)
