"""A superuser may also take away the constraints that the seals are written under."""

import psycopg
import pytest

from tests.db.kit import unseen_by_triggers
from tests.db.seals import History, difference, tamper, verify

pytestmark = pytest.mark.usefixtures("tampering")
DROP_CONSTRAINT = "alter table tekana.{} drop constraint {} cascade"


def count_blocks(connection: psycopg.Connection) -> int:
    return connection.execute("select count(*) from tekana.ledger_blocks").fetchone()[0]


def test_a_block_without_a_hash_is_found(connection: psycopg.Connection, history: History) -> None:
    # Else whoever rewrites a block could leave the next ones, and hashes that were kept, as is.
    connection.execute("alter table tekana.ledger_blocks alter hash drop not null")
    for number in range(1, count_blocks(connection) + 1):
        with connection.transaction(force_rollback=True):
            tamper(
                connection,
                "update tekana.ledger_blocks set hash = null where block_number = %s",
                number,
            )
            found = verify(connection)
            assert (found["kind"], found["block_number"]) == ("block changed", number)


def test_a_block_without_a_number_is_found(
    connection: psycopg.Connection, history: History
) -> None:
    connection.execute(DROP_CONSTRAINT.format("ledger_blocks", "ledger_blocks_pkey"))
    connection.execute("alter table tekana.ledger_blocks alter block_number drop not null")
    last = count_blocks(connection)
    with unseen_by_triggers(connection):
        connection.execute(
            "update tekana.ledger_blocks set block_number = null where block_number = %s", [last]
        )
        connection.execute(
            "update tekana.ledger_blocks as b set hash = tekana.block_hash(b)"
            " where block_number is null"
        )
    found = verify(connection)
    assert (found["kind"], found["problem"]) == ("chain broken", f"block {last} is missing")


def test_a_block_that_is_there_twice_is_found(
    connection: psycopg.Connection, history: History
) -> None:
    connection.execute(DROP_CONSTRAINT.format("ledger_blocks", "ledger_blocks_pkey"))
    for number in (1, count_blocks(connection)):
        with connection.transaction(force_rollback=True):
            tamper(
                connection,
                "insert into tekana.ledger_blocks select * from tekana.ledger_blocks"
                " where block_number = %s",
                number,
            )
            found = verify(connection)
            assert (found["kind"], found["problem"]) == (
                "chain broken",
                f"block {number} is there more than once",
            )


@pytest.mark.parametrize("outcome", list(History.__annotations__))
def test_a_transaction_that_is_there_twice_is_named(
    connection: psycopg.Connection, history: History, outcome: str
) -> None:
    for name in ("transactions_pkey", "transactions_idempotency_key_key"):
        connection.execute(DROP_CONSTRAINT.format("transactions", name))
    for column in ("ending_id", "reference_number"):
        connection.execute(f"drop index tekana.transactions_{column}_idx")
    key = getattr(history, outcome)
    tamper(
        connection,
        "insert into tekana.transactions overriding system value"
        " select * from tekana.transactions where transaction_id = %s",
        key,
    )
    assert difference(connection) == ("inserted", key)
    assert f"transaction {key} is there more than once" in verify(connection)["problem"]


def test_an_inserted_transaction_without_a_status_is_named(
    connection: psycopg.Connection, history: History
) -> None:
    connection.execute("alter table tekana.transactions alter status drop not null")
    # A place that was drawn and not used: where a hold ended, no transaction has its key.
    query = "select ending_id from tekana.transactions where transaction_id = %s"
    [unused] = connection.execute(query, [history.captured]).fetchone()
    tamper(
        connection,
        "insert into tekana.transactions (transaction_id, transaction_type_id, debited_wallet_id,"
        " credited_wallet_id, actor_id, created_at, amount, currency_code, channel_type)"
        " overriding system value select %s, transaction_type_id, debited_wallet_id,"
        " credited_wallet_id, actor_id, created_at, amount, currency_code, channel_type"
        " from tekana.transactions where transaction_id = %s",
        unused,
        history.failed,
    )
    assert difference(connection) == ("inserted", unused)
