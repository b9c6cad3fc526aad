"""The queue of jobs: its name, its timing, and how an SMS is put into it."""

import asyncio
from collections.abc import Awaitable
from typing import Any, cast

from saq.job import Job
from saq.queue import Queue
from saq.queue.redis import RedisQueue

from config.settings import Settings
from outbox.valkey import connect_valkey

QUEUE_NAME = "tekana"
SEND_SMS = "send_sms"
# The worker touches a running job every second; one untouched for longer lost its worker.
HEARTBEAT_SECONDS = 3
# A worker that lives is given this long to let go of a job that was taken from it.
ABORT_SECONDS = 1
# Longer than the longest allowed try of a gateway, and the database around it.
TIMEOUT_SECONDS = 90
# Never the reason to give up: PostgreSQL counts attempts and knows when the OTP has expired.
RETRIES = 1_000
FINISHED_JOB_SECONDS = 60
# Nothing is put off for longer: what is, was put off by a clock that was ahead, and is due. Else
# jobs of every few seconds would wait until that time, whichever worker is started.
LONGEST_DELAY_SECONDS = 60
# SAQ's own, but for that, and that what is done every few seconds is queued before every SMS: while
# a gateway hangs, the ledger would be sealed minutes late.
_SCHEDULE = f"""
if not redis.call('set', KEYS[1], 1, 'nx', 'ex', ARGV[1]) then return end
local due = redis.call('zrangebyscore', KEYS[2], 1, ARGV[2])
local latest = '(' .. ARGV[2] + {LONGEST_DELAY_SECONDS}
for _, job in ipairs(redis.call('zrangebyscore', KEYS[2], latest, '+inf')) do
    table.insert(due, job)
end
for _, job in ipairs(due) do
    local is_of_the_clock = string.find(job, ':cron:', 1, true)
    redis.call('zadd', KEYS[2], 0, job)
    redis.call(is_of_the_clock and 'lpush' or 'rpush', KEYS[3], job)
end
return due
"""


class OutboxQueue(RedisQueue):
    """SAQ's queue, which here waits neither for dead workers nor for an absent Valkey."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._seen: dict[bytes, bytes | None] = {}  # what was stored of each job at the last look
        self._schedule_script = self.redis.register_script(_SCHEDULE)
        self._cleanup_script = self._find_untouched  # type: ignore[assignment]  # SAQ's is a script

    async def sweep(self, lock: int = 1, abort: float = ABORT_SECONDS) -> list[str]:
        """Take jobs from workers that died and queue them again.

        Args:
            lock: seconds in which no other worker sweeps.
            abort: seconds to wait for the worker, should it live after all.
        """
        return await super().sweep(lock, abort)

    async def _find_untouched(self, *, args: list[int], **_: Any) -> list[tuple[bytes, Any]]:
        """The jobs that SAQ's sweep looks through: those of which nothing was written of late.

        Its own script finds also those that a worker has taken this moment and not yet marked. They
        would be taken for a dead worker's and queued again: an SMS was sent twice.
        """
        (lock,) = args
        if not await self.redis.set(self._sweep, 1, ex=lock, nx=True):
            return []
        # redis-py's types leave open whether its client is one for coroutines.
        ids = await cast("Awaitable[list[bytes]]", self.redis.lrange(self._active, 0, -1))
        stored = dict(zip(ids, await self.redis.mget(ids), strict=True)) if ids else {}
        seen, self._seen = self._seen, stored
        return [(one, job) for one, job in stored.items() if one in seen and seen[one] == job]

    async def disconnect(self) -> None:
        """Close every connection, without SAQ's last command to a Valkey that may be gone."""
        listening = self._pubsub._daemon_task
        if listening is not None:
            listening.cancel()
            await asyncio.wait([listening])
        await self._pubsub.pubsub.aclose()  # type: ignore[no-untyped-call]
        await self.redis.aclose()
        await self.redis.connection_pool.disconnect()


def make_queue(settings: Settings, *, patient: bool = False) -> OutboxQueue:
    """The queue, for the API (which has no time when Valkey is away) or a worker (which has).

    Args:
        settings: `TEKANA_REDIS_URL` says where it is.
        patient: see `outbox.valkey.connect_valkey`.

    Raises:
        SettingsError: `TEKANA_REDIS_URL` is not set.
    """
    return OutboxQueue(connect_valkey(settings, patient=patient), name=QUEUE_NAME)


async def enqueue_sms(queue: Queue, message_id: int) -> bool:
    """Ask the worker to send an SMS. The job carries its id only: jobs are logged and kept.

    Call it after the transaction that wrote the row has been committed; should it fail or the
    process die before it, the worker finds the row within seconds.

    Args:
        queue: from `make_queue`.
        message_id: of the row in `tekana.sms_messages`.

    Returns:
        Whether it is newly queued; `False` when it already waits or is being sent.

    Raises:
        redis.RedisError: Valkey is away. The SMS is late then, and not lost.
    """
    job = Job(
        SEND_SMS,
        key=f"sms:{message_id}",
        kwargs={"message_id": message_id},
        timeout=TIMEOUT_SECONDS,
        heartbeat=HEARTBEAT_SECONDS,
        retries=RETRIES,
        ttl=FINISHED_JOB_SECONDS,
    )
    return await queue.enqueue(job) is not None
