"""A ledger in which everything has happened that can, twice: before it was proved, and since."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.databases import clone
from tests.db.check_ledger.proving import prove
from tests.db.kit import (
    Person,
    Row,
    cash_in,
    let_expire,
    make_customer,
    make_staff,
    open_wallet,
    post,
)


@dataclass(frozen=True)
class Everything:
    """What happened, by what it was."""

    purse: int
    pocket: int
    transfer: Row
    declined: Row
    held: Row
    completed: Row
    cancelled: Row
    partly_reversed: Row
    reversed: Row
    last_reversal: Row


def move_in_every_way(connection: psycopg.Connection, aline: Person, staff: Person) -> Everything:
    """Everything that can happen to money, between two new wallets."""
    purse = open_wallet(aline)
    pocket = open_wallet(make_customer(connection))

    def hold() -> Row:
        return post(aline, purse, pocket, 40, status="PENDING")

    def end(how: str, transaction: Row, person: Person = aline, **arguments: object) -> Row:
        return person.call(f"api.{how}_transaction", transaction_id=transaction["id"], **arguments)

    cash_in(staff, purse, 1000)
    declined = post(aline, purse, pocket, 5000)
    completed, cancelled, in_part, expired, held = (hold() for _ in range(5))
    transfer, whole, twice, partly = (post(aline, purse, pocket, 100) for _ in range(4))
    end("complete", completed)
    end("complete", in_part, amount=15)
    end("cancel", cancelled)
    end("reverse", whole, staff)
    end("reverse", twice, staff, amount=70)
    last_reversal = end("reverse", twice, staff, amount=30)
    end("reverse", partly, staff, amount=70)
    # The wallet that was paid has nothing left of it.
    gone = post(aline, purse, pocket, 100)
    post(staff, pocket, purse, 255)
    assert end("reverse", gone, staff)["status"] == "FAILED"
    assert end("reverse", gone, staff, force=True)["status"] == "COMPLETED"
    let_expire(connection, expired)
    assert connection.execute("select tekana.sweep_expired_holds(10)").fetchone() == (1,)
    return Everything(
        purse,
        pocket,
        transfer,
        declined,
        held,
        completed,
        cancelled,
        partly,
        twice,
        last_reversal,
    )


@pytest.fixture(scope="session")
def proved_ledger(
    server: PostgresServer, template: str
) -> Iterator[tuple[psycopg.Connection, Everything]]:
    """A connection to the database of the ledger, and what happened since it was proved."""
    with (
        clone(server, template, "tekana_proved") as database,
        psycopg.connect(server.url(database), autocommit=True) as connection,
    ):
        connection.execute("update tekana.wallet_types set can_be_forced_under = true")
        aline, staff = make_customer(connection), make_staff(connection)
        before = move_in_every_way(connection, aline, staff)
        assert prove(connection) == []
        # What was held then ends only now.
        aline.call("api.complete_transaction", transaction_id=before.held["id"], amount=20)
        yield connection, move_in_every_way(connection, aline, staff)


@pytest.fixture
def everything(proved_ledger: tuple[psycopg.Connection, Everything]) -> Everything:
    return proved_ledger[1]


@pytest.fixture
def connection(
    proved_ledger: tuple[psycopg.Connection, Everything],
) -> Iterator[psycopg.Connection]:
    """A superuser's connection in a transaction that is rolled back, however wrong the ledger."""
    connection, _ = proved_ledger
    with connection.transaction(force_rollback=True):
        yield connection
