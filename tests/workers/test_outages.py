"""The worker outlives its servers, and neither loses an SMS nor sends it twice."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg
import pytest

from config.environment import make_settings
from outbox.queue import HEARTBEAT_SECONDS
from tests.silence import stopped
from tests.waiting import eventually
from workers import database
from workers.database import Database


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
    worker, messages, gateway, server, worker_database
):
    with database_away(server, worker_database):
        message_id = messages.ask()
        time.sleep(3)
        assert gateway.received == []
    messages.wait_for(message_id, "SENT")
    assert len(gateway.received) == 1


def test_an_sms_sent_while_the_database_is_away_is_recorded_and_not_sent_again(
    worker, messages, gateway, server, worker_database
):
    gateway.slow.set()
    message_id = messages.ask()
    eventually(lambda: gateway.received)
    with database_away(server, worker_database):
        gateway.slow.clear()
        time.sleep(2)
    messages.wait_for(message_id, "SENT")
    assert len(gateway.received) == 1


def test_it_outlives_a_database_that_hangs(worker, messages, gateway, server, worker_database):
    gateway.slow.set()
    message_id = messages.ask()
    eventually(lambda: gateway.received)
    with stopped(server):
        gateway.slow.clear()
        time.sleep(3)
    messages.wait_for(message_id, "SENT")
    assert len(gateway.received) == 1
    messages.wait_for(messages.ask(), "SENT")


def test_while_its_database_takes_nothing_it_says_why_and_goes_on_where_it_was_afterwards(
    worker, messages, gateway, server, worker_database
):
    gateway.slow.set()
    message_id = messages.ask()
    eventually(lambda: gateway.received)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        # As it is after a failover, or when its host has switched it to read-only.
        setting = "default_transaction_read_only"
        connection.execute(f"alter database {worker_database} set {setting} = on")
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = 'tekana_worker' and datname = %s",
            [worker_database],
        )
        said = "a job waits for PostgreSQL: 25006: cannot execute"
        eventually(lambda: said in worker.log, what="a line that says why")
        gateway.slow.clear()
        postponed = "will try again in 2 s: PostgreSQL or Valkey did not answer"
        before, later = worker.log.count(postponed), messages.ask()
        eventually(lambda: worker.log.count(postponed) > before, what="postponing the other one")
        time.sleep(1.5)  # in which it was tried more than once to record it
        assert worker.log.count(postponed) < before + 3
        connection.execute(f"alter database {worker_database} reset {setting}")
    for one in (message_id, later):
        messages.wait_for(one, "SENT")
    assert len(gateway.received) == 2
    assert "Traceback" not in worker.log
    assert '"level": "ERROR"' not in worker.log


async def test_a_statement_that_is_not_answered_is_not_waited_for(
    server, worker_database, environment, monkeypatch
):
    monkeypatch.setattr(database, "_STATEMENT_SECONDS", 1)
    asking = Database(make_settings(worker_database_url=environment["TEKANA_WORKER_DATABASE_URL"]))
    await asking.open()
    try:
        find = {"older_than_seconds": 3, "most": 1}
        assert await asking.fetch("find_waiting_sms", **find) == []
        with stopped(server):
            began = time.monotonic()
            with pytest.raises(psycopg.OperationalError, match="does not answer"):
                await asking.fetch("find_waiting_sms", **find)
            assert time.monotonic() - began < 3
        assert await asking.fetch("find_waiting_sms", **find) == []
    finally:
        await asking.close()


def test_it_survives_valkey_going_away_and_spends_no_time_spinning(
    start_worker, messages, gateway, valkey_server
):
    worker = start_worker()
    gateway.answers = [503]
    try:
        messages.wait_for(messages.ask(), "SENT")
        assert len(gateway.received) == 2
        valkey_server.stop()
        before = cpu_seconds(worker.process.pid)
        time.sleep(3)
        assert cpu_seconds(worker.process.pid) - before < 1
        assert worker.process.poll() is None
        valkey_server.start()
        messages.wait_for(messages.ask(), "SENT")
        assert "Traceback" not in worker.log  # neither a 503 nor an absent Valkey is worth one
        valkey_server.stop()
        time.sleep(1)
        stopping = time.monotonic()
        assert worker.end() == 0
        assert time.monotonic() - stopping < 9.5
    finally:
        if not valkey_server.running:
            valkey_server.start()


def test_an_sms_sent_while_valkey_is_away_is_recorded_and_not_sent_again(
    start_worker, messages, gateway, valkey_server
):
    worker = start_worker()
    gateway.slow.set()
    message_id = messages.ask()
    eventually(lambda: gateway.received)
    valkey_server.stop()
    try:
        gateway.slow.clear()
        messages.wait_for(message_id, "SENT")
        # The job cannot be ended, and the worker tries that for some seconds.
        eventually(lambda: worker.log.count("Valkey does not answer") > 4)
        time.sleep(5)
    finally:
        valkey_server.start()
    messages.wait_for(messages.ask(), "SENT")
    time.sleep(HEARTBEAT_SECONDS + 2)  # in which the job is taken from whoever does not end it
    assert len(gateway.received) == 2
    assert "Traceback" not in worker.log
    assert '"level": "ERROR"' not in worker.log


def cpu_seconds(process_id: int) -> float:
    times = psutil.Process(process_id).cpu_times()
    return times.user + times.system
