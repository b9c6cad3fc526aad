"""Payments are kept while PostgreSQL is away, and happen when it is there again."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.api.conftest import Service, running_api
from tests.people import Person, movement

AWAY_SECONDS = 6.5  # longer than anybody waits for one connection


@pytest.fixture
def way(tmp_path: Path, server: PostgresServer) -> Path:
    """The only way to PostgreSQL; without it no new connection is to be had."""
    way = tmp_path / "way"
    way.symlink_to(server.socket_directory)
    return way


@pytest.fixture
def payer(service: Service, way: Path, aline: Person, tmp_path: Path) -> Iterator[Person]:
    """Aline, who talks to an API process that goes that way."""
    database = service.database_url.split("/")[3].split("?")[0]
    url = f"postgresql://tekana_authenticator@/{database}?host={way}&port=5432"
    environment = service.environment | {"TEKANA_API_DATABASE_URL": url}
    with (
        running_api(environment, tmp_path / "api.log") as url,
        httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client,
    ):
        payer = Person(client, aline.phone, aline.email, aline.number, aline.password)
        payer.tokens = aline.tokens
        yield payer


def test_what_is_paid_or_held_meanwhile_happens(
    server: PostgresServer,
    ledger: psycopg.Connection,
    way: Path,
    payer: Person,
    bosco: Person,
    staff: Person,
    floats: dict[str, int],
) -> None:
    purse, pocket = payer.open_wallet()["id"], bosco.open_wallet()["id"]
    staff.move("CASH_IN", floats["RWF"], purse, 1000).raise_for_status()
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    held = {"status": "PENDING", "expires_at": later}
    asking: list[Callable[[], httpx.Response]] = [
        lambda: payer.post("/transactions", movement("TRANSFER", purse, pocket, 5)),
        lambda: payer.post("/transactions", movement("TRANSFER", purse, pocket, 5) | held),
    ]
    for ask in asking:
        assert ask().status_code == 201
    way.unlink()
    ledger.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name like 'tekana api%%' and datname = current_database()"
    )
    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(ask) for ask in asking]
        time.sleep(AWAY_SECONDS)
        way.symlink_to(server.socket_directory)
        assert [answer.result().status_code for answer in answers] == [201, 201]
