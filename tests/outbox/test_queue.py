"""The queue: an id in, once."""

import asyncio
import os
import signal
import time

import pytest
from redis.exceptions import RedisError
from saq.utils import now

from config.settings import Settings
from outbox.queue import SEND_SMS, enqueue_sms, make_queue
from workers import heartbeat


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


async def test_a_job_carries_nothing_but_the_id_and_has_time_for_the_slowest_gateway(queue):
    await enqueue_sms(queue, 7)
    job = await queue.job("sms:7")
    assert (job.function, job.kwargs) == ("send_sms", {"message_id": 7})
    assert Settings(sms_timeout_seconds=60).sms_timeout_seconds < job.timeout


async def test_a_finished_sms_can_be_queued_again(queue):
    await enqueue_sms(queue, 7)
    job = await queue.dequeue(timeout=1)
    assert not await enqueue_sms(queue, 7)
    await job.finish("complete")
    assert await enqueue_sms(queue, 7)


async def test_a_job_that_a_worker_has_just_taken_is_not_queued_again(queue):
    await enqueue_sms(queue, 7)
    job = await queue.dequeue(timeout=1)
    assert await queue.sweep(lock=1, abort=0.1) == []
    await job.update(status="active", started=now(), touched=now())
    marked = job.touched
    async with heartbeat.heartbeat(job):
        await asyncio.sleep(1.1)
    assert await queue.sweep(lock=1, abort=0.1) == []
    assert await queue.count("queued") == 0
    assert (await queue.job(job.key)).touched >= marked + 900  # it was marked again meanwhile


async def test_a_valkey_that_takes_nothing_for_a_while_is_told_afterwards_that_a_job_still_runs(
    queue, monkeypatch
):
    monkeypatch.setattr(heartbeat, "_BEAT_SECONDS", 0.1)
    await enqueue_sms(queue, 7)
    job = await queue.dequeue(timeout=1)
    async with heartbeat.heartbeat(job):
        await queue.redis.config_set("maxmemory", 1)
        try:
            await asyncio.sleep(0.3)
        finally:
            await queue.redis.config_set("maxmemory", 0)
        full = now()
        await asyncio.sleep(0.3)
    assert (await queue.job(job.key)).touched >= full


async def test_a_job_whose_worker_died_as_it_took_it_is_queued_again(queue):
    await enqueue_sms(queue, 7)
    job = await queue.dequeue(timeout=1)
    for _ in range(2):  # the second time it is another worker's turn
        assert await queue.sweep(lock=1, abort=0.1) == []
    await asyncio.sleep(1.1)
    assert await queue.sweep(lock=1, abort=0.1) == [job.id]
    assert await queue.count("queued") == 1


async def test_a_job_that_is_done_once_at_the_most_is_ended_when_its_worker_died(queue):
    await queue.enqueue("reconcile_sms", retries=1)
    job = await queue.dequeue(timeout=1)
    await job.update(attempts=1)
    assert await queue.sweep(lock=1, abort=0.1) == []
    await asyncio.sleep(1.1)
    assert await queue.sweep(lock=1, abort=0.1) == [job.id]
    assert await queue.count("queued") == 0
    assert (await queue.job(job.key)).status == "aborted"


async def test_what_is_done_every_few_seconds_waits_behind_no_sms(queue):
    for message_id in (7, 8):
        await enqueue_sms(queue, message_id)
    await queue.enqueue(SEND_SMS, key="sms:9", message_id=9, scheduled=1)
    await queue.enqueue("seal_transactions", key="cron:seal_transactions", scheduled=1)
    assert len(await queue.schedule(lock=1)) == 2
    assert await queue.schedule(lock=1) == []
    taken = [(await queue.dequeue(timeout=1)).key for _ in range(4)]
    assert taken == ["cron:seal_transactions", "sms:7", "sms:8", "sms:9"]
    assert await queue.count("queued") == 0


async def test_what_a_clock_that_was_ahead_put_off_is_due(queue):
    now = int(time.time())
    for key, seconds in (("sms:7", 30), ("cron:seal_transactions", 3600), ("sms:8", -1)):
        await queue.enqueue("whatever", key=key, scheduled=now + seconds)
    due = [os.fsdecode(job_id).rpartition("tekana:")[2] for job_id in await queue.schedule(lock=1)]
    assert due == ["sms:8", "cron:seal_transactions"]
    assert await queue.schedule(lock=1) == []


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
