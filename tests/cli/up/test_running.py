"""What `tekana up` does when all is well, and when a part of it dies."""

import os
import signal
import threading

import psycopg
import pytest
import redis

from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer

from .conftest import processes_of, wait_for


def database_of(data_directory):
    return psycopg.connect(
        PostgresServer(data_directory / "postgres").url("tekana"), autocommit=True
    )


def valkey_of(data_directory):
    return redis.Redis.from_url(ValkeyServer(data_directory / "valkey").url)


pytestmark = pytest.mark.usefixtures("data_directory")


def test_the_data_and_the_secrets_survive_a_restart(start, data_directory):
    up = start().wait_until_up()
    with database_of(data_directory) as connection:
        connection.execute("create table kept as select 42 as number")
    with valkey_of(data_directory) as client:
        client.set("kept", "42")
    secrets = (data_directory / "secrets.json").read_text()
    up.stop()
    start().wait_until_up()
    with database_of(data_directory) as connection:
        assert connection.execute("select number from kept").fetchone() == (42,)
    with valkey_of(data_directory) as client:
        assert client.get("kept") == b"42"
    assert (data_directory / "secrets.json").read_text() == secrets


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_within_ten_seconds(start, data_directory, number):
    up = start().wait_until_up()
    assert processes_of(data_directory)
    assert up.stop(number) < 10
    assert up.process.returncode == 0
    assert processes_of(data_directory) == []


def test_a_program_that_ignores_the_signal_is_killed_in_time(start, data_directory):
    up = start(STAND_IN_WORKER="stubborn").wait_until_up()
    assert up.stop() < 10
    assert processes_of(data_directory) == []


def test_a_second_ctrl_c_hastens_the_end(start, data_directory):
    up = start(STAND_IN_WORKER="stubborn").wait_until_up()
    threading.Timer(0.8, up.process.send_signal, [signal.SIGINT]).start()
    assert up.stop(signal.SIGINT) < 3
    assert processes_of(data_directory) == []


def test_a_request_in_progress_is_answered_though_the_signal_comes_twice_at_once(start):
    up = start().wait_until_up()
    answers = []
    request = threading.Thread(target=lambda: answers.append(up.get("/slow")))
    request.start()
    threading.Event().wait(0.3)
    up.process.send_signal(signal.SIGTERM)
    threading.Event().wait(0.1)
    up.stop(signal.SIGTERM)
    request.join()
    assert len(answers) == 1


def test_a_child_that_dies_is_replaced(start, data_directory):
    up = start().wait_until_up()
    before = up.running()
    for name in ("API", "worker", "PostgreSQL", "Valkey"):
        os.kill(before[name], signal.SIGKILL)
    wait_for(lambda: not set(up.running().values()) & set(before.values()))
    for name in before:
        assert f"{name} was killed by SIGKILL" in up.output
    wait_for(lambda: is_answering(up, data_directory))
    assert up.stop() < 10
    assert processes_of(data_directory) == []


def is_answering(up, data_directory):
    try:
        up.get("/")
        database_of(data_directory).close()
        with valkey_of(data_directory) as client:
            return client.ping()
    except (OSError, psycopg.OperationalError, redis.RedisError):
        return False
