"""A held or posted transaction ends once, whoever comes first."""

from collections.abc import Callable
from typing import Any

import psycopg

from tests.db.kit import Person, Row, balance, cash_in, held, post, sums

Wallets = list[tuple[Person, int]]
AllAtOnce = Callable[[list[Any]], list[Any]]


def ending(person: Person, function: str, transaction: Row) -> Callable[[psycopg.Connection], str]:
    return lambda own: person.at(own).call(function, transaction_id=transaction["id"])["status"]


def test_of_completing_and_cancelling_at_once_one_happens(
    connection: psycopg.Connection, staff: Person, wallets: Wallets, all_at_once: AllAtOnce
) -> None:
    (aline, purse), (_, pocket), *_ = wallets
    cash_in(staff, purse, 1000)
    completed = 0
    for _ in range(8):
        pending = post(aline, purse, pocket, 100, status="PENDING")
        ends = ["api.complete_transaction", "api.cancel_transaction"] * 3
        outcomes = all_at_once([ending(aline, end, pending) for end in ends])
        assert sorted(outcomes) in (["CANCELLED", *["STATE"] * 5], ["COMPLETED", *["STATE"] * 5])
        completed += "COMPLETED" in outcomes
        assert held(connection, purse) == 0
    assert balance(connection, pocket) == 100 * completed
    assert sums(connection) == {0}


def test_of_many_reversals_at_once_one_happens(
    connection: psycopg.Connection, staff: Person, wallets: Wallets, all_at_once: AllAtOnce
) -> None:
    (aline, purse), (_, pocket), *_ = wallets
    cash_in(staff, purse, 1000)
    cash_in(staff, pocket, 1000)
    first = post(aline, purse, pocket, 100)
    outcomes = all_at_once([ending(staff, "api.reverse_transaction", first)] * 8)
    assert sorted(outcomes) == ["COMPLETED", *["STATE"] * 7]
    assert (balance(connection, purse), balance(connection, pocket)) == (1000, 1000)
