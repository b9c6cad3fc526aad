"""A service that is told to stop stops, also while it starts."""

import signal
import socket
from pathlib import Path

import pytest

from tests.api.conftest import Service, free_port, start_program
from tests.waiting import eventually


@pytest.mark.parametrize("_again", range(3))
def test_it_stops_as_soon_as_a_worker_listens(
    service: Service, tmp_path: Path, _again: int
) -> None:
    # The manager hears a moment later that it does.
    log = tmp_path / "api.log"
    environment = service.environment | {"TEKANA_PORT": str(free_port())}
    program = start_program("api", environment, log)
    try:
        eventually(lambda: "Starting worker" in log.read_text(), 30, "its start")
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0, log.read_text()
    finally:
        program.kill()
        program.wait()


def test_it_stops_though_a_worker_waits_for_a_database_that_says_nothing(
    service: Service, tmp_path: Path
) -> None:
    log = tmp_path / "api.log"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silence = f"postgresql://tekana@127.0.0.1:{silent.getsockname()[1]}/tekana"
        settings = {"TEKANA_PORT": str(free_port()), "TEKANA_API_DATABASE_URL": silence}
        program = start_program("api", service.environment | settings, log)
        try:
            eventually(lambda: "Starting worker" in log.read_text(), 30, "its start")
            program.send_signal(signal.SIGTERM)
            assert program.wait(12) == 0, log.read_text()
        finally:
            program.kill()
            program.wait()
