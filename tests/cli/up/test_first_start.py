"""The first `tekana up` on a machine: nothing is there yet."""

import stat

import psutil
import pytest

from tests.waiting import eventually

from .conftest import Up, free_port, private_place, processes_of


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    """One that runs on a path too long and odd for a socket, for tests that only look at it."""
    with private_place() as place:
        directory = place.parent / ("very long, with a comma and a blank " * 3) / "données"
        log_path = tmp_path_factory.mktemp("up") / "up.log"
        told = {"TEKANA_SMS_PASSWORD": "for the worker"}
        up = Up(directory, free_port(), log_path, told).wait_until_up()
        yield up
        assert up.stop() < 10
        assert processes_of(directory) == []


def test_it_says_where_everything_is(up):
    assert f"{up.url}/api/v1" in up.output
    assert up.get("/health/ready")
    assert set(up.running()) == {"Valkey", "PostgreSQL", "API", "worker"}


def test_nobody_comes_to_the_servers_by_the_network(up):
    for name in ("PostgreSQL", "Valkey"):
        assert psutil.Process(up.running()[name]).net_connections("inet") == []


def test_secrets_and_logs_are_kept_for_their_owner_alone(up):
    logs = sorted(up.data_directory.glob("*.log"))
    assert {"api.log", "postgres.log", "valkey.log", "worker.log"} <= {log.name for log in logs}
    for path in (up.data_directory / "secrets.json", *logs):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert not up.data_directory.stat().st_mode & stat.S_IRWXO


def test_the_programs_are_told_what_they_need_and_no_secret_that_they_do_not(up):
    environments = {name: psutil.Process(pid).environ() for name, pid in up.running().items()}
    api, worker = environments["API"], environments["worker"]
    assert "tekana_authenticator" in api["TEKANA_API_DATABASE_URL"]
    assert "tekana_worker" in worker["TEKANA_WORKER_DATABASE_URL"]
    assert api["TEKANA_OTP_SECRET"] == worker["TEKANA_OTP_SECRET"]
    assert len(api["TEKANA_JWT_SECRET"]) >= 32
    assert "TEKANA_JWT_SECRET" not in worker
    assert "TEKANA_SMS_PASSWORD" not in api


def test_a_signal_while_starting_stops_everything(start, place):
    up = start()
    eventually(lambda: (place / "postgres.log").exists())
    assert up.stop() < 10
    assert processes_of(place) == []
