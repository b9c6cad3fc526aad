"""Whoever starts the API, it replaces its processes and stops as it always does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.api.conftest import Service
from tests.api.test_stopping import ended_within
from tests.processes import ROOT, free_port, inherited, workers_of
from tests.waiting import answers, eventually


def ignore_signals() -> None:
    """The ends of children, and that a terminal closes, as nohup has that ignored."""
    for number in (signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def close_everything() -> None:
    os.closerange(0, 3)


@pytest.mark.parametrize("prepare", [ignore_signals, close_everything])
def test_it_replaces_and_stops(
    service: Service, tmp_path: Path, prepare: Callable[[], None]
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/health/live"
    with (log := tmp_path / "api.log").open("wb") as output:
        program = subprocess.Popen(
            [sys.executable, "-m", "api"],
            cwd=ROOT,
            env=inherited() | service.environment | {"TEKANA_PORT": str(port)},
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=prepare,
        )
    try:
        first = psutil.Process(program.pid)
        eventually(lambda: answers(url), 30, "an answer")
        [worker] = workers_of(first)
        if prepare is ignore_signals:
            os.killpg(program.pid, signal.SIGHUP)
            time.sleep(1)
            assert workers_of(first) == [worker]
        worker.kill()
        eventually(lambda: program.poll() is not None or workers_of(first) not in ([], [worker]))
        eventually(lambda: program.poll() is not None or answers(url), 20, "an answer")
        program.terminate()
        assert ended_within(4, program) == 0, log.read_text()
        assert "does not stop and is killed" not in log.read_text()
    finally:
        ended_within(0, program)
