"""Connections to Valkey or Redis that neither hang nor spin when it is away."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from config.settings import Settings, SettingsError


def connect_valkey(settings: Settings, *, patient: bool = False) -> Redis:
    """A client with its pool; it connects when first used.

    Args:
        settings: `TEKANA_REDIS_URL` says where.
        patient: `False`: a request is waiting, a command fails within about two seconds. `True`: a
            worker has time, a command is tried again with growing pauses for about four seconds,
            so that loops over it do not spin.

    Raises:
        SettingsError: `TEKANA_REDIS_URL` is not set, or no such URL.
    """
    url = settings.require("redis_url")
    try:
        return Redis.from_url(
            url,
            socket_connect_timeout=1,
            # Longer than the longest blocking read of the worker's queue.
            socket_timeout=5 if patient else 1,
            retry=Retry(ExponentialBackoff(cap=1, base=0.1), 5 if patient else 1),
            health_check_interval=15,
        )
    except ValueError:
        # Not its own words: they may repeat a password.
        raise SettingsError(
            "TEKANA_REDIS_URL must look like redis://host:6379/0, rediss://… or unix:///path"
        ) from None
