"""Servers of one's own, in place of the embedded ones: can they be reached, and are they fit?"""

from typing import Any, cast

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from cli.servers import ServerError
from config.connections import CONNECT_SECONDS, PromptConnection
from config.urls import parse_database_url

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7
OLDEST_VALKEY = 8


def check_postgres(url: str) -> str:
    """See that a PostgreSQL can carry Tekana.

    Args:
        url: the value of TEKANA_DATABASE_URL.

    Returns:
        What and where it is, in words, without the password.

    Raises:
        ServerError: it cannot be reached, is too old, a replica, or not in UTF-8.
        ValueError: it is no URL, which the settings have seen before.
    """
    place = _place(parse_database_url(url))
    try:
        with PromptConnection.connect(url, answer_seconds=CONNECT_SECONDS) as connection:
            version = connection.info.server_version // 10_000
            problem = _postgres_problem(connection, version)
    except psycopg.Error as error:
        raise ServerError(
            f"PostgreSQL at {place} cannot be reached ({_first_line(error)}): "
            "start it, or correct TEKANA_DATABASE_URL"
        ) from None
    if problem:
        raise ServerError(f"the PostgreSQL of TEKANA_DATABASE_URL, at {place}, {problem}")
    return f"PostgreSQL {version} at {place}"


def check_redis(url: str) -> str:
    """See that a Redis or Valkey can carry Tekana.

    Args:
        url: the value of TEKANA_REDIS_URL.

    Returns:
        What and where it is, in words, without the password.

    Raises:
        ServerError: it cannot be reached or is too old.
        ValueError: it is no URL, which the settings have seen before.
    """
    parts = cast("dict[str, Any]", parse_url(url))  # type: ignore[no-untyped-call]
    place = parts.get("path") or f"{parts.get('host', 'localhost')}:{parts.get('port', 6379)}"
    client = redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        with client:
            told = cast("dict[str, Any]", client.info("server"))
    except (redis.RedisError, OSError) as error:
        raise ServerError(
            f"Redis at {place} cannot be reached ({_first_line(error)}): "
            "start it, or correct TEKANA_REDIS_URL"
        ) from None
    # Valkey says a Redis version too, for clients that know no better.
    name, oldest = (
        ("Valkey", OLDEST_VALKEY) if "valkey_version" in told else ("Redis", OLDEST_REDIS)
    )
    version = str(told.get(f"{name.lower()}_version", "0"))
    if int(version.split(".")[0]) < oldest:
        raise ServerError(
            f"the {name} of TEKANA_REDIS_URL, at {place}, is version {version}: "
            f"Tekana needs Redis {OLDEST_REDIS} or Valkey {OLDEST_VALKEY}, or later"
        )
    return f"{name} {version} at {place}"


def _postgres_problem(connection: psycopg.Connection, version: int) -> str | None:
    if version < OLDEST_POSTGRES:
        return f"is version {version}: Tekana needs {OLDEST_POSTGRES} or later"
    told = connection.execute("select pg_is_in_recovery(), getdatabaseencoding()").fetchone()
    replica, encoding = told or (False, None)
    if replica:
        return "is a read-only replica: use the primary"
    if encoding != "UTF8":
        return f"has encoding {encoding}: create the database with encoding UTF8"
    return None


def _place(parts: dict[str, str]) -> str:
    host = parts.get("host") or parts.get("hostaddr") or "its default socket"
    port = f":{parts['port']}" if "port" in parts else ""
    return f"{host}{port}/{parts.get('dbname', '')}".rstrip("/")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
