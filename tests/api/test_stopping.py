"""A service that is told to stop stops, also while it starts."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from api.supervisor import LOOK_EVERY_SECONDS
from config.stopping import SAME_WISH_SECONDS
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


def test_it_stops_while_a_worker_starts(service: Service, tmp_path: Path) -> None:
    stop_while_starting(service.environment, tmp_path, 10)


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
        parent = psutil.Process(program.pid)
        [early] = eventually(lambda: workers_of(parent), 30, "its start")
        early.terminate()
        eventually(lambda: answers(f"http://127.0.0.1:{port}/health/live"), 20, "an answer")
        assert workers_of(parent) == [early], log.read_text()


def test_a_first_process_that_was_suspended_goes_on(service: Service, tmp_path: Path) -> None:
    with started(service.environment, log := tmp_path / "api.log") as (program, port):
        parent = psutil.Process(program.pid)
        for _ in range(3):
            parent.suspend()
            time.sleep(2 * LOOK_EVERY_SECONDS)
            parent.resume()
        eventually(lambda: parent.status() == psutil.STATUS_SLEEPING)
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


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGHUP])
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
