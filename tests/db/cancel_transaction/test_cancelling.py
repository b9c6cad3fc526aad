"""Releasing what was held."""

import psycopg

from tests.db.kit import Person, balance, held, post


def test_what_was_held_can_be_spent_again(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 1000, status="PENDING")
    answer = aline.call("api.cancel_transaction", transaction_id=pending["id"])
    assert answer == pending | {"status": "CANCELLED", "ended_at": answer["ended_at"]}
    assert (balance(connection, purse), held(connection, purse)) == (1000, 0)
    assert post(aline, purse, pocket, 1000)["status"] == "COMPLETED"


def test_only_its_own_hold_is_released(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 300, status="PENDING")
    post(aline, purse, pocket, 200, status="PENDING")
    aline.call("api.cancel_transaction", transaction_id=first["id"])
    assert held(connection, purse) == 200


def test_it_is_cancelled_once(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 300, status="PENDING")
    staff.call("api.cancel_transaction", transaction_id=pending["id"])
    for end in ("api.cancel_transaction", "api.complete_transaction"):
        refusal = aline.refused(end, transaction_id=pending["id"])
        assert (refusal.code, refusal.details) == ("STATE", "status: is CANCELLED")
    assert held(connection, purse) == 0


def test_a_wallet_that_is_not_active_gets_its_money_released(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 300, status="PENDING")
    staff.call("api.set_wallet_status", wallet_id=purse, status="DORMANT")
    aline.call("api.cancel_transaction", transaction_id=pending["id"])
    assert held(connection, purse) == 0


def test_what_does_not_exist_is_named(staff: Person) -> None:
    for unknown in (0, None, 2**63 - 1):
        refusal = staff.refused("api.cancel_transaction", transaction_id=unknown)
        assert (refusal.code, refusal.details) == ("NFIND", "transaction_id: does not exist")
