"""The worker as a process: how it starts, refuses to, and outlives its servers."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg
import pytest

from cli.servers.valkey import ValkeyServer
from tests.workers.conftest import CODE, PHONE_NUMBER, eventually


def test_the_console_gateways_log_line_has_neither_number_nor_text(
    start_worker, messages, tmp_path
):
    worker = start_worker(TEKANA_SMS_GATEWAY="console")
    messages.wait_for(messages.ask(), "SENT")
    worker.end()
    [sms] = map(json.loads, (tmp_path / "data" / "sms.log").read_text().splitlines())
    assert sms["to"] == PHONE_NUMBER
    assert CODE in sms["message"]
    [line] = [line for line in map(json.loads, worker.log.splitlines()) if "to" in line]
    assert line["to"] == "+250******456"
    assert CODE not in worker.log
    assert PHONE_NUMBER.strip("+") not in worker.log


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({"TEKANA_ENV": "production", "TEKANA_SMS_GATEWAY": "console"}, "choose a gateway"),
        ({"TEKANA_SMS_URL": ""}, "TEKANA_SMS_URL is not set"),
        ({"TEKANA_OTP_SECRET": ""}, "TEKANA_OTP_SECRET is not set"),
        ({"TEKANA_OTP_SECRET": "short"}, "TEKANA_OTP_SECRET: "),
        ({"TEKANA_REDIS_URL": "valkey"}, "TEKANA_REDIS_URL must look like"),
    ],
)
def test_a_setting_it_cannot_use_is_named_in_one_sentence(start_worker, overrides, sentence):
    worker = start_worker(ready=False, **overrides)
    assert worker.process.wait(5) == 1
    assert_one_sentence(worker.log, sentence)


def test_a_server_that_is_not_there_is_named_within_ten_seconds(start_worker):
    nowhere = "postgresql://tekana_worker:hunter2@/tekana?host=/nowhere"
    without_postgres = start_worker(ready=False, TEKANA_WORKER_DATABASE_URL=nowhere)
    without_valkey = start_worker(ready=False, TEKANA_REDIS_URL="unix:///nowhere/valkey.sock")
    assert without_postgres.process.wait(10) == 1
    assert without_valkey.process.wait(2) == 1
    assert_one_sentence(without_postgres.log, "PostgreSQL cannot be used")
    assert_one_sentence(without_valkey.log, "Valkey cannot be used")
    assert "hunter2" not in without_postgres.log


def assert_one_sentence(log: str, part: str) -> None:
    assert log.startswith("tekana worker: ")
    assert part in log
    assert len(log.splitlines()) == 1


def test_a_database_without_the_schema_is_said_in_one_sentence(start_worker, server, environment):
    url = server.url("template1", "tekana_worker")
    worker = start_worker(ready=False, TEKANA_WORKER_DATABASE_URL=url)
    assert worker.process.wait(12) == 1
    assert worker.log.splitlines() == [
        "tekana worker: the database lacks Tekana's schema: run 'tekana migrate deploy' first"
    ]


def test_an_idle_worker_stops_within_four_seconds(start_worker):
    worker = start_worker()
    time.sleep(1)
    started = time.monotonic()
    assert worker.end() == 0
    assert time.monotonic() - started < 4


@contextmanager
def database_away(server, database) -> Iterator[None]:
    """As a server that restarts: the worker's connections are cut, new ones refused for a while."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"alter database {database} connection limit 0")
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = 'tekana_worker' and datname = %s",
            [database],
        )
        yield
        connection.execute(f"alter database {database} connection limit -1")


def test_it_survives_its_database_going_away_before_a_send(
    start_worker, messages, gateway, server, database
):
    start_worker()
    with database_away(server, database):
        message_id = messages.ask()
        time.sleep(4)
        assert gateway.received == []
    messages.wait_for(message_id, "SENT", 25)


def test_an_sms_sent_while_the_database_is_away_is_recorded_and_not_sent_again(
    start_worker, messages, gateway, server, database
):
    gateway.slow.set()
    start_worker()
    message_id = messages.ask()
    eventually(lambda: gateway.received)
    with database_away(server, database):
        gateway.slow.clear()
        time.sleep(3)
    messages.wait_for(message_id, "SENT", 25)
    assert len(gateway.received) == 1


def test_it_survives_valkey_going_away_and_spends_no_time_spinning(
    start_worker, messages, gateway, tmp_path, monkeypatch
):
    valkey = ValkeyServer(tmp_path / "valkey")
    valkey.start()
    try:
        worker = start_worker(TEKANA_REDIS_URL=valkey.url)
        monkeypatch.setenv("TEKANA_REDIS_URL", valkey.url)
        messages.settings = type(messages.settings)()
        messages.wait_for(messages.ask(), "SENT")
        valkey.stop()
        before = cpu_seconds(worker.process.pid)
        time.sleep(4)
        assert cpu_seconds(worker.process.pid) - before < 1
        assert worker.process.poll() is None
        valkey.start()
        messages.wait_for(messages.ask(), "SENT", 25)
        assert "Traceback" not in worker.log
        valkey.stop()
        time.sleep(1)
        stopping = time.monotonic()
        assert worker.end() == 0
        assert time.monotonic() - stopping < 9.5
    finally:
        valkey.stop()


def cpu_seconds(process_id: int) -> float:
    times = psutil.Process(process_id).cpu_times()
    return times.user + times.system
