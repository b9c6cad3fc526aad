"""A log that nobody reads: whoever writes to it waits, and keeps nobody from stopping."""

import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

import psutil

from tests.api.conftest import Service
from tests.api.test_stopping import ended_within
from tests.processes import free_port, start_program, workers_of
from tests.waiting import eventually


@contextmanager
def unread(
    environment: dict[str, str], folder: Path, said: str = "Worker ready"
) -> Iterator[tuple[subprocess.Popen[bytes], TextIO]]:
    """An API, and its log, which nobody reads any more when it has said something in it."""
    folder.mkdir(exist_ok=True)
    os.mkfifo(log := folder / "api.log")
    with os.fdopen(os.open(log, os.O_RDONLY | os.O_NONBLOCK)) as lines:
        os.set_blocking(lines.fileno(), True)
        program = start_program("api", environment, log)
        try:
            while said not in lines.readline():
                assert program.poll() is None
            fill(log)
            yield program, lines
        finally:
            ended_within(0, program)


def fill(pipe: Path) -> None:
    """Write to it until whoever writes more has to wait."""
    writing = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"\n" * 512)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"\n")
    os.close(writing)


def test_it_stops_though_a_worker_that_says_that_it_serves_does_not_yet(
    service: Service, tmp_path: Path
) -> None:
    # Without the origins of pages, for which Sanic's extensions have a line of their own.
    environment = {"TEKANA_PORT": str(free_port()), "TEKANA_CORS_ORIGINS": ""}
    start = unread(service.environment | environment, tmp_path, "Starting worker")
    with start as (program, lines):
        [worker] = workers_of(psutil.Process(program.pid))
        # It wants to write to its log that it is ready: until somebody reads it, it waits.
        eventually(lambda: is_idle(worker), 30, "waiting")
        program.send_signal(signal.SIGTERM)
        time.sleep(1)
        with ThreadPoolExecutor(1) as reader:
            rest = reader.submit(lines.read)
            assert ended_within(10, program) == 0
        # By itself: one that has to be killed ends as well.
        assert "Worker complete" in rest.result()
        assert "does not stop and is killed" not in rest.result()


def is_idle(process: psutil.Process) -> bool:
    before = process.cpu_times()
    time.sleep(0.5)
    return process.cpu_times() == before


def kill_its_only_worker(program: subprocess.Popen[bytes]) -> None:
    """No other can be launched: it gives up."""
    first = psutil.Process(program.pid)
    [worker] = workers_of(first)
    files = first.num_fds()
    resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (files, files))
    worker.kill()


def test_a_log_that_nobody_reads_keeps_nobody_from_stopping(
    service: Service, tmp_path: Path
) -> None:
    # At once: workers that cannot write are waited for.
    with ExitStack() as stack:
        told, killed, helpless = programs = [
            stack.enter_context(
                unread(service.environment | {"TEKANA_PORT": str(free_port())}, tmp_path / name)
            )[0]
            for name in ("told", "killed", "helpless")
        ]
        workers = [one for program in programs for one in workers_of(psutil.Process(program.pid))]
        assert len(workers) == len(programs)
        told.terminate()
        killed.kill()
        kill_its_only_worker(helpless)
        assert psutil.wait_procs(workers, 12)[1] == []
        ends = [ended_within(2, program) for program in programs]
        assert ends == [0, -signal.SIGKILL, 1]
