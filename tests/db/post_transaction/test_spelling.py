"""An amount is kept as its currency writes it, however the caller did."""

import psycopg
import pytest

from tests.db.kit import Person, post


@pytest.mark.parametrize("written", ["5", "5.0", "5.0000"])
def test_francs_have_no_decimals_to_show(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int, written: str
) -> None:
    moved = post(aline, purse, pocket, written)
    assert str(moved["amount"]) == "5"
    query = "select current_balance::text from tekana.wallets where wallet_id = any(%s) order by 1"
    balances = [text for (text,) in connection.execute(query, [[purse, pocket]])]
    assert balances == ["5", "995"]


def test_dollars_have_two(aline: Person, dollars: int, dollar_pocket: int) -> None:
    assert str(post(aline, dollars, dollar_pocket, "1.5")["amount"]) == "1.50"
