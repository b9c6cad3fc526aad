"""The URLs of PostgreSQL and Redis: told from what is none, taken apart, and put together."""

import re
from contextlib import suppress
from urllib.parse import quote, urlencode, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from redis import ConnectionPool, RedisError

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
    hosts, ports = (str(parts.get(name, "")).split(",") for name in ("host", "port"))
    if not parts or not all(map(_is_port, ports)) or not all(map(_is_host, hosts)):
        raise ValueError(
            "is not a PostgreSQL URL: write postgresql://user:password@host:5432/database, "
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


def check_redis_url(url: str) -> str:
    """The URL itself.

    Raises:
        ValueError: it is not one. The client's own words may repeat the password and are not shown.
    """
    with suppress(ValueError, TypeError, RedisError):
        place = urlsplit(url)
        # As it will be connected by, which finds out about its options too.
        ConnectionPool.from_url(url).make_connection()
        # An @ after a slash is a password's own, whose beginning would be taken for a port.
        if "@" not in "".join(place[2:]) and _is_host(place.hostname or ""):
            return url
    raise ValueError(
        "is not a Redis URL: write redis://user:password@host:6379/0, rediss://… or "
        "unix:///path, with special characters as %XX"
    )


def _is_host(text: str) -> bool:
    """Whether it may be a host; Python's lookups fail over some texts instead of finding none."""
    with suppress(UnicodeError):
        if not text.startswith("/"):  # of a socket
            text.encode("idna")
        return True
    return False


def _is_port(text: str) -> bool:
    return not text or (text.isdecimal() and 0 < int(text) <= LARGEST_PORT)
