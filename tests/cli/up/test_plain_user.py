"""`tekana up` as somebody who is not root, tried by root as another user where that is possible."""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from .conftest import Up, free_port, processes_of

NOBODY = 65534
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


@cache
def can_be_nobody():
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    command = [*AS_NOBODY, sys.executable, "-c", "import psycopg, cli.main"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def nobodys():
    if not can_be_nobody():
        pytest.skip("not root, or a plain user cannot run the Python of these tests")
    with tempfile.TemporaryDirectory(prefix="tekana-") as directory:
        os.chown(directory, NOBODY, NOBODY)
        yield Path(directory)


def test_it_comes_up_and_goes_down_and_root_may_run_it_on_the_same_data(nobodys, tmp_path):
    data = nobodys / "data"
    up = Up(data, free_port(), tmp_path / "up.log", {}, AS_NOBODY).wait_until_up()
    assert {path.stat().st_uid for path in data.iterdir()} == {NOBODY}
    assert up.stop() < 10
    assert processes_of(data) == []

    Up(data, free_port(), tmp_path / "again.log", {}).wait_until_up().stop()
    assert (data / "postgres" / "PG_VERSION").stat().st_uid == NOBODY


def test_a_data_directory_that_cannot_be_written(nobodys, tmp_path):
    os.chown(nobodys, 0, 0)
    nobodys.chmod(0o755)
    up = Up(nobodys / "data", free_port(), tmp_path / "up.log", {}, AS_NOBODY)
    assert up.process.wait(60) == 1
    assert "cannot be used (Permission denied)" in up.output
    assert "Traceback" not in up.output
