"""One key, one movement of money, however often and by whatever words it is asked for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import sleep
from typing import Any

import psycopg
import pytest

from tests.db.kit import (
    Person,
    balance,
    cash_in,
    count_transactions,
    open_wallet,
    post,
    refused_post,
    request,
)

KEY = {"idempotency_key": "b9ad6c0e"}


def replayed(connection: psycopg.Connection) -> bool:
    query = "select coalesce(current_setting('response.headers', true), '')"
    return connection.execute(query).fetchone() == ('[{"Idempotency-Replayed": "true"}]',)


def test_the_same_key_and_body_get_the_first_answer_again(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 100, **KEY)
    assert not replayed(connection)
    assert post(aline, purse, pocket, 100, **KEY) == first
    assert replayed(connection)
    assert balance(connection, purse) == 900


def test_the_first_answer_stays_when_the_balance_moved_on(
    aline: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 100, **KEY)
    post(aline, purse, pocket, 100)
    assert post(aline, purse, pocket, 100, **KEY) == first


@pytest.mark.parametrize("ending", ["complete_transaction", "cancel_transaction"])
def test_the_first_answer_of_a_hold_stays_when_the_hold_has_ended(
    aline: Person, purse: int, pocket: int, ending: str
) -> None:
    first = post(aline, purse, pocket, 100, status="PENDING", **KEY)
    aline.call(f"api.{ending}", transaction_id=first["id"])
    assert post(aline, purse, pocket, 100, status="PENDING", **KEY) == first


def test_the_first_answer_of_a_hold_stays_when_its_time_is_over(
    aline: Person, purse: int, pocket: int
) -> None:
    soon = datetime.now(UTC) + timedelta(milliseconds=100)
    hold = KEY | {"status": "PENDING", "expires_at": soon}
    first = post(aline, purse, pocket, 100, **hold)
    assert first["status"] == "PENDING"
    sleep(max(0, (soon - datetime.now(UTC)).total_seconds()) + 0.01)
    assert post(aline, purse, pocket, 100, **hold) == first
    assert refused_post(aline, purse, pocket, 100, **hold | {"idempotency_key": "2"}).details == (
        "expires_at: is not in the future"
    )


def test_the_first_answer_stays_when_the_transaction_was_reversed(
    aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 100, **KEY)
    staff.call("api.reverse_transaction", transaction_id=first["id"])
    assert post(aline, purse, pocket, 100, **KEY) == first


def test_without_a_key_the_same_body_moves_money_again(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    first, second = (post(aline, purse, pocket, 100) for _ in range(2))
    assert first["id"] != second["id"]
    assert balance(connection, purse) == 800


@pytest.mark.parametrize("amount", ["100.00", "100.000000"])
def test_an_amount_written_otherwise_is_the_same_amount(
    aline: Person, purse: int, pocket: int, amount: str
) -> None:
    first = post(aline, purse, pocket, "100", **KEY)
    assert post(aline, purse, pocket, amount, **KEY) == first


def test_a_wallet_and_a_type_named_otherwise_are_the_same(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 100, **KEY)
    query = "select account_number from tekana.wallets where wallet_id = %s"
    (number,) = connection.execute(query, [pocket]).fetchone()
    type_id = first["transaction_type_id"]
    changes = {"transaction_type": None, "transaction_type_id": type_id}
    again = post(aline, purse, None, 100, credited_account_number=number, **changes, **KEY)
    assert again == first


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal(101)},
        {"channel_type": "WEB"},
        {"external_reference_number": "rent"},
        {"status": "PENDING"},
        {"transaction_type": "CASH_OUT"},
        {"credited_wallet_id": "savings"},
        {"debited_wallet_id": "savings"},
    ],
)
def test_the_same_key_with_another_body_is_refused(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int, changes: dict[str, Any]
) -> None:
    savings = open_wallet(aline)
    other = request(purse, pocket, 100) | {
        name: savings if value == "savings" else value for name, value in changes.items()
    }
    first = post(aline, purse, pocket, 100, **KEY)
    refusal = aline.refused("api.post_transaction", **other, **KEY)
    assert refusal.code == "KEYRE"
    assert refusal.problems == {"reference_number": first["reference_number"]}
    assert balance(connection, purse) == 900


def test_a_decline_is_answered_again_even_when_it_would_go_ahead_now(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 1500, **KEY)
    assert first["status"] == "FAILED"
    cash_in(staff, purse, 1000)
    assert post(aline, purse, pocket, 1500, **KEY) == first
    query = "select current_setting('response.status')"
    assert connection.execute(query).fetchone() == ("422",)
    assert replayed(connection)


def test_a_key_belongs_to_who_used_it(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    hers = post(aline, purse, pocket, 100, **KEY)
    theirs = post(staff, purse, pocket, 100, **KEY)
    assert hers["id"] != theirs["id"]
    assert balance(connection, purse) == 800


def test_a_refused_request_leaves_its_key_unused(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    before = count_transactions(connection)
    refused_post(aline, purse, 0, 100, **KEY)
    assert count_transactions(connection) == before
    assert post(aline, purse, pocket, 100, **KEY)["status"] == "COMPLETED"


def test_keys_differ_in_case_and_space(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    for key in ("a", "A", " a"):
        post(aline, purse, pocket, 100, idempotency_key=key)
    assert balance(connection, purse) == 700
