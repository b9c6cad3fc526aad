"""Streams that take longer than one may."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.api.conftest import Service, running_api
from tests.people import Person
from tests.waiting import eventually


@pytest.fixture(scope="module")
def impatient(
    service: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Another API over the same servers, whose streams may take three seconds; and its log."""
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        connection.execute("create view api.slow_list as select pg_sleep(6)::text as nothing")
        connection.execute(
            "create view api.wide_list as select repeat('x', 9000) as text"
            " from generate_series(1, 100000)"
        )
        connection.execute("grant select on api.slow_list, api.wide_list to tekana_customer")
    log = tmp_path_factory.mktemp("impatient") / "api.log"
    environment = service.environment | {"TEKANA_STREAM_SECONDS_MAXIMUM": "3"}
    with running_api(environment, log) as url:
        yield url, log


def test_a_stream_that_does_not_begin_in_time_is_504(
    impatient: tuple[str, Path], aline: Person
) -> None:
    url, _ = impatient
    headers = aline.headers | {"Accept": "text/csv"}
    answer = httpx.get(f"{url}/api/v1/slow_list", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (504, "57014"), answer.text


@contextmanager
def downloading(url: str, person: Person) -> Iterator[socket.socket]:
    """A large download of which nobody reads more than the beginning."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(
            "GET /api/v1/wide_list HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n"
            f"Authorization: Bearer {person.tokens['token']}\r\n\r\n".encode()
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        yield connection


def test_of_more_streams_than_there_may_be_at_once_the_last_is_refused(
    impatient: tuple[str, Path], aline: Person
) -> None:
    url, _ = impatient

    def ask(accept: str) -> httpx.Response:
        headers = aline.headers | {"Accept": accept}
        return httpx.get(f"{url}/api/v1/wallets", headers=headers)

    with downloading(url, aline), downloading(url, aline):
        refused = ask("text/csv")
        assert (refused.status_code, refused.json()["code"]) == (503, "AWAYS")
        assert refused.json()["message"] == "too many large downloads are running"
        assert ask("application/json").status_code == 200
    eventually(lambda: ask("text/csv").status_code == 200, 5, "room for another")


def test_the_times_of_a_stream_are_of_the_zone_that_is_preferred(aline: Person) -> None:
    aline.open_wallet()
    headers = aline.headers | {"Accept": "text/csv", "Prefer": "timezone=Africa/Kigali"}
    answer = aline.client.get("/wallets?select=created_at", headers=headers)
    assert answer.headers["preference-applied"] == "timezone=Africa/Kigali"
    _, *times = answer.text.splitlines()
    assert times
    assert {one.strip('"')[-3:] for one in times} == {"+02"}, times


def test_a_client_that_reads_slowly_is_cut_off_and_no_error_of_ours(
    impatient: tuple[str, Path], aline: Person
) -> None:
    url, log = impatient
    before = log.read_text()
    with downloading(url, aline) as connection:
        time.sleep(4)
        got = 0
        with suppress(ConnectionResetError):
            while piece := connection.recv(1_000_000):
                got += len(piece)
    assert got < 500_000_000
    told = log.read_text()[len(before) :]
    assert "ERROR" not in told, told
