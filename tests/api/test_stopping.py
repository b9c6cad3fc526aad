"""A service that is told to stop stops, also while it starts."""

import signal
from pathlib import Path

import pytest

from cli.servers.postgres import PostgresServer
from tests.api.conftest import Service, api_environment, start_program
from tests.waiting import eventually


@pytest.mark.parametrize("_again", range(3))
def test_it_stops_as_soon_as_a_worker_listens(
    service: Service, server: PostgresServer, tmp_path: Path, _again: int
) -> None:
    # The manager hears a moment later that it does.
    log = tmp_path / "api.log"
    program = start_program("api", api_environment(service, server), log)
    try:
        eventually(lambda: "Starting worker" in log.read_text(), 30, "its start")
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0, log.read_text()
    finally:
        program.kill()
        program.wait()
