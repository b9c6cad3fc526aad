"""A hold ends by itself when its time is over, at once for every balance and every decision."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest

from tests.db.kit import (
    Person,
    Row,
    assert_clean,
    cash_in,
    float_wallet,
    held,
    let_expire,
    open_wallet,
    post,
    refused_post,
    request,
)
from tests.db.post_transactions.asking import errors, group


def available(person: Person, wallet_id: int) -> Decimal:
    query = "select available_balance from api.wallets where id = %(id)s"
    return person.ask(query, {"id": wallet_id})[0]["available_balance"]


def status_of(person: Person, hold: Row) -> str:
    query = "select status from api.transactions where id = %(id)s"
    return person.ask(query, {"id": hold["id"]})[0]["status"]


@pytest.fixture
def expired(connection: psycopg.Connection, aline: Person, purse: int, pocket: int) -> Row:
    """A hold of 800 of Aline's 1000, whose time is over and which nobody has swept up."""
    hold = post(aline, purse, pocket, 800, status="PENDING")
    let_expire(connection, hold)
    return hold


def test_a_hold_lasts_as_long_as_its_type_says(aline: Person, purse: int, pocket: int) -> None:
    hold = post(aline, purse, pocket, 800, status="PENDING")
    assert hold["expires_at"] - hold["created_at"] == timedelta(days=7)
    assert hold["held_amount"] == 800


def test_or_as_it_says_itself(aline: Person, purse: int, pocket: int) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    hold = post(aline, purse, pocket, 800, status="PENDING", expires_at=later)
    assert hold["expires_at"] == later


@pytest.mark.parametrize(
    ("status", "seconds", "details"),
    [
        (None, 60, "expires_at: is only valid with status PENDING"),
        ("PENDING", -1, "expires_at: is not in the future"),
        ("PENDING", 86_400 * 367, "expires_at: is more than 366 days away"),
    ],
)
def test_it_must_be_a_time_that_makes_sense(
    aline: Person, purse: int, pocket: int, status: str | None, seconds: int, details: str
) -> None:
    then = datetime.now(UTC) + timedelta(seconds=seconds)
    refusal = refused_post(aline, purse, pocket, 8, status=status, expires_at=then)
    assert (refusal.code, refusal.details) == ("INVAL", details)


def test_the_balance_shows_it_at_once(aline: Person, purse: int, expired: Row) -> None:
    assert available(aline, purse) == 1000


def test_what_it_held_can_be_spent_at_once(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int, expired: Row
) -> None:
    assert post(aline, purse, pocket, 1000)["status"] == "COMPLETED"
    assert held(connection, purse) == 0
    assert status_of(aline, expired) == "CANCELLED"


@pytest.mark.parametrize("ending", ["complete_transaction", "cancel_transaction"])
def test_it_can_no_longer_be_ended(aline: Person, purse: int, expired: Row, ending: str) -> None:
    refusal = aline.refused(f"api.{ending}", transaction_id=expired["id"])
    assert (refusal.code, refusal.details) == ("STATE", "status: is CANCELLED")
    assert available(aline, purse) == 1000


def test_the_sweep_releases_it(
    connection: psycopg.Connection,
    aline: Person,
    bosco: Person,
    staff: Person,
    purse: int,
    pocket: int,
    expired: Row,
) -> None:
    cash_in(staff, pocket, 10)
    later = post(bosco, pocket, open_wallet(bosco), 10, status="PENDING")
    worker = Person(connection, "tekana_worker")
    assert worker.call("tekana.sweep_expired_holds", most=100) == {"sweep_expired_holds": 1}
    assert held(connection, purse) == 0
    assert (status_of(aline, expired), status_of(bosco, later)) == ("CANCELLED", "PENDING")
    assert worker.call("tekana.sweep_expired_holds", most=100) == {"sweep_expired_holds": 0}


def test_a_sweep_releases_no_more_than_it_was_told(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    """However many one wallet has: what takes long is never done, and stands in the others' way."""
    for hold in [post(aline, purse, pocket, 100, status="PENDING") for _ in range(5)]:
        let_expire(connection, hold)
    worker = Person(connection, "tekana_worker")
    released = []
    for _ in range(4):
        released.append(worker.call("tekana.sweep_expired_holds", most=2)["sweep_expired_holds"])
        assert_clean(connection)
    assert released == [2, 2, 1, 0]
    assert held(connection, purse) == 0


def hold_often(connection: psycopg.Connection, hold: Row, times: int) -> None:
    """Let a wallet hold what it holds as often as that, which asking for would take long."""
    statement = """
        insert into tekana.transactions overriding system value
        select (jsonb_populate_record(t, jsonb_build_object(
            'transaction_id', nextval('tekana.transactions_transaction_id_seq')
        ))).*
        from tekana.transactions as t, generate_series(2, %s)
        where t.transaction_id = %s
    """
    connection.execute(statement, [times, hold["id"]])
    connection.execute(
        "update tekana.wallets set held_amount = held_amount * %s where wallet_id = %s",
        [times, hold["debited_wallet_id"]],
    )


def test_a_wallet_holds_ten_thousand_times_and_no_more(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    cash_in(staff, purse, 20_000)
    hold_often(connection, post(aline, purse, pocket, 1, status="PENDING"), 9_999)
    items = [request(purse, pocket, 1, status="PENDING") for _ in range(2)]
    answers = group(aline, *items, request(purse, pocket, 1), atomic=False)
    assert errors(answers) == [None, "LIMIT", None]
    aline.call("api.cancel_transaction", transaction_id=answers[0]["transaction"]["id"])
    assert post(aline, purse, pocket, 1, status="PENDING")["status"] == "PENDING"
    assert post(aline, purse, pocket, 1, status="PENDING")["status_message"] == (
        "the debited wallet has the maximum number of holds"
    )


def test_the_operators_wallets_hold_as_often_as_they_have_to(
    connection: psycopg.Connection, staff: Person, purse: int
) -> None:
    till = float_wallet(connection)
    kind = {"transaction_type": "CASH_IN", "status": "PENDING"}
    hold_often(connection, post(staff, till, purse, 1, **kind), 10_000)
    assert post(staff, till, purse, 1, **kind)["status"] == "PENDING"
