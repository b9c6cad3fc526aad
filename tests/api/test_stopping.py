"""A service that is told to stop stops, also while it starts."""

import signal
import socket
from pathlib import Path

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
