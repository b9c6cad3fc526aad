"""What `tekana up` does when all is well, and when a part of it dies."""

import os
import signal
import threading
import time

import psutil
import psycopg
import pytest
import redis

from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer
from tests.waiting import eventually

from .conftest import Up, processes_of


@pytest.fixture
def place(kept_place):
    return kept_place


def database_of(data_directory):
    return psycopg.connect(
        PostgresServer(data_directory / "postgres").url("tekana"), autocommit=True
    )


def valkey_of(data_directory):
    return redis.Redis.from_url(ValkeyServer(data_directory / "valkey").url)


def test_it_answers_what_is_in_progress_stops_and_starts_again_on_the_same_data(start, place):
    up = start().wait_until_up()
    with database_of(place) as connection:
        connection.execute("create table kept as select 42 as number")
    with valkey_of(place) as client:
        client.set("kept", "42")
    secrets = (place / "secrets.json").read_text()
    answers = []
    request = threading.Thread(target=lambda: answers.append(up.get("/slow")))
    request.start()
    time.sleep(0.3)
    up.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    assert up.stop(signal.SIGTERM) < 10  # twice at once is one wish
    assert up.process.returncode == 0
    request.join()
    assert len(answers) == 1
    assert processes_of(place) == []

    start().wait_until_up()
    with database_of(place) as connection:
        assert connection.execute("select number from kept").fetchone() == (42,)
        connection.execute("drop table kept")
    with valkey_of(place) as client:
        assert client.get("kept") == b"42"
    assert (place / "secrets.json").read_text() == secrets


def test_a_second_ctrl_c_hastens_the_end(start, place):
    up = start(STAND_IN_WORKER="stubborn").wait_until_up()
    api = psutil.Process(up.running()["API"])
    up.process.send_signal(signal.SIGINT)
    eventually(lambda: not api.is_running())  # it heard the first one, and waits for the worker
    time.sleep(0.6)
    assert up.stop(signal.SIGINT) < 4
    assert processes_of(place) == []


def test_a_child_that_dies_is_replaced_and_one_that_ignores_the_signal_is_killed_in_time(
    start, place, refusal
):
    up = start(STAND_IN_WORKER="stubborn").wait_until_up()
    sentence = refusal()
    assert f"another 'tekana up' (process {up.process.pid}) runs on {place}" in sentence
    before = up.running()
    for name in ("API", "worker", "PostgreSQL", "Valkey"):
        os.kill(before[name], signal.SIGKILL)
    eventually(lambda: not set(up.running().values()) & set(before.values()))
    for name in before:
        assert f"{name} was killed by SIGKILL" in up.output
    eventually(lambda: is_answering(up, place))
    assert up.stop(signal.SIGQUIT) < 10  # a terminal's other key
    assert up.process.returncode == 0
    assert processes_of(place) == []


def test_a_reader_of_its_output_that_goes_away_stops_nothing(place, port, tmp_path):
    os.mkfifo(pipe := tmp_path / "output")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    up = Up(place, port, pipe, {})
    try:
        eventually(lambda: "worker" in noted(up) and is_answering(up, place))
        time.sleep(1)  # in which it says that it is up
        os.close(reader)
        before = up.running()
        os.kill(before["worker"], signal.SIGKILL)
        eventually(lambda: up.process.poll() is not None or noted(up) != before)
        assert up.process.poll() is None
        assert is_answering(up, place)
    finally:
        up.stop()
    assert up.process.returncode == 0


def noted(up):
    try:
        return up.running()
    except FileNotFoundError:
        return {}


def is_answering(up, data_directory):
    try:
        up.get("/")
        database_of(data_directory).close()
        with valkey_of(data_directory) as client:
            return client.ping()
    except (OSError, psycopg.OperationalError, redis.RedisError):
        return False
