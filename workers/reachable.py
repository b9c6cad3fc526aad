"""Whether the servers are there, asked once, when the worker starts."""

import asyncio
import time
from typing import TYPE_CHECKING, cast

import psycopg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from config.redaction import redact_text
from config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable

_PATIENCE_SECONDS = 8.0
_PAUSE_SECONDS = 0.25
_CONNECT_SECONDS = 3


class ServersUnreachable(RuntimeError):  # noqa: N818 - says what is the matter
    """PostgreSQL or Valkey cannot be used; the message says which, why and what to do."""


async def wait_for_servers(settings: Settings, valkey: Redis) -> None:
    """Return when both answer; they may be starting just now.

    Args:
        settings: `TEKANA_WORKER_DATABASE_URL` says where PostgreSQL is.
        valkey: the client to ask through.

    Raises:
        ServersUnreachable: one does not within ten seconds, or the database is not Tekana's.
    """
    await asyncio.gather(_wait_for_postgres(settings), _wait_for_valkey(valkey))


async def _wait_for_postgres(settings: Settings) -> None:
    url = settings.require("worker_database_url")
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(
                url, connect_timeout=_CONNECT_SECONDS
            )
        except psycopg.Error as error:
            if time.monotonic() > deadline:
                raise ServersUnreachable(
                    "cannot connect to PostgreSQL as TEKANA_WORKER_DATABASE_URL says: "
                    f"{_first_line(error)}; start it or correct the URL"
                ) from None
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            break
    async with connection:
        await _check_schema(connection)


async def _check_schema(connection: psycopg.AsyncConnection) -> None:
    try:
        cursor = await connection.execute("select to_regprocedure('tekana.begin_sms(bigint)')")
        row = await cursor.fetchone()
    except psycopg.Error as error:
        raise ServersUnreachable(
            f"PostgreSQL does not let the worker in: {_first_line(error)}; connect as tekana_worker"
        ) from None
    if row is None or row[0] is None:
        raise ServersUnreachable(
            "the database lacks Tekana's schema: run 'tekana migrate deploy' first"
        )


async def _wait_for_valkey(valkey: Redis) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            # The client itself tries again with pauses for some seconds.
            await cast("Awaitable[bool]", valkey.ping())
    except (RedisError, OSError, TimeoutError) as error:
        raise ServersUnreachable(
            f"cannot connect to Valkey as TEKANA_REDIS_URL says: {_first_line(error)}; "
            "start it or correct the URL"
        ) from None


def _first_line(error: Exception) -> str:
    lines = redact_text(str(error)).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
