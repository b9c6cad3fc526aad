"""Whatever a superuser does behind the back of every trigger is found, and the first is named."""

import psycopg
import pytest

from tests.db.kit import Person, post, unseen_by_triggers
from tests.db.seals import (
    ANOTHER_VALUE,
    History,
    allow_anything,
    columns,
    difference,
    seal,
    tamper,
    verify,
)

pytestmark = pytest.mark.usefixtures("tampering")
UPDATE = "update tekana.transactions set {} where transaction_id = %s"


@pytest.mark.parametrize("outcome", list(History.__annotations__))
def test_every_column_of_every_outcome_is_sealed(
    connection: psycopg.Connection, history: History, outcome: str
) -> None:
    allow_anything(connection)
    key = getattr(history, outcome)
    changeable = columns(connection, "transactions")
    if outcome == "held":
        # To have ended at a place that is not sealed yet is what may still become of it.
        del changeable["ending_id"]
    for column, kind in changeable.items():
        with connection.transaction(force_rollback=True):
            value = ANOTHER_VALUE[kind].format(column)
            tamper(connection, UPDATE.format(f"{column} = {value}"), key)
            expected = "missing" if column == "transaction_id" else "changed"
            assert difference(connection) == (expected, key), column
    assert difference(connection) == (None, None)


@pytest.mark.parametrize("outcome", list(History.__annotations__))
def test_another_status_is_found_the_mark_of_a_reversal_too(
    connection: psycopg.Connection, history: History, outcome: str
) -> None:
    allow_anything(connection)
    key = getattr(history, outcome)
    [now] = connection.execute(
        "select status from tekana.transactions where transaction_id = %s", [key]
    ).fetchone()
    for status in {"PENDING", "COMPLETED", "FAILED", "REVERSED", "CANCELLED"} - {now}:
        with connection.transaction(force_rollback=True):
            tamper(connection, UPDATE.format(f"status = '{status}'"), key)
            assert difference(connection) == ("changed", key), status


def test_what_is_taken_away_from_a_column_is_found(
    connection: psycopg.Connection, history: History
) -> None:
    for assignment in (
        "external_reference_number = null",
        "amount = 10.00",  # the same number, written otherwise
        "external_reference_number = ' ' || external_reference_number",
        "idempotency_key = null, request_hash = null",
        "debited_wallet_id = credited_wallet_id, credited_wallet_id = debited_wallet_id",
    ):
        with connection.transaction(force_rollback=True):
            tamper(connection, UPDATE.format(assignment), history.completed)
            assert difference(connection) == ("changed", history.completed), assignment


@pytest.mark.parametrize("outcome", list(History.__annotations__))
def test_a_missing_transaction_is_named(
    connection: psycopg.Connection, history: History, outcome: str
) -> None:
    key = getattr(history, outcome)
    tamper(connection, "delete from tekana.transactions where transaction_id = %s", key)
    found = verify(connection)
    assert (found["kind"], found["transaction_id"]) == ("missing", key)
    assert found["problem"] == (
        f"transaction {key}, sealed in block {found['block_number']}, is missing"
    )


def insert_copy(connection: psycopg.Connection, of: int, key: int) -> None:
    """Insert what another transaction says, under this key."""
    listed = ", ".join(name for name in columns(connection, "transactions") if name not in UNIQUE)
    tamper(
        connection,
        f"insert into tekana.transactions (transaction_id, {listed}) overriding system value"
        f" select %s, {listed} from tekana.transactions where transaction_id = %s",
        key,
        of,
    )


UNIQUE = {"transaction_id", "idempotency_key", "request_hash"}


def test_an_inserted_transaction_is_named(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, history: History
) -> None:
    # A place that was drawn and not used: where a hold ended, no transaction has its key.
    query = "select ending_id from tekana.transactions where transaction_id = %s"
    [unused] = connection.execute(query, [history.captured]).fetchone()
    for key in (unused, 0, -5):
        with connection.transaction(force_rollback=True):
            insert_copy(connection, history.completed, key)
            found = verify(connection)
            assert (found["kind"], found["transaction_id"]) == ("inserted", key)
            assert f"transaction {key} was inserted" in found["problem"]


def test_two_that_were_swapped_are_found(connection: psycopg.Connection, history: History) -> None:
    tamper(
        connection,
        "with b as (select * from tekana.transactions where transaction_id = %s) "
        "update tekana.transactions as a set amount = b.amount, created_at = b.created_at from b "
        "where a.transaction_id = %s",
        history.failed,
        history.completed,
    )
    assert difference(connection) == ("changed", history.completed)


def test_a_hold_that_ended_elsewhere_is_found(
    connection: psycopg.Connection, history: History
) -> None:
    # To the place of a block before its own.
    tamper(connection, UPDATE.format("ending_id = %s"), history.completed - 1, history.captured)
    found = verify(connection)
    assert (found["kind"], found["transaction_id"]) == ("changed", history.captured)
    assert "now stands where block" in found["problem"]


UNENDED = """
    status = 'PENDING', amount = held_amount, debited_balance_after = null,
    credited_balance_after = null, ending_id = null, ended_at = null, ended_by = null
"""


def test_an_ending_that_was_taken_back_is_found(
    connection: psycopg.Connection, history: History
) -> None:
    tamper(connection, UPDATE.format(UNENDED), history.captured)
    assert difference(connection) == ("changed", history.captured)
    problem = verify(connection)["problem"]
    assert f"the ending of transaction {history.captured} has left its place" in problem


def test_an_ending_that_was_inserted_is_found(
    connection: psycopg.Connection, history: History
) -> None:
    allow_anything(connection)
    ended = "status = 'CANCELLED', ended_at = now(), ending_id = 0"
    tamper(connection, UPDATE.format(ended), history.held)
    assert difference(connection) == ("changed", history.held)
    problem = verify(connection)["problem"]
    assert f"the ending of transaction {history.held} was inserted" in problem


