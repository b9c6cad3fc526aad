"""Whether the servers are there, asked once, when the worker starts."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import cast

import psycopg
from redis.exceptions import RedisError

from config.connections import AsyncPromptConnection
from config.redaction import redact_text
from config.settings import Settings
from outbox.valkey import connect_valkey

_PATIENCE_SECONDS = 7.0
_PAUSE_SECONDS = 0.25
_CONNECT_SECONDS = 2


class ServersUnreachable(RuntimeError):  # noqa: N818 - says what is the matter
    """PostgreSQL or Valkey cannot be used; the message says which, why and what to do."""


async def wait_for_servers(settings: Settings) -> None:
    """Return when both answer; they may be starting just now.

    Args:
        settings: `TEKANA_WORKER_DATABASE_URL` and `TEKANA_REDIS_URL` say where they are.

    Raises:
        ServersUnreachable: one does not within ten seconds, or the database is not Tekana's.
    """
    url = settings.require("worker_database_url")

    async def ask_postgres() -> None:
        connection = await AsyncPromptConnection.connect(
            url, answer_seconds=_CONNECT_SECONDS, connect_timeout=_CONNECT_SECONDS
        )
        async with connection:
            await _check_schema(connection)

    async def ask_valkey() -> None:
        # One that is patient tries again for longer than we wait, and never says what is wrong.
        async with connect_valkey(settings) as valkey:
            await cast("Awaitable[bool]", valkey.ping())

    # Both to their end: a question that is broken off leaves its connection to Valkey open.
    problems = await asyncio.gather(
        _keep_asking(ask_postgres, "PostgreSQL", "TEKANA_WORKER_DATABASE_URL"),
        _keep_asking(ask_valkey, "Valkey", "TEKANA_REDIS_URL"),
        return_exceptions=True,
    )
    for problem in problems:
        if problem is not None:
            raise problem


async def _keep_asking(ask: Callable[[], Awaitable[None]], whom: str, variable: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return await ask()
        except (psycopg.Error, RedisError) as error:
            if time.monotonic() > deadline - _PAUSE_SECONDS:
                raise ServersUnreachable(
                    f"{whom} cannot be used as {variable} says: {_first_line(error)}; "
                    "start it or correct the URL"
                ) from None
        await asyncio.sleep(_PAUSE_SECONDS)


async def _check_schema(connection: psycopg.AsyncConnection) -> None:
    cursor = await connection.execute("select to_regprocedure('tekana.begin_sms(bigint)')")
    if await cursor.fetchone() == (None,):
        raise ServersUnreachable(
            "the database lacks Tekana's schema: run 'tekana migrate deploy' first"
        )


def _first_line(error: Exception) -> str:
    lines = redact_text(str(error)).strip().splitlines()
    return lines[0].rstrip(".") if lines else "no answer in time"
