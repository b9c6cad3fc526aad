"""A service that is told to stop stops, also while it starts."""

import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import Service
from tests.processes import free_port, start_program
from tests.waiting import eventually


def stop_while_starting(environment: dict[str, str], folder: Path, seconds: float) -> None:
    """Start the API, and tell it to stop in the moment in which its worker begins to listen."""
    log = folder / "api.log"
    program = start_program("api", environment | {"TEKANA_PORT": str(free_port())}, log)
    try:
        # The manager hears a moment later that it does.
        eventually(lambda: "Starting worker" in log.read_text(), 30, "its start")
        program.send_signal(signal.SIGTERM)
        assert program.wait(seconds) == 0, log.read_text()
    finally:
        program.kill()
        program.wait()


@pytest.mark.parametrize("_again", range(3))
def test_it_stops_as_soon_as_a_worker_listens(
    service: Service, tmp_path: Path, _again: int
) -> None:
    stop_while_starting(service.environment, tmp_path, 10)


def test_it_stops_though_a_worker_waits_for_a_database_that_says_nothing(
    service: Service, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silence = f"postgresql://tekana@127.0.0.1:{silent.getsockname()[1]}/tekana"
        environment = service.environment | {"TEKANA_API_DATABASE_URL": silence}
        stop_while_starting(environment, tmp_path, 12)


def test_who_keeps_asking_over_one_connection_is_answered_to_the_end(
    service: Service, tmp_path: Path
) -> None:
    url, log = f"http://127.0.0.1:{(port := free_port())}/health/ready", tmp_path / "api.log"
    program = start_program("api", service.environment | {"TEKANA_PORT": str(port)}, log)

    def ask_until_it_is_gone() -> bool:
        """Whether the last answer said that it is the last over this connection."""
        was_told = False
        with httpx.Client(timeout=10) as client:
            while True:
                try:
                    was_told = client.get(url).headers["connection"] == "close"
                except httpx.TransportError:
                    return was_told

    try:
        eventually(lambda: "Worker ready" in log.read_text(), 30, "its start")
        with ThreadPoolExecutor(4) as threads:
            asking = [threads.submit(ask_until_it_is_gone) for _ in range(4)]
            time.sleep(1)
            program.send_signal(signal.SIGTERM)
            # Nobody was cut off: each tried to connect anew, and there was nobody any more.
            assert all(one.result() for one in asking)
        assert program.wait(10) == 0
    finally:
        program.kill()
        program.wait()


def test_whoever_comes_while_it_stops_is_refused_and_not_kept_waiting(
    service: Service, tmp_path: Path
) -> None:
    place, log = ("127.0.0.1", free_port()), tmp_path / "api.log"
    program = start_program("api", service.environment | {"TEKANA_PORT": str(place[1])}, log)

    def refuses() -> bool:
        assert program.poll() is None
        try:
            socket.create_connection(place, 1).close()
        except ConnectionRefusedError:
            return True
        return False

    try:
        eventually(lambda: "Worker ready" in log.read_text(), 30, "its start")
        with socket.create_connection(place) as slow:
            # A request that does not come to its end: it is waited for.
            slow.sendall(b"POST /api/v1/wallets HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
            time.sleep(0.5)
            program.send_signal(signal.SIGTERM)
            eventually(refuses, 10, "refusal")
        assert program.wait(10) == 0
    finally:
        program.kill()
        program.wait()
