"""A sign of life of a running job, so that a dead worker's job is told from a slow one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.exceptions import RedisError
from saq.job import Job

_BEAT_SECONDS = 1


@asynccontextmanager
async def heartbeat(job: Job) -> AsyncIterator[None]:
    """Touch the job every second while the block runs.

    Args:
        job: one with a `heartbeat` of several seconds.
    """
    finished = asyncio.Event()
    beating = asyncio.create_task(_beat(job, finished))
    try:
        yield
    finally:
        # Not cancelled: a touch cut off half-way could be written after the job's end.
        finished.set()
        await beating


async def _beat(job: Job, finished: asyncio.Event) -> None:
    while not finished.is_set():
        try:
            async with asyncio.timeout(_BEAT_SECONDS):
                await finished.wait()
        except TimeoutError:
            try:
                await job.update()
            except RedisError:
                continue  # away for now; the send goes on, and Valkey forgets no job
