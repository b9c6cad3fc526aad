"""The caller's own reference may be used once only, where the type of transaction says so."""

import psycopg
import pytest

from tests.db.kit import (
    Person,
    balance,
    cash_in,
    held,
    let_expire,
    make_bills,
    open_wallet,
    post,
    refused_post,
)

INVOICE = {"external_reference_number": "invoice 7", "transaction_type": "BILL"}


@pytest.fixture(autouse=True)
def bill(connection: psycopg.Connection, staff: Person) -> None:
    """A type of transaction whose references are unique."""
    make_bills(connection, staff)


def test_it_is_used_once(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    assert post(aline, purse, pocket, 100, **INVOICE)["status"] == "COMPLETED"
    refusal = refused_post(aline, purse, pocket, 200, **INVOICE)
    assert (refusal.code, refusal.details) == (
        "TAKEN",
        "external_reference_number: is already in use",
    )
    assert balance(connection, purse) == 900


def test_what_moved_nothing_does_not_use_it_up(aline: Person, purse: int, pocket: int) -> None:
    assert post(aline, purse, pocket, 5000, **INVOICE)["status"] == "FAILED"
    hold = post(aline, purse, pocket, 100, status="PENDING", **INVOICE)
    assert refused_post(aline, purse, pocket, 100, **INVOICE).code == "TAKEN"
    aline.call("api.cancel_transaction", transaction_id=hold["id"])
    assert post(aline, purse, pocket, 100, **INVOICE)["status"] == "COMPLETED"


def test_a_hold_whose_time_is_over_does_not_use_it_up(
    connection: psycopg.Connection,
    staff: Person,
    aline: Person,
    bosco: Person,
    purse: int,
    pocket: int,
) -> None:
    """Nor before anybody has swept it up, and though its wallet has no part in the payment."""
    cash_in(staff, pocket, 500)
    hold = post(bosco, pocket, purse, 100, status="PENDING", **INVOICE)
    let_expire(connection, hold)
    other = open_wallet(bosco)
    assert post(aline, purse, other, 100, **INVOICE)["status"] == "COMPLETED"
    query = "select status, status_message from api.transactions where id = %(id)s"
    assert bosco.ask(query, {"id": hold["id"]}) == [
        {"status": "CANCELLED", "status_message": "the hold expired"}
    ]
    assert held(connection, pocket) == 0


def test_its_key_gets_the_first_answer_again(aline: Person, purse: int, pocket: int) -> None:
    first = post(aline, purse, pocket, 100, **INVOICE, idempotency_key="k")
    assert post(aline, purse, pocket, 100, **INVOICE, idempotency_key="k") == first


def test_other_types_may_use_it_again(aline: Person, purse: int, pocket: int) -> None:
    again = INVOICE | {"transaction_type": "TRANSFER"}
    for _ in range(2):
        assert post(aline, purse, pocket, 100, **again)["status"] == "COMPLETED"
