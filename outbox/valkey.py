"""Connections to Valkey or Redis that neither hang nor spin when it is away."""

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import TimeoutError as ValkeyTimeout

from config.settings import Settings

ANSWER_SECONDS = 2


class PromptRedis(Redis):
    """A client for whoever has somebody waiting: a command has answered or failed in 2 seconds.

    That includes connecting, the handshake, trying again and whatever else the library does under
    way, each of which has a time limit of its own and all of which add up. Pipelines are not
    covered: use a script, which is one command.
    """

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """As the library does, and not for longer.

        Raises:
            redis.TimeoutError: no answer in time.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except TimeoutError:
            raise ValkeyTimeout(f"Valkey did not answer within {ANSWER_SECONDS} seconds") from None


def connect_valkey(settings: Settings, *, patient: bool = False) -> Redis:
    """A client with its pool; it connects when first used.

    Args:
        settings: `TEKANA_REDIS_URL` says where.
        patient: `False`: a request is waiting, a command fails within two seconds. `True`: a
            worker has time, a command is tried again with growing pauses for about four seconds,
            so that loops over it do not spin.

    Raises:
        SettingsError: `TEKANA_REDIS_URL` is not set.
    """
    url = settings.require("redis_url")
    kind = Redis if patient else PromptRedis
    # No `health_check_interval`: its ping before a command reconnects by itself, which pings, each
    # with all retries: a Valkey that hangs was told after half a minute.
    return kind.from_url(
        url,
        socket_connect_timeout=1,
        # Longer than the longest blocking read of the worker's queue.
        socket_timeout=5 if patient else 1,
        retry=Retry(ExponentialBackoff(cap=1, base=0.1), 5 if patient else 1),
    )
