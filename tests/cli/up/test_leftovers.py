"""Starting again after `tekana up` itself was killed."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil
import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from cli.up.leftovers import Notes

from .conftest import processes_of
from .test_running import database_of


def test_what_killed_runs_left_behind_is_ended_and_the_data_kept(start, place):
    first = start().wait_until_up()
    with database_of(place) as connection:
        connection.execute("create table kept as select 42 as number")
    left = first.running()
    first.kill()
    assert all(is_running(pid) for pid in left.values())

    second = start().wait_until_up()
    assert "left over" in second.output
    assert not set(left.values()) & set(second.running().values())
    assert not any(is_running(pid) for pid in left.values())
    with database_of(place) as connection:
        assert connection.execute("select number from kept").fetchone() == (42,)

    # Processes whose parent died too are found: the API's second one outlives it.
    everything = [process.pid for process in processes_of(place)]
    second.kill()
    for pid in second.running().values():
        os.kill(pid, signal.SIGKILL)
    third = start().wait_until_up()
    now = {process.pid for process in processes_of(place)}
    assert not now & set(everything), third.output
    third.stop()
    assert processes_of(place) == []


@contextmanager
def stranger_of(user):
    stranger = psutil.Popen(["sleep", "600"], start_new_session=True, user=user)
    yield stranger
    stranger.kill()
    stranger.wait()


def test_a_number_that_belongs_to_somebody_else_by_now_is_left_alone(place):
    place.mkdir()
    with stranger_of(os.geteuid()) as stranger:
        noted = {"name": "API", "pid": stranger.pid, "stop_signal": int(signal.SIGTERM)}
        noted |= {"started_at": time.time() - 3600, "executable": stranger.exe()}
        (place / "processes.json").write_text(json.dumps([noted]))
        ended = []
        Notes(place).end_leftovers(ended.append)
        assert ended == []
        assert stranger.poll() is None


def test_a_stale_pid_file_of_postgresql_that_names_somebody_else_is_no_obstacle(place):
    server = PostgresServer(place / "postgres", settings={"fsync": "off"})
    server.start()
    server.stop()
    # PostgreSQL takes any living process of its own user for itself.
    with stranger_of((place / "postgres").stat().st_uid) as stranger:
        (place / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        server.start()
        server.stop()
        assert stranger.poll() is None


def test_a_statement_that_outlives_its_postgresql_keeps_no_other_from_starting(place):
    server = PostgresServer(place / "postgres", settings={"fsync": "off"})
    server.start()
    with psycopg.connect(server.url()) as connection, ThreadPoolExecutor(1) as thread:
        # It computes, and looks up for nobody meanwhile.
        statement = "select count(*) from generate_series(1, 1000000000) as n where n % 7 = 3"
        result = thread.submit(connection.execute, statement)
        busy = psutil.Process(connection.info.backend_pid)
        time.sleep(0.5)
        server.process.kill()
        server.start(10)
        assert not is_running(busy.pid)
        with pytest.raises(psycopg.OperationalError):
            result.result()
    server.stop()


@pytest.mark.parametrize("note", ["[{", '[{"name": "API", "of": "another version"}]'])
def test_a_note_that_is_damaged_or_of_another_version_is_no_obstacle(place, note):
    place.mkdir()
    (place / "processes.json").write_text(note)
    Notes(place).end_leftovers(lambda name: pytest.fail(f"{name} is noted nowhere"))


def is_running(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
