"""Posting what was held."""

import psycopg

from tests.db.kit import Person, balance, cash_in, held, post, sums


def test_the_money_that_was_held_moves(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 300, status="PENDING")
    answer = aline.call("api.complete_transaction", transaction_id=pending["id"])
    assert answer["ended_at"] > pending["created_at"]
    ended = {"ended_at": answer["ended_at"], "debited_balance_after": 700}
    assert answer == pending | {"status": "COMPLETED"} | ended
    assert (balance(connection, purse), held(connection, purse)) == (700, 0)
    assert balance(connection, pocket) == 300
    assert sums(connection) == {0}


def test_balances_after_are_those_of_the_moment_of_completion(
    aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 300, status="PENDING")
    cash_in(staff, purse, 50)
    cash_in(staff, pocket, 7)
    answer = staff.call("api.complete_transaction", transaction_id=pending["id"])
    assert (answer["debited_balance_after"], answer["credited_balance_after"]) == (750, 307)


def test_all_that_is_there_can_be_held_and_completed(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 1000, status="PENDING")
    aline.call("api.complete_transaction", transaction_id=pending["id"])
    assert (balance(connection, purse), held(connection, purse)) == (0, 0)


def test_it_is_completed_once(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 300, status="PENDING")
    aline.call("api.complete_transaction", transaction_id=pending["id"])
    for end in ("api.complete_transaction", "api.cancel_transaction"):
        refusal = aline.refused(end, transaction_id=pending["id"])
        assert (refusal.code, refusal.details) == ("STATE", "status: is COMPLETED")
    assert balance(connection, purse) == 700


def test_what_was_posted_at_once_or_declined_is_not_completed(
    aline: Person, purse: int, pocket: int
) -> None:
    for amount in (300, 5000):
        posted = post(aline, purse, pocket, amount)
        refusal = aline.refused("api.complete_transaction", transaction_id=posted["id"])
        assert (refusal.code, refusal.details) == ("STATE", f"status: is {posted['status']}")


def test_a_wallet_that_is_no_longer_active_keeps_it_pending(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 300, status="PENDING")
    staff.call("api.set_wallet_status", wallet_id=pocket, status="INACTIVE")
    refusal = aline.refused("api.complete_transaction", transaction_id=pending["id"])
    assert (refusal.code, refusal.message) == ("INACT", "the credited wallet is not active")
    assert held(connection, purse) == 300
    cancelled = aline.call("api.cancel_transaction", transaction_id=pending["id"])
    assert cancelled["status"] == "CANCELLED"


def test_who_is_paid_does_not_complete(
    bosco: Person, aline: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 300, status="PENDING")
    for end in ("api.complete_transaction", "api.cancel_transaction"):
        refusal = bosco.refused(end, transaction_id=pending["id"])
        assert refusal.code == "NFIND"
        assert refusal == bosco.refused(end, transaction_id=0), "it tells a stranger that it exists"
