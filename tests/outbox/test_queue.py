"""The queue: an id in, once."""

import os
import signal
import time

import pytest
from redis.exceptions import RedisError

from config.settings import Settings
from outbox.queue import enqueue_sms, make_queue


@pytest.fixture
async def queue(redis_url, monkeypatch):
    monkeypatch.setenv("TEKANA_REDIS_URL", redis_url)
    queue = make_queue(Settings())
    yield queue
    await queue.disconnect()


async def test_an_sms_is_queued_once_however_often_it_is_asked_for(queue):
    assert await enqueue_sms(queue, 7)
    assert not await enqueue_sms(queue, 7)
    assert await enqueue_sms(queue, 8)
    assert await queue.count("queued") == 2


async def test_a_job_carries_nothing_but_the_id(queue):
    await enqueue_sms(queue, 7)
    job = await queue.job("sms:7")
    assert (job.function, job.kwargs) == ("send_sms", {"message_id": 7})


async def test_a_finished_sms_can_be_queued_again(queue):
    await enqueue_sms(queue, 7)
    job = await queue.dequeue(timeout=1)
    assert not await enqueue_sms(queue, 7)
    await job.finish("complete")
    assert await enqueue_sms(queue, 7)


async def test_an_absent_valkey_is_reported_within_two_seconds(monkeypatch, tmp_path):
    monkeypatch.setenv("TEKANA_REDIS_URL", f"unix://{tmp_path}/valkey.sock")
    queue = make_queue(Settings())
    started = time.monotonic()
    with pytest.raises(RedisError):
        await enqueue_sms(queue, 7)
    await queue.disconnect()
    assert time.monotonic() - started < 2


async def test_a_hung_valkey_is_reported_within_three_seconds_and_forgiven(queue, valkey):
    await enqueue_sms(queue, 7)
    for _ in range(2):  # on an old connection, then on a new one
        os.kill(valkey.process.pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            with pytest.raises(RedisError):
                await enqueue_sms(queue, 8)
            assert time.monotonic() - started < 3
        finally:
            os.kill(valkey.process.pid, signal.SIGCONT)
    assert await enqueue_sms(queue, 9)
