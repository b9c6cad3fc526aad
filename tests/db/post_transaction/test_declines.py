"""Business declines: recorded as FAILED with the weightiest reason, and no money moves."""

import json
from decimal import Decimal

import psycopg
import pytest

from tests.db.kit import (
    Person,
    balance,
    cash_in,
    count_transactions,
    make_customer,
    open_wallet,
    post,
    sums,
)

# With every reason to decline at once, each cure leaves the next one as the weightiest.
CURES = [
    (
        "INACT",
        "this type of transaction is not active",
        "update tekana.transaction_types set status = 'ACTIVE' where code = 'MOVE'",
    ),
    (
        "INACT",
        "the debited wallet is not active",
        "update tekana.wallets set status = 'ACTIVE' where account_number like 'LEFT-%'",
    ),
    (
        "INACT",
        "the credited wallet is not active",
        "update tekana.wallets set status = 'ACTIVE' where account_number like 'RIGHT-%'",
    ),
    (
        "CURNC",
        "the wallets have different currencies",
        "update tekana.wallets set currency_code = 'USD', minor_units = 2"
        " where account_number like 'RIGHT-%'",
    ),
    (
        "NRULE",
        "no rule allows MOVE to debit a LEFT wallet",
        "insert into tekana.transaction_rules (wallet_type_id, transaction_type_id, debit_allowed)"
        " select w.wallet_type_id, t.transaction_type_id, true"
        " from tekana.wallet_types as w, tekana.transaction_types as t"
        " where w.code = 'LEFT' and t.code = 'MOVE'",
    ),
    (
        "NRULE",
        "no rule allows MOVE to credit a RIGHT wallet",
        "insert into tekana.transaction_rules (wallet_type_id, transaction_type_id, credit_allowed)"
        " select w.wallet_type_id, t.transaction_type_id, true"
        " from tekana.wallet_types as w, tekana.transaction_types as t"
        " where w.code = 'RIGHT' and t.code = 'MOVE'",
    ),
    (
        "LIMIT",
        "the amount is below the minimum",
        "update tekana.transaction_types set minimum_amount = 500 where code = 'MOVE'",
    ),
    (
        "LIMIT",
        "the amount is above the maximum",
        "update tekana.wallet_types set maximum_transaction_amount = 500 where code = 'LEFT'",
    ),
    (
        "NFUND",
        "the available balance is too low",
        "update tekana.wallets set current_balance = 500 where account_number like 'LEFT-%'",
    ),
    (
        "LIMIT",
        "the credited wallet would exceed its maximum balance",
        "update tekana.wallet_types set maximum_balance = 500 where code = 'RIGHT'",
    ),
]


@pytest.mark.usefixtures("tampering")
def test_of_many_reasons_the_weightiest_is_told(
    connection: psycopg.Connection, staff: Person
) -> None:
    payer = make_customer(connection)
    limits = {"LEFT": {"maximum_transaction_amount": 10}, "RIGHT": {"maximum_balance": 10}}
    for code in ("LEFT", "RIGHT"):
        staff.call("api.create_wallet_type", code=code, name=code, **limits[code])
    staff.call(
        "api.create_transaction_type",
        code="MOVE",
        name="Move",
        minimum_amount=1000,
        status="INACTIVE",
    )
    left, right = open_wallet(payer, "LEFT", "USD"), open_wallet(payer, "RIGHT", "RWF")
    connection.execute(
        "update tekana.wallets set status = 'DORMANT' where wallet_id in (%s, %s)", [left, right]
    )
    for code, message, cure in CURES:
        answer = post(payer, left, right, 500, transaction_type="MOVE")
        assert (answer["status"], answer["decline_code"]) == ("FAILED", code)
        assert answer["status_message"] == message
        assert connection.execute(cure).rowcount == 1
    answer = post(payer, left, right, 500, transaction_type="MOVE")
    assert (answer["status"], answer["decline_code"], answer["status_message"]) == (
        "COMPLETED",
        None,
        None,
    )


def test_a_decline_is_recorded_and_moves_nothing(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    before = count_transactions(connection)
    answer = post(aline, purse, pocket, 1001)
    assert (answer["status"], answer["debited_balance_after"]) == ("FAILED", None)
    assert count_transactions(connection) == before + 1
    assert (balance(connection, purse), balance(connection, pocket)) == (1000, 0)
    assert sums(connection) == {0}


def test_a_decline_tells_the_api_what_to_answer(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    with connection.transaction():
        answer = post(aline, purse, pocket, 1001)
        query = "select current_setting('response.status'), current_setting('response.error')"
        status, error = connection.execute(query).fetchone()
    assert status == "422"
    assert json.loads(error) == {
        "code": "NFUND",
        "message": "the available balance is too low",
        "details": f"reference_number: {answer['reference_number']}",
        "hint": "The transaction is recorded as FAILED; no money moved.",
    }


def test_a_success_tells_the_api_nothing(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    post(aline, purse, pocket, 1)
    query = """
        select coalesce(current_setting('response.status', true), '')
            || coalesce(current_setting('response.headers', true), '')
    """
    assert connection.execute(query).fetchone() == ("",)


def test_a_pending_transaction_is_declined_for_the_same_reasons(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    answer = post(aline, purse, pocket, 1001, status="PENDING")
    assert (answer["status"], answer["decline_code"]) == ("FAILED", "NFUND")


def test_money_that_is_held_cannot_be_spent(aline: Person, purse: int, pocket: int) -> None:
    post(aline, purse, pocket, 600, status="PENDING")
    assert post(aline, purse, pocket, 401)["decline_code"] == "NFUND"
    assert post(aline, purse, pocket, 401, status="PENDING")["decline_code"] == "NFUND"
    assert post(aline, purse, pocket, 400)["status"] == "COMPLETED"


def test_money_is_not_changed_into_another_currency(
    aline: Person, purse: int, dollar_pocket: int
) -> None:
    assert post(aline, purse, dollar_pocket, 1)["decline_code"] == "CURNC"


@pytest.mark.parametrize("status", ["INACTIVE", "DORMANT"])
def test_a_wallet_that_is_not_active_neither_pays_nor_is_paid(
    aline: Person, bosco: Person, staff: Person, purse: int, pocket: int, status: str
) -> None:
    cash_in(staff, pocket, 10)
    staff.call("api.set_wallet_status", wallet_id=purse, status=status)
    assert post(aline, purse, pocket, 1)["decline_code"] == "INACT"
    assert post(bosco, pocket, purse, 1)["decline_code"] == "INACT"


def test_a_customer_cannot_take_cash_in_without_the_float(
    aline: Person, purse: int, pocket: int
) -> None:
    # By the rules: a personal wallet may be paid by CASH_IN, but not pay by it.
    assert post(aline, purse, pocket, 1, transaction_type="CASH_IN")["decline_code"] == "NRULE"


def test_a_rule_for_one_side_does_not_allow_the_other(
    aline: Person, bosco: Person, staff: Person, purse: int
) -> None:
    shop = open_wallet(bosco, "MERCHANT")
    assert post(aline, purse, shop, 10, transaction_type="PAYMENT")["status"] == "COMPLETED"
    refund = post(bosco, shop, purse, 10, transaction_type="PAYMENT")
    assert refund["decline_code"] == "NRULE"
    assert refund["status_message"] == "no rule allows PAYMENT to credit a PERSONAL wallet"


def test_the_largest_amount_there_is_is_declined_not_broken(
    aline: Person, purse: int, pocket: int
) -> None:
    assert post(aline, purse, pocket, Decimal("999999999999999"))["decline_code"] == "LIMIT"
