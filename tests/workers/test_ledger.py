"""What the worker does for the ledger by itself: it seals it, and releases what has expired."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from config.settings import Settings
from tests.db.kit import (
    Person,
    cash_in,
    held,
    make_customer,
    make_staff,
    open_wallet,
    post,
)
from tests.db.seals import verify
from tests.waiting import eventually
from tests.workers.house import WorkerProcess
from workers import tasks
from workers.database import Database


@pytest.fixture
def connection(server: PostgresServer, worker_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url(worker_database), autocommit=True) as connection:
        yield connection


@pytest.fixture
def purse(connection: psycopg.Connection) -> tuple[Person, int]:
    """A customer, and a wallet with money in it."""
    person = make_customer(connection)
    wallet_id = open_wallet(person)
    cash_in(make_staff(connection), wallet_id, 1000)
    return person, wallet_id


def lines(worker: WorkerProcess, message: str) -> list[dict[str, Any]]:
    logged = map(json.loads, worker.log.splitlines())
    return [line for line in logged if line["message"] == message]


def test_the_ledger_is_sealed_within_seconds_and_the_log_says_the_hash(
    worker: WorkerProcess, connection: psycopg.Connection, purse: tuple[Person, int]
) -> None:
    eventually(lambda: verify(connection)["unsealed_count"] == 0, seconds=20, what="sealing")
    found = verify(connection)
    assert found["kind"] is None
    assert found["record_count"] > 0
    last = eventually(lambda: lines(worker, "transactions sealed"))[-1]
    assert (last["hash"], last["block_number"]) == (found["last_hash"], found["block_count"])
    assert verify(connection, last["hash"])["kind"] is None


def test_an_expired_hold_is_released_within_seconds_and_sealed(
    worker: WorkerProcess, connection: psycopg.Connection, purse: tuple[Person, int]
) -> None:
    person, wallet_id = purse
    soon = datetime.now(UTC) + timedelta(seconds=1)
    hold = post(
        person,
        wallet_id,
        open_wallet(make_customer(connection)),
        10,
        status="PENDING",
        expires_at=soon.isoformat(),
    )
    eventually(lambda: held(connection, wallet_id) == 0, seconds=20, what="the sweep")
    query = "select status from api.transactions where id = %s"
    assert connection.execute(query, [hold["id"]]).fetchone() == ("CANCELLED",)
    assert eventually(lambda: lines(worker, "expired holds released"))[-1]["holds"] == 1
    eventually(lambda: verify(connection)["unsealed_count"] == 0, seconds=20, what="sealing")
    assert verify(connection)["kind"] is None


async def test_what_has_piled_up_is_worked_off_at_once(
    server: PostgresServer, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for most in ("_MOST_HOLDS_AT_ONCE", "_MOST_SEALED_AT_ONCE"):
        monkeypatch.setattr(tasks, most, 1)
    asking = Database(Settings(worker_database_url=server.url(database, "tekana_worker")))
    await asking.open()
    try:
        with psycopg.connect(server.url(database), autocommit=True) as connection:
            payer, other = (make_customer(connection) for _ in range(2))
            purse, pocket = open_wallet(payer), open_wallet(other)
            cash_in(make_staff(connection), purse, 1000)
            soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
            for _ in range(3):
                post(payer, purse, pocket, 10, status="PENDING", expires_at=soon)
            assert held(connection, purse) == 30
            await asyncio.sleep(1.1)
            await tasks.sweep_expired_holds({"database": asking})
            assert held(connection, purse) == 0
            await tasks.seal_transactions({"database": asking})
            assert verify(connection)["unsealed_count"] == 0
    finally:
        await asking.close()
