"""Limits hold to the last cent: at the bound it goes ahead, a cent beyond it is declined."""

from typing import Any

import psycopg
import pytest

from tests.db.kit import Person, cash_in, make_customer, open_wallet, post, refusal_of


def make_side(staff: Person, code: str, money: int = 0, **limits: Any) -> tuple[Person, int]:
    """A customer with a USD wallet of a type of its own, that MOVE may debit and credit."""
    wallet_type = staff.call("api.create_wallet_type", code=code, name=code, **limits)
    for transaction_type in ("MOVE", "CASH_IN"):
        query = "select id from api.transaction_types where code = %(code)s"
        found = staff.ask(query, {"code": transaction_type})
        staff.call(
            "api.create_transaction_rule",
            wallet_type_id=wallet_type["id"],
            transaction_type_id=found[0]["id"],
            debit_allowed=True,
            credit_allowed=True,
        )
    person = make_customer(staff.connection)
    wallet_id = open_wallet(person, code, "USD", by=staff)
    if money:
        cash_in(staff, wallet_id, money)
    return person, wallet_id


def make_type(staff: Person, **limits: Any) -> None:
    staff.call("api.create_transaction_type", code="MOVE", name="Move", **limits)


def outcome(person: Person, debited: int, credited: int, amount: str) -> str:
    answer = post(person, debited, credited, amount, transaction_type="MOVE")
    return answer["decline_code"] or answer["status"]


@pytest.mark.parametrize("whose", ["type", "debited", "credited"])
def test_an_amount_is_bounded_by_the_type_and_both_wallets(staff: Person, whose: str) -> None:
    make_type(staff, **({"minimum_amount": 100, "maximum_amount": 200} if whose == "type" else {}))
    payer, left = make_side(staff, "LEFT")
    _, right = make_side(staff, "RIGHT")
    # Cash came in before the limits did, which bound every transaction of the wallet.
    cash_in(staff, left, 10_000)
    if whose != "type":
        query = (
            "update tekana.wallet_types set minimum_transaction_amount = 100,"
            " maximum_transaction_amount = 200 where code = %s"
        )
        code = "LEFT" if whose == "debited" else "RIGHT"
        staff.connection.execute(query, [code])
    assert outcome(payer, left, right, "99.99") == "LIMIT"
    assert outcome(payer, left, right, "100") == "COMPLETED"
    assert outcome(payer, left, right, "200") == "COMPLETED"
    assert outcome(payer, left, right, "200.01") == "LIMIT"


def test_the_narrowest_limit_counts(staff: Person) -> None:
    make_type(staff, minimum_amount=5, maximum_amount=50)
    payer, left = make_side(staff, "LEFT", 1000, minimum_transaction_amount=10)
    _, right = make_side(staff, "RIGHT", maximum_transaction_amount=20)
    outcomes = [outcome(payer, left, right, amount) for amount in ("9.99", "10", "20", "20.01")]
    assert outcomes == ["LIMIT", "COMPLETED", "COMPLETED", "LIMIT"]


def test_the_last_cent_can_be_spent_and_no_more(staff: Person) -> None:
    make_type(staff)
    payer, left = make_side(staff, "LEFT", 100)
    _, right = make_side(staff, "RIGHT")
    assert outcome(payer, left, right, "100.01") == "NFUND"
    assert outcome(payer, left, right, "100") == "COMPLETED"
    assert outcome(payer, left, right, "0.01") == "NFUND"


@pytest.mark.parametrize(
    ("floor", "spendable", "beyond"), [(40, "60", "60.01"), (-50, "150", "150.01")]
)
def test_a_floor_may_be_above_or_under_zero(
    staff: Person, floor: int, spendable: str, beyond: str
) -> None:
    make_type(staff)
    payer, left = make_side(staff, "LEFT", 100)
    _, right = make_side(staff, "RIGHT")
    # A wallet opens empty, so it gets a floor above zero only once it has the money.
    query = "update tekana.wallets set minimum_balance = %s where wallet_id = %s"
    staff.connection.execute(query, [floor, left])
    assert outcome(payer, left, right, beyond) == "NFUND"
    assert outcome(payer, left, right, spendable) == "COMPLETED"
    assert outcome(payer, left, right, "0.01") == "NFUND"


def test_no_wallet_of_a_customer_is_without_a_floor(purse: int, staff: Person) -> None:
    query = "update tekana.wallets set minimum_balance = null where wallet_id = %s"
    refusal = refusal_of(lambda: staff.connection.execute(query, [purse]))
    assert refusal.constraint == "wallets_of_customers_have_a_floor"


def test_a_wallet_with_a_negative_floor_pays_what_it_does_not_have(staff: Person) -> None:
    make_type(staff)
    payer, left = make_side(staff, "LEFT", minimum_balance=-500)
    _, right = make_side(staff, "RIGHT")
    assert outcome(payer, left, right, "500.01") == "NFUND"
    assert outcome(payer, left, right, "500") == "COMPLETED"


def test_a_hold_does_not_tell_how_full_a_wallet_is(staff: Person) -> None:
    make_type(staff)
    payer, left = make_side(staff, "LEFT", 1000)
    _, right = make_side(staff, "RIGHT", maximum_balance=100)
    held = post(payer, left, right, "100.01", transaction_type="MOVE", status="PENDING")
    assert held["status"] == "PENDING"
    refusal = payer.refused("api.complete_transaction", transaction_id=held["id"])
    assert refusal.code == "LIMIT"


def test_a_ceiling_bounds_what_a_wallet_may_hold(staff: Person) -> None:
    make_type(staff)
    payer, left = make_side(staff, "LEFT", 1000)
    _, right = make_side(staff, "RIGHT", maximum_balance=100)
    outcomes = [
        outcome(payer, left, right, amount) for amount in ("100.01", "99.99", "0.02", "0.01")
    ]
    assert outcomes == ["LIMIT", "COMPLETED", "LIMIT", "COMPLETED"]


def test_no_statement_brings_a_wallet_under_its_floor(
    connection: psycopg.Connection, purse: int
) -> None:
    # The function declines; the constraint holds whatever else is written one day.
    query = "update tekana.wallets set current_balance = -1 where wallet_id = %s"
    refusal = refusal_of(lambda: connection.execute(query, [purse]))
    assert refusal.constraint == "wallets_available_balance_is_over_its_floor"
