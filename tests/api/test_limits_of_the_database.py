"""Limits that an operator sets in PostgreSQL itself: whoever exceeds one is told to try again."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.api.conftest import Service, running_api
from tests.people import Person
from tests.waiting import eventually

MILLISECONDS = 1500
LIMITS = {"lock_timeout": "what this needs is locked for too long"}
# A connection is ended then, as by `idle_in_transaction_session_timeout`. Since PostgreSQL 17.
LIMITS |= {"transaction_timeout": "the database cannot be reached at the moment"}


@pytest.fixture(params=LIMITS)
def limited(
    request: pytest.FixtureRequest,
    service: Service,
    ledger: psycopg.Connection,
    aline: Person,
    tmp_path: Path,
) -> Iterator[tuple[httpx.Client, str]]:
    """Aline's client of an API whose transactions PostgreSQL limits; what it is told then."""
    setting = request.param
    if not ledger.execute("select current_setting(%s, true)", [setting]).fetchone()[0]:
        pytest.skip(f"this PostgreSQL has no {setting}")
    url = service.environment["TEKANA_API_DATABASE_URL"]
    url += f"&options=-c%20{setting}%3D{MILLISECONDS}"
    environment = service.environment | {"TEKANA_API_DATABASE_URL": url}
    with (
        running_api(environment, tmp_path / "api.log") as url,
        httpx.Client(base_url=f"{url}/api/v1", headers=aline.headers, timeout=30) as client,
    ):
        yield client, LIMITS[setting]


def test_whoever_exceeds_one_is_told_to_try_again(
    service: Service, aline: Person, limited: tuple[httpx.Client, str]
) -> None:
    client, told = limited
    purse = aline.open_wallet()
    asked = {"wallet_type_id": purse["wallet_type_id"], "currency_code": "RWF"}
    asking = [lambda: client.post("/wallets", json=asked), lambda: client.get("/wallets")]
    # The schema is read first, which may take longer than that at one time or another.
    eventually(lambda: client.get("/wallets").status_code == 200, 30)
    with psycopg.connect(service.database_url) as holder, ThreadPoolExecutor(2) as threads:
        holder.execute("lock table tekana.wallets")
        began = time.monotonic()
        for answer in [waiting.result() for waiting in [threads.submit(ask) for ask in asking]]:
            # It is not asked again and again for as long.
            assert time.monotonic() - began < 3 * MILLISECONDS / 1000
            assert (answer.status_code, answer.json()["code"]) == (503, "AWAYS"), answer.text
            assert answer.json()["message"] == told
            assert answer.headers["retry-after"] == "1"
    assert [ask().status_code for ask in asking] == [201, 200]
