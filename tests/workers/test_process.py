"""The worker as a process: how it starts, refuses to, and ends."""

import asyncio
import json
import signal
import time

import pytest

from config.environment import load_settings
from config.settings import Settings, SettingsError
from tests.waiting import eventually
from tests.workers.house import CODE
from workers.reachable import ServersUnreachable
from workers.run import run_worker


@pytest.fixture
def set_environment(environment, monkeypatch):
    """Sets the TEKANA_* variables of this process as a worker's, with others instead."""

    def set_environment(**overrides: str) -> None:
        for name, value in (environment | overrides).items():
            monkeypatch.setenv(name, value)

    load_settings.cache_clear()
    yield set_environment
    load_settings.cache_clear()


def test_the_console_gateway_keeps_texts_out_of_the_log_and_an_idle_worker_stops_soon(
    start_worker, messages, environment, tmp_path
):
    worker = start_worker(TEKANA_SMS_GATEWAY="console", TEKANA_DATA_DIR=str(tmp_path))
    messages.wait_for(messages.ask(), "SENT")
    time.sleep(1)
    started = time.monotonic()
    assert worker.end() == 0
    assert time.monotonic() - started < 6  # it waits for jobs that run; there are none
    [sms] = map(json.loads, (tmp_path / "sms.log").read_text().splitlines())
    assert sms["to"] == messages.phone_number
    assert CODE in sms["message"]
    [line] = [line for line in map(json.loads, worker.log.splitlines()) if "to" in line]
    assert line["to"] == f"+250******{messages.phone_number[-3:]}"
    assert CODE not in worker.log
    assert messages.phone_number.strip("+") not in worker.log


def test_why_it_does_not_start_is_one_sentence_and_exit_code_1(start_worker):
    worker = start_worker(ready=False, TEKANA_ENV="production", TEKANA_SMS_GATEWAY="console")
    assert worker.process.wait(60) == 1
    [sentence] = worker.log.splitlines()
    assert sentence.startswith("tekana worker: ")
    assert "choose a gateway" in sentence


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"TEKANA_SMS_URL": ""}, "TEKANA_SMS_URL is not set"),
        ({"TEKANA_OTP_SECRET": ""}, "TEKANA_OTP_SECRET is not set"),
        ({"TEKANA_OTP_SECRET": "short"}, "TEKANA_OTP_SECRET: "),
        ({"TEKANA_REDIS_URL": "valkey"}, "TEKANA_REDIS_URL is not a Redis URL"),
    ],
)
async def test_a_setting_it_cannot_use_is_named(set_environment, overrides, sentence):
    set_environment(**overrides)
    with pytest.raises(SettingsError, match=sentence):
        await run_worker(load_settings())


async def test_a_server_that_is_not_there_is_named_within_ten_seconds(set_environment):
    set_environment()
    nowhere = "postgresql://tekana_worker:hunter2@/tekana?host=/nowhere"
    began = time.monotonic()
    postgres, valkey = await asyncio.gather(
        run_worker(Settings(worker_database_url=nowhere)),
        run_worker(Settings(redis_url="unix:///nowhere/valkey.sock")),
        return_exceptions=True,
    )
    assert time.monotonic() - began < 10
    assert type(postgres) is type(valkey) is ServersUnreachable
    assert "PostgreSQL cannot be used" in str(postgres)
    assert "Valkey cannot be used" in str(valkey)
    assert "No such file or directory" in str(valkey)
    assert "hunter2" not in str(postgres)


async def test_a_database_without_the_schema_is_said(set_environment, server):
    set_environment(TEKANA_WORKER_DATABASE_URL=server.url("template1", "tekana_worker"))
    with pytest.raises(ServersUnreachable, match="lacks Tekana's schema: run 'tekana migrate depl"):
        await run_worker(Settings())


def test_what_a_killed_worker_was_sending_the_next_one_sends_and_finishes_though_told_to_stop(
    start_worker, messages, gateway
):
    gateway.slow.set()
    first = start_worker()
    message_id = messages.ask()
    eventually(lambda: gateway.received)
    first.end(signal.SIGKILL)
    second = start_worker()
    eventually(lambda: len(gateway.received) == 2, seconds=30, what="sending it again")
    second.process.send_signal(signal.SIGTERM)
    time.sleep(1)
    gateway.slow.clear()
    assert second.process.wait(40) == 0
    assert messages.row(message_id)["status"] == "SENT"
    assert len(gateway.received) == 2
