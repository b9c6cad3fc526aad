"""A service that is told to stop stops, also while it starts."""

import signal
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
