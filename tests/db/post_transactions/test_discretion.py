"""What a group tells: nothing of somebody else's balance, and no more than became of it."""

from decimal import Decimal

import psycopg
import pytest

from tests.db.kit import (
    Person,
    balance,
    cash_in,
    float_wallet,
    held,
    make_bills,
    open_wallet,
    request,
)
from tests.db.post_transactions.asking import errors, group, told, written


@pytest.fixture
def capped(connection: psycopg.Connection, staff: Person, pocket: int) -> int:
    """A wallet of Bosco's with 100 in it, which may hold 500."""
    cash_in(staff, pocket, 100)
    connection.execute(
        "update tekana.wallet_types set maximum_balance = 500 where code = 'PERSONAL'"
    )
    return pocket


@pytest.mark.parametrize("rest", [9_999, 700])
def test_a_group_that_is_declined_tells_nobody_how_full_a_wallet_is(
    connection: psycopg.Connection,
    aline: Person,
    bosco: Person,
    purse: int,
    capped: int,
    rest: int,
) -> None:
    """`rest` is too much in any case, or only when the first one was posted."""
    other = open_wallet(bosco, "AGENT")
    seen = []
    for amount in (400, 401):
        answers = group(aline, request(purse, capped, amount), request(purse, other, rest))
        seen.append((errors(answers), told(connection, "error")["code"]))
    assert seen == [(["GROUP", "NFUND"], "NFUND")] * 2
    assert balance(connection, purse) == 1000


def test_a_reference_is_taken_in_a_group_however_full_a_wallet_is(
    connection: psycopg.Connection, staff: Person, aline: Person, purse: int, capped: int
) -> None:
    make_bills(connection, staff)
    bill = {"transaction_type": "BILL", "external_reference_number": "1"}
    for amount in (400, 401):
        items = [request(purse, capped, amount, **bill), request(purse, capped, 1, **bill)]
        asked = {"transactions": written(items)}
        assert aline.refused("api.post_transactions", **asked).code == "TAKEN"


def test_a_group_that_a_full_wallet_alone_declines_says_so(
    aline: Person, purse: int, capped: int
) -> None:
    answers = group(aline, request(purse, capped, 401), request(purse, capped, 1))
    assert errors(answers) == ["LIMIT", "LIMIT"]


def test_what_was_asked_for_each_by_itself_is_no_group(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    items = [
        request(purse, pocket, 10, idempotency_key="fits"),
        request(purse, pocket, 9_999, idempotency_key="does not"),
    ]
    group(aline, *items, atomic=False)
    assert aline.refused("api.post_transactions", transactions=written(items)).code == "KEYRE"
    assert balance(connection, purse) == 990


def test_a_part_of_a_group_that_was_declined_is_no_group(
    aline: Person, purse: int, pocket: int
) -> None:
    items = [
        request(purse, pocket, 10, idempotency_key="fits"),
        request(purse, pocket, 9_999, idempotency_key="does not"),
    ]
    group(aline, *items)
    asked = {"transactions": written(items[:1])}
    assert aline.refused("api.post_transactions", **asked).code == "KEYRE"
    assert errors(group(aline, *items)) == ["GROUP", "NFUND"]


def test_no_key_in_a_group_begins_with_that_of_all(aline: Person, purse: int, pocket: int) -> None:
    items = [request(purse, pocket, 1, idempotency_key="k\n2"), request(purse, pocket, 1)]
    asked = {"transactions": written(items), "idempotency_key": "k"}
    assert aline.refused("api.post_transactions", **asked).code == "INVAL"


def test_a_wallet_beyond_all_bounds_is_the_problem_of_one(
    connection: psycopg.Connection, staff: Person, purse: int
) -> None:
    desk = float_wallet(connection)
    largest = Decimal(10) ** 15 - 1
    most = (
        "update tekana.wallet_types set maximum_transaction_amount = null, maximum_balance = null"
    )
    connection.execute(most)
    connection.execute(
        "update tekana.transaction_types set maximum_amount = null where code = 'CASH_IN'"
    )
    items = [
        request(desk, purse, largest, transaction_type="CASH_IN"),
        request(desk, purse, 1, transaction_type="CASH_IN"),
    ]
    with connection.transaction(force_rollback=True):
        connection.execute("set local session_replication_role = replica")
        connection.execute(
            "update tekana.wallets set current_balance = 1e18 - 5 where wallet_id = %s", [purse]
        )
        connection.execute("set local session_replication_role = origin")
        assert errors(group(staff, *items, atomic=False)) == ["LIMIT", None]
        assert held(connection, purse) == 0
