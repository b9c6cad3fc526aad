"""Giving a part back: never more in all than was moved; and forcing it when the money is gone."""

import psycopg
import pytest

from tests.db.kit import Person, Row, balance, cash_in, open_wallet, post, sums


@pytest.fixture
def paid(aline: Person, purse: int, pocket: int) -> Row:
    """300 from Aline to Bosco."""
    return post(aline, purse, pocket, 300)


def status_of(staff: Person, transaction: Row) -> str:
    query = "select status from api.transactions where id = %(id)s"
    return staff.ask(query, {"id": transaction["id"]})[0]["status"]


def test_parts_add_up_to_the_whole_and_no_further(
    connection: psycopg.Connection, staff: Person, purse: int, pocket: int, paid: Row
) -> None:
    for amount, status in ((100, "COMPLETED"), (150, "COMPLETED"), (50, "REVERSED")):
        back = staff.call("api.reverse_transaction", transaction_id=paid["id"], amount=amount)
        assert (back["status"], back["amount"]) == ("COMPLETED", amount)
        assert status_of(staff, paid) == status
    assert (balance(connection, purse), balance(connection, pocket)) == (1000, 0)
    refusal = staff.refused("api.reverse_transaction", transaction_id=paid["id"], amount=1)
    assert refusal.code == "STATE"


def test_more_than_is_left_is_refused(staff: Person, paid: Row) -> None:
    staff.call("api.reverse_transaction", transaction_id=paid["id"], amount=100)
    refusal = staff.refused("api.reverse_transaction", transaction_id=paid["id"], amount=201)
    assert refusal.details == "amount: is more than is left to reverse: 200"


def test_without_an_amount_it_is_what_is_left(staff: Person, paid: Row) -> None:
    staff.call("api.reverse_transaction", transaction_id=paid["id"], amount=100)
    assert staff.call("api.reverse_transaction", transaction_id=paid["id"])["amount"] == 200
    assert status_of(staff, paid) == "REVERSED"


@pytest.mark.parametrize("left", [300, 100])  # enough to give back, and not
def test_the_same_key_gets_the_first_answer_again(
    connection: psycopg.Connection,
    bosco: Person,
    staff: Person,
    purse: int,
    pocket: int,
    paid: Row,
    left: int,
) -> None:
    if left < 300:
        post(bosco, pocket, purse, 300 - left)
    asked = {"transaction_id": paid["id"], "idempotency_key": "oops"}
    first = staff.call("api.reverse_transaction", **asked)
    assert first["status"] == ("COMPLETED" if left == 300 else "FAILED")
    cash_in(staff, pocket, 1000)
    assert staff.call("api.reverse_transaction", **asked) == first
    assert balance(connection, pocket) == 1000 + left - (300 if left == 300 else 0)
    assert staff.refused("api.reverse_transaction", **asked, amount=1).code == "KEYRE"


def test_force_takes_a_wallet_under_its_floor_where_its_type_may(
    connection: psycopg.Connection, bosco: Person, staff: Person, purse: int, pocket: int, paid: Row
) -> None:
    post(bosco, pocket, purse, 300)
    asked = {"transaction_id": paid["id"], "force": True}
    assert staff.call("api.reverse_transaction", **asked)["decline_code"] == "NFUND"

    connection.execute("update tekana.wallet_types set can_be_forced_under = true")
    assert staff.call("api.reverse_transaction", **asked)["status"] == "COMPLETED"
    assert balance(connection, pocket) == -300
    assert sums(connection) == {0}

    # Until it is over its floor again it only receives.
    cash_in(staff, pocket, 200)
    assert post(bosco, pocket, purse, 1)["decline_code"] == "NFUND"
    cash_in(staff, pocket, 200)
    assert post(bosco, pocket, purse, 100)["status"] == "COMPLETED"
    query = "select is_under_floor from tekana.wallets where wallet_id = %s"
    assert connection.execute(query, [pocket]).fetchone() == (False,)


def test_without_force_it_is_declined_even_so(
    connection: psycopg.Connection, bosco: Person, staff: Person, purse: int, pocket: int, paid: Row
) -> None:
    connection.execute("update tekana.wallet_types set can_be_forced_under = true")
    post(bosco, pocket, open_wallet(bosco), 1)
    assert staff.call("api.reverse_transaction", transaction_id=paid["id"])["status"] == "FAILED"


def test_force_that_is_neither_true_nor_false_forces_nothing(
    connection: psycopg.Connection, bosco: Person, staff: Person, purse: int, pocket: int, paid: Row
) -> None:
    connection.execute("update tekana.wallet_types set can_be_forced_under = true")
    post(bosco, pocket, purse, 300)
    asked = {"transaction_id": paid["id"], "force": None}
    assert staff.call("api.reverse_transaction", **asked)["decline_code"] == "NFUND"
