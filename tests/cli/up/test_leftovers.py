"""Starting again after `tekana up` itself was killed."""

import json
import os
import signal
import time

import psutil
import pytest

from .conftest import processes_of
from .test_running import database_of

pytestmark = pytest.mark.usefixtures("data_directory")


def test_what_a_killed_run_left_behind_is_ended_and_its_data_kept(start, data_directory):
    up = start().wait_until_up()
    with database_of(data_directory) as connection:
        connection.execute("create table kept as select 42 as number")
    left = up.running()
    up.kill()
    assert all(is_running(pid) for pid in left.values())
    again = start().wait_until_up()
    assert "left behind" in again.output
    assert not set(left.values()) & set(again.running().values())
    assert not any(is_running(pid) for pid in left.values())
    with database_of(data_directory) as connection:
        assert connection.execute("select number from kept").fetchone() == (42,)
    again.stop()
    assert processes_of(data_directory) == []


def test_processes_whose_parent_died_too_are_found(start, data_directory):
    up = start().wait_until_up()
    left = [int(line.split()[0]) for line in processes_of(data_directory)]
    up.kill()
    for pid in up.running().values():
        os.kill(pid, signal.SIGKILL)
    again = start().wait_until_up()
    now = {int(line.split()[0]) for line in processes_of(data_directory)}
    assert not now & set(left), again.output


def test_a_number_that_belongs_to_somebody_else_by_now_is_left_alone(start, data_directory):
    stranger = psutil.Popen(["sleep", "60"], start_new_session=True)
    noted = {"name": "API", "pid": stranger.pid, "stop_signal": int(signal.SIGTERM)}
    noted |= {"started_at": time.time() - 3600, "executable": stranger.exe()}
    (data_directory / "processes.json").write_text(json.dumps([noted]))
    (data_directory / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n")
    start().wait_until_up()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_damaged_note_is_no_obstacle(start, data_directory):
    (data_directory / "processes.json").write_text("[{")
    start().wait_until_up()


def is_running(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