def test_the_first_of_several_is_named(connection: psycopg.Connection, history: History) -> None:
    for key in (history.reversal, history.failed, history.captured):
        tamper(connection, UPDATE.format("channel_type = 'KIOSK'"), key)
    assert difference(connection) == ("changed", history.failed)
    assert verify(connection)["record_count"] < len(history.keys)


@pytest.mark.parametrize(
    ("assignment", "kind"),
    [
        ("sealed_at = sealed_at + interval '1 microsecond'", "block changed"),
        ("last_place = last_place + 1", "block changed"),
        ("transaction_ids = '{[1,4)}'", "block changed"),
        ("digests = decode(repeat('00', octet_length(digests)), 'hex')", "block changed"),
        ("contents_hash = decode(repeat('00', 32), 'hex')", "block changed"),
        ("previous_hash = decode(repeat('00', 32), 'hex')", "block changed"),
        ("hash = decode(repeat('00', 32), 'hex')", "block changed"),
        ("block_number = 100", "chain broken"),
    ],
)
def test_a_changed_block_is_found(
    connection: psycopg.Connection, history: History, assignment: str, kind: str
) -> None:
    statement = f"update tekana.ledger_blocks set {assignment} where block_number = 2"
    tamper(connection, statement)
    found = verify(connection)
    assert (found["kind"], found["block_count"]) == (kind, 1)
    assert "block 2" in found["problem"]


REHASH = """
    update tekana.ledger_blocks as b set hash = tekana.block_hash(b) where block_number = %s
"""


def test_a_block_that_says_as_a_changed_ledger_does_breaks_the_chain(
    connection: psycopg.Connection, history: History
) -> None:
    tamper(connection, UPDATE.format("channel_type = 'KIOSK'"), history.completed)
    query = "select block_number from tekana.ledger_blocks where transaction_ids @> %s::bigint"
    [number] = connection.execute(query, [history.completed]).fetchone()
    places = """
        select coalesce(max(last_place) filter (where block_number < %(number)s) + 1, 0) as first,
            max(last_place) filter (where block_number = %(number)s) as last
        from tekana.ledger_blocks
    """
    with unseen_by_triggers(connection):
        connection.execute(
            "update tekana.ledger_blocks set contents_hash = c.contents_hash, digests = c.digests"
            f" from ({places}) as p, tekana.digest_records(p.first, p.last) as c"
            " where block_number = %(number)s",
            {"number": number},
        )
    tamper(connection, REHASH, number)
    found = verify(connection)
    assert (found["kind"], found["block_number"]) == ("chain broken", number + 1)
    assert "does not follow" in found["problem"]


def test_a_block_that_names_no_end_of_transactions_is_not_counted_out(
    connection: psycopg.Connection, history: History
) -> None:
    for ranges in ("{[1,9000000000000000000)}", "{[1,)}", "{}"):
        with connection.transaction(force_rollback=True):
            last = verify(connection)["block_count"]
            tamper(
                connection,
                "update tekana.ledger_blocks set transaction_ids = %s where block_number = %s",
                ranges,
                last,
            )
            tamper(connection, REHASH, last)
            found = verify(connection)
            assert (found["kind"], found["block_number"]) == ("block changed", last)


def test_a_block_that_reaches_where_nobody_has_been_is_not_taken_for_a_seal(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int, history: History
) -> None:
    last = verify(connection)["block_count"]
    for place in (10**9, 2**63 - 1):
        with connection.transaction(force_rollback=True):
            statement = "update tekana.ledger_blocks set last_place = %s where block_number = %s"
            tamper(connection, statement, place, last)
            tamper(connection, REHASH, last)
            for _ in range(2):
                found = verify(connection)
                assert (found["kind"], found["block_number"]) == ("block changed", last)
                assert f"block {last} reaches to place {place}" in found["problem"]
                # It is not this one that was inserted.
                post(aline, purse, pocket, 1)


def test_a_missing_block_is_found(connection: psycopg.Connection, history: History) -> None:
    for number in (1, 2):
        with connection.transaction(force_rollback=True):
            tamper(connection, "delete from tekana.ledger_blocks where block_number = %s", number)
            found = verify(connection)
            assert (found["kind"], found["problem"]) == (
                "chain broken",
                f"block {number} is missing",
            )


def test_a_chain_that_was_cut_or_written_anew_no_longer_has_a_hash_that_was_kept(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int, history: History
) -> None:
    kept = verify(connection)["last_hash"]
    post(aline, purse, pocket, 1)
    seal(connection)
    assert verify(connection, kept.upper())["kind"] is None
    with connection.transaction(force_rollback=True):
        with unseen_by_triggers(connection):
            connection.execute(
                "delete from tekana.ledger_blocks where block_number >= "
                "(select max(block_number) - 1 from tekana.ledger_blocks)"
            )
        assert verify(connection)["kind"] is None
        assert verify(connection, kept)["kind"] == "chain broken"
    with unseen_by_triggers(connection):
        connection.execute("delete from tekana.ledger_blocks")
        connection.execute(UPDATE.format("amount = 11"), [history.completed])
    assert verify(connection, kept)["kind"] == "chain broken"
    seal(connection)
    assert verify(connection)["kind"] is None
    found = verify(connection, kept)
    assert (found["kind"], found["transaction_id"]) == ("chain broken", None)


def test_a_ledger_without_seals_is_as_it_was_sealed(connection: psycopg.Connection) -> None:
    found = verify(connection)
    assert (found["kind"], found["block_count"], found["last_hash"]) == (None, 0, None)
    assert verify(connection, "00" * 32)["kind"] == "chain broken"
