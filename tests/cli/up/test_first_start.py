"""The first `tekana up` on a machine: nothing is there yet."""

import stat

from .conftest import Up, free_port, processes_of, wait_for


def test_it_says_where_everything_is(start, port):
    up = start().wait_until_up()
    assert f"http://127.0.0.1:{port}/api/v1" in up.output
    assert up.get("/health/ready")
    assert set(up.running()) == {"Valkey", "PostgreSQL", "API", "worker"}


def test_the_secrets_are_kept_for_their_owner_alone(start, place):
    start().wait_until_up()
    assert stat.S_IMODE((place / "secrets.json").stat().st_mode) == 0o600


def test_a_signal_while_starting_stops_everything(start, place):
    up = start()
    wait_for(lambda: (place / "postgres.log").exists())
    assert up.stop() < 10
    assert processes_of(place) == []


def test_a_path_too_long_or_odd_for_a_socket_is_no_obstacle(place, tmp_path):
    directory = place.parent / ("very long, with a comma and a blank " * 3) / "données"
    up = Up(directory, free_port(), tmp_path / "up.log", {}).wait_until_up()
    assert up.stop() < 10
    assert processes_of(directory) == []
