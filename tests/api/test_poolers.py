"""What comes of a pooler that gives a connection to somebody else after each transaction."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from cli.servers.postgres import PostgresServer
from tests.api.conftest import Service, running_api
from tests.api.pooler import pooling
from tests.people import Person

TIMES = 20


class Pooled(NamedTuple):
    """An API behind a pooler in transaction mode."""

    url: str
    log: Path


@pytest.fixture(scope="module")
def pooled(
    service: Service, server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pooled]:
    log = tmp_path_factory.mktemp("pooled") / "api.log"
    with tempfile.TemporaryDirectory() as folder, pooling(server.socket_path, Path(folder)):
        url = service.environment["TEKANA_API_DATABASE_URL"].replace(
            str(server.socket_directory), folder
        )
        told = {"TEKANA_API_DATABASE_URL": url, "TEKANA_PREPARE_STATEMENTS": "false"}
        with running_api(service.environment | told, log) as url:
            yield Pooled(url, log)


def ask(pooled: Pooled, path: str, person: Person | None) -> list[httpx.Response]:
    headers = person.headers if person else {}
    with httpx.Client(base_url=f"{pooled.url}/api/v1", headers=headers, timeout=30) as client:
        return [client.get(path) for _ in range(TIMES)]


def test_nobody_sees_what_is_for_another_role(
    pooled: Pooled, aline: Person, bosco: Person, staff: Person
) -> None:
    # Everybody has a connection of their own by then, and that of staff was opened last.
    ask(pooled, "/customers", None)
    with ThreadPoolExecutor(6) as threads:
        for asked in [threads.submit(ask, pooled, "/customers", staff) for _ in range(6)]:
            asked.result()
    for person in (aline, None):
        for answer in ask(pooled, "/customers", person):
            assert bosco.email not in answer.text
            assert answer.status_code >= 400, answer.text
    assert "has role tekana_staff instead of tekana_customer" in pooled.log.read_text()


def test_it_is_not_ready_and_says_why(pooled: Pooled) -> None:
    answers = [httpx.get(f"{pooled.url}/health/ready").json() for _ in range(TIMES)]
    told = {answer["checks"]["postgresql"] for answer in answers}
    assert "a pooler switches connections between transactions: it must pool sessions" in told
