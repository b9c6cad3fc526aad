"""`make install`, begun while another one is at it."""

import fcntl
import os
import shutil
import subprocess

import pytest

from tests.processes import ROOT
from tests.waiting import eventually

READ = ("scripts/install.sh", "pyproject.toml", "requirements-dev.lock")


@pytest.mark.skipif(shutil.which("flock") is None, reason="without flock nobody waits")
def test_the_second_waits_for_the_first_and_finds_it_done(tmp_path):
    (tmp_path / "scripts").mkdir()
    for name in READ:
        shutil.copy2(ROOT / name, tmp_path / name)
    first = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(first, fcntl.LOCK_EX)
    log = tmp_path / "log"
    with log.open("wb") as output:
        second = subprocess.Popen(
            [tmp_path / "scripts" / "install.sh", ".venv"], stdout=output, stderr=output
        )
    try:
        eventually(lambda: log.read_text() != "")
        assert log.read_text() == "Waiting for another make install in this directory\n"
        (tmp_path / ".venv").mkdir()
        (tmp_path / ".venv" / "installed").touch()
        os.close(first)
        assert second.wait(30) == 0
    finally:
        second.kill()
        second.wait()
    assert "Installing" not in log.read_text()
