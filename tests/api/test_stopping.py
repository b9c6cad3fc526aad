"""A service that is told to stop stops, also while it starts."""

import json
import os
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

import httpx
import psutil
import pytest

from api.supervisor import LOOK_EVERY_SECONDS, SAME_WISH_SECONDS
from tests.api.conftest import Service
from tests.processes import free_port, start_program, workers_of
from tests.waiting import answers, eventually

# To the first process, or to all at once, as many supervisors do and Ctrl-C in a terminal.
Send = Callable[[int, signal.Signals], None]


def ended_within(seconds: float, program: subprocess.Popen[bytes]) -> int | None:
    """What it ended with by itself, or None; none of its processes is left."""
    try:
        return program.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()


@contextmanager
def started(
    environment: dict[str, str], log: Path, said: str = "Worker ready"
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """An API that has said something in its log, and its port; none of its processes is left."""
    port = free_port()
    program = start_program("api", environment | {"TEKANA_PORT": str(port)}, log)
    try:
        eventually(lambda: said in log.read_text(), 30, "its start")
        yield program, port
    finally:
        ended_within(0, program)


def stop_while_starting(environment: dict[str, str], folder: Path, seconds: float) -> None:
    """Start the API, and tell it to stop in the moment in which its worker begins to start."""
    log = folder / "api.log"
    with started(environment, log, "Starting worker") as (program, _):
        program.send_signal(signal.SIGTERM)
        assert ended_within(seconds, program) == 0, log.read_text()
        assert "does not stop and is killed" not in log.read_text()


@pytest.mark.parametrize("_again", range(3))
def test_it_stops_while_a_worker_starts(service: Service, tmp_path: Path, _again: int) -> None:
    stop_while_starting(service.environment, tmp_path, 10)


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


def listens(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def test_it_stops_though_a_worker_waits_for_a_database_that_says_nothing(
    service: Service, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silence = f"postgresql://tekana@127.0.0.1:{silent.getsockname()[1]}/tekana"
        environment = service.environment | {"TEKANA_API_DATABASE_URL": silence}
        stop_while_starting(environment, tmp_path, 12)
    # Nor did it begin to serve first, when it had waited for long enough.
    assert "Worker ready" not in (tmp_path / "api.log").read_text()


def test_what_is_left_when_its_first_process_was_killed_stops_by_itself(
    service: Service, tmp_path: Path
) -> None:
    with started(service.environment, log := tmp_path / "api.log") as (program, port):
        others = psutil.Process(program.pid).children(recursive=True)
        program.kill()
        eventually(lambda: not listens(port), 10, "its end")
        eventually(lambda: "Worker complete" in log.read_text(), 10, "an orderly end")
        assert psutil.wait_procs(others, 10)[1] == []


def test_a_signal_to_its_other_processes_changes_nothing(service: Service, tmp_path: Path) -> None:
    with started(service.environment, log := tmp_path / "api.log") as (program, port):
        for other in (others := psutil.Process(program.pid).children(recursive=True)):
            other.terminate()
        time.sleep(1)
        assert all(other.is_running() for other in others)
        assert httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
        program.terminate()
        assert ended_within(10, program) == 0
        assert '"ERROR"' not in log.read_text()


def test_a_signal_to_one_that_starts_changes_nothing(service: Service, tmp_path: Path) -> None:
    with started(service.environment, log := tmp_path / "api.log", "") as (program, port):
        manager = psutil.Process(program.pid)
        [early] = eventually(lambda: workers_of(manager), 30, "its start")
        early.terminate()
        eventually(lambda: answers(f"http://127.0.0.1:{port}/health/live"), 20, "an answer")
        assert workers_of(manager) == [early], log.read_text()


def test_a_first_process_that_was_suspended_goes_on(service: Service, tmp_path: Path) -> None:
    with started(service.environment, log := tmp_path / "api.log") as (program, port):
        manager = psutil.Process(program.pid)
        for _ in range(3):
            manager.suspend()
            time.sleep(2 * LOOK_EVERY_SECONDS)
            manager.resume()
        eventually(lambda: manager.status() == psutil.STATUS_SLEEPING)
        assert answers(f"http://127.0.0.1:{port}/health/live"), log.read_text()
        program.terminate()
        assert ended_within(10, program) == 0
        assert "Traceback" not in log.read_text()


def test_a_second_signal_kills_who_does_not_stop(service: Service, tmp_path: Path) -> None:
    with started(service.environment, log := tmp_path / "api.log") as (program, _):
        [worker] = workers_of(psutil.Process(program.pid))
        worker.suspend()
        program.terminate()
        eventually(lambda: "told to stop" in log.read_text(), 10, "stopping")
        time.sleep(2 * SAME_WISH_SECONDS)
        program.terminate()
        assert ended_within(4, program) == 0
        (told,) = [line for line in log.read_text().splitlines() if "is killed" in line]
        assert json.loads(told)["process_id"] == worker.pid


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_one_wish_that_is_told_twice_cuts_nobody_off(
    service: Service, tmp_path: Path, first: signal.Signals
) -> None:
    with started(service.environment, tmp_path / "api.log") as (program, port):
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(b"POST /api/v1/customers/login HTTP/1.1\r\nContent-Length: 2\r\n\r\n{")
            time.sleep(0.3)
            # As 'timeout' does, and make in a terminal: to it, and to its whole group.
            program.send_signal(first)
            eventually(lambda: "told to stop" in (tmp_path / "api.log").read_text())
            os.killpg(program.pid, first)
            time.sleep(0.2)
            slow.sendall(b"}")
            assert slow.recv(12) == b"HTTP/1.1 400"
        assert ended_within(10, program) == 0


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


@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_who_keeps_asking_over_one_connection_is_answered_to_the_end(
    service: Service, tmp_path: Path, send: Send
) -> None:
    def ask_until_it_is_gone(url: str) -> bool:
        """Whether the last answer said that it is the last over this connection."""
        was_told = False
        with httpx.Client(timeout=10) as client:
            while True:
                try:
                    was_told = client.get(url).headers["connection"] == "close"
                except httpx.TransportError:
                    return was_told

    with started(service.environment, tmp_path / "api.log") as (program, port):
        with ThreadPoolExecutor(4) as threads:
            url = f"http://127.0.0.1:{port}/health/ready"
            asking = [threads.submit(ask_until_it_is_gone, url) for _ in range(4)]
            time.sleep(1)
            send(program.pid, signal.SIGTERM)
            # Nobody was cut off: each tried to connect anew, and there was nobody any more.
            assert all(one.result() for one in asking)
        assert ended_within(10, program) == 0


def test_whoever_comes_while_it_stops_is_refused_and_not_kept_waiting(
    service: Service, tmp_path: Path
) -> None:
    with started(service.environment, tmp_path / "api.log") as (program, port):

        def refuses() -> bool:
            assert program.poll() is None
            return not listens(port)

        with socket.create_connection(("127.0.0.1", port)) as slow:
            # A request that does not come to its end: it is waited for.
            slow.sendall(b"POST /api/v1/wallets HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
            time.sleep(0.5)
            program.send_signal(signal.SIGTERM)
            eventually(refuses, 10, "refusal")
        assert ended_within(10, program) == 0


@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_who_has_only_just_come_when_it_stops_is_heard(
    service: Service, tmp_path: Path, send: Send
) -> None:
    with started(service.environment, tmp_path / "api.log") as (program, port):
        with socket.create_connection(("127.0.0.1", port)) as newcomer:
            time.sleep(0.2)
            send(program.pid, signal.SIGTERM)
            eventually(lambda: not listens(port), 10, "refusal")
            newcomer.sendall(b"GET /health/live HTTP/1.1\r\nHost: tekana\r\n\r\n")
            answer = newcomer.makefile("rb").read()  # to its end: the connection ends with it
            assert answer.startswith(b"HTTP/1.1 200"), answer
            assert b"\r\nconnection: close\r\n" in answer.lower(), answer
        assert ended_within(10, program) == 0
