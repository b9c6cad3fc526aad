"""The balance of a wallet at any moment."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import psycopg

from tests.db.kit import Person, cash_in, open_wallet, post


def at(person: Person, wallet_id: int, moment: object) -> Decimal:
    return person.call("api.balance_at", wallet_id=wallet_id, at=moment)["balance_at"]


def test_each_moment_has_the_balance_of_the_last_posting_until_then(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    pending = post(aline, purse, pocket, 300, status="PENDING")
    for amount in (10, 20, 5000, 30):
        post(aline, purse, pocket, amount)
    aline.call("api.complete_transaction", transaction_id=pending["id"], amount=250)
    cash_in(staff, purse, 7)
    query = """
        select posted_at, balance_after from api.statement_lines
        where wallet_id = %(id)s order by posting_id
    """
    lines = [(row["posted_at"], row["balance_after"]) for row in aline.ask(query, {"id": purse})]
    assert [balance for _, balance in lines] == [1000, 990, 970, 940, 690, 697]
    assert [moment for moment, _ in lines] == sorted(moment for moment, _ in lines)
    for moment, balance in lines:
        assert at(aline, purse, moment) == balance
    for (_, before), (moment, _) in pairwise(lines):
        assert at(aline, purse, moment - timedelta(microseconds=1)) == before
    assert at(aline, purse, lines[0][0] - timedelta(seconds=1)) == 0
    assert at(aline, purse, lines[-1][0] + timedelta(days=1)) == 697


def test_a_wallet_that_never_moved_has_nothing(aline: Person) -> None:
    assert aline.call("api.balance_at", wallet_id=open_wallet(aline))["balance_at"] == 0


def test_a_moment_is_needed(aline: Person, purse: int) -> None:
    refusal = aline.refused("api.balance_at", wallet_id=purse, at=None)
    assert (refusal.code, refusal.details) == ("INVAL", "at: is required")


def test_it_is_told_to_its_owner_and_to_staff(
    aline: Person, bosco: Person, staff: Person, purse: int
) -> None:
    assert staff.call("api.balance_at", wallet_id=purse)["balance_at"] == 1000
    assert bosco.refused("api.balance_at", wallet_id=purse).code == "NFIND"
