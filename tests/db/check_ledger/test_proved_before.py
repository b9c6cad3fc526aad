"""What a proof wrote down stays so, for full checks and incremental ones alike."""

import psycopg
import pytest

from tests.db.kit import findings
from tests.db.seals import seal, tamper

pytestmark = pytest.mark.parametrize("full", [True, False], ids=["full", "incremental"])


@pytest.fixture
def idle(connection: psycopg.Connection) -> int:
    """Key of a wallet that was proved, and that no money ever went through."""
    query = """
        select min(b.wallet_id) from tekana.proven_balances as b
        where b.wallet_id not in (select e.wallet_id from tekana.ledger_entries as e)
    """
    return connection.execute(query).fetchone()[0]


def test_a_wallet_that_is_gone_is_found_though_nothing_was_in_it(
    connection: psycopg.Connection, idle: int, full: bool
) -> None:
    tamper(connection, "delete from tekana.wallets where wallet_id = %s", idle)
    found = ("its history comes to 0", "its current balance is not there")
    assert findings(connection, full) == [
        ("balance_equals_history", f"wallet {idle}", ", ".join(found))
    ]


def test_wallets_that_are_gone_are_found_though_they_sum_to_zero(
    connection: psycopg.Connection, full: bool
) -> None:
    # All that the last proof found, and all that came since: of one currency nothing is left.
    wallet_ids = [
        wallet_id
        for (wallet_id,) in connection.execute(
            "select wallet_id from tekana.wallets where currency_code = 'RWF' order by wallet_id"
        )
    ]
    for wallet_id in wallet_ids:
        tamper(connection, "delete from tekana.wallets where wallet_id = %s", wallet_id)
    found = {(rule, subject) for rule, subject, _ in findings(connection, full)}
    assert found >= {("balance_equals_history", f"wallet {key}") for key in wallet_ids}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("customer_id", "(select max(customer_id) from tekana.customers)"),
        ("currency_code", "'XAF'"),
    ],
)
def test_a_wallet_stays_its_owners_though_it_moved_nothing(
    connection: psycopg.Connection, idle: int, column: str, value: str, full: bool
) -> None:
    tamper(connection, f"update tekana.wallets set {column} = {value} where wallet_id = %s", idle)
    assert findings(connection, full) == [
        (
            "wallet_is_whose_it_was",
            f"wallet {idle}",
            "it has another owner or currency than by its last proof",
        )
    ]


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        ("update tekana.ledger_proofs set horizon = 1e9", "proof 1"),
        ("update tekana.ledger_horizons set next_place = 1e9", "the horizon"),
        ("update tekana.ledger_blocks set last_place = 1e9", "block 1"),
    ],
)
def test_what_reaches_beyond_the_last_place_that_was_drawn_is_found(
    connection: psycopg.Connection, statement: str, subject: str, full: bool
) -> None:
    seal(connection)
    tamper(connection, statement)
    found = {rule: rest for rule, *rest in findings(connection, full)}["places_were_drawn"]
    assert found[0] == subject
    assert found[1].startswith("it reaches to place 1000000000, and those from 1 to ")
