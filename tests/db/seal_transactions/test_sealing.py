"""What has come to an end is sealed, once, in blocks that follow from each other."""

import hashlib
import json
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.db.kit import Person, Row, count_transactions, post, refusal_of
from tests.db.seals import History, make_history, seal, verify


@pytest.fixture
def history(connection: psycopg.Connection, aline: Person, staff: Person, purse: int) -> History:
    return make_history(connection, aline, staff, purse)


def blocks(connection: psycopg.Connection) -> list[Row]:
    cursor = connection.cursor(row_factory=dict_row)
    return cursor.execute("select * from tekana.ledger_blocks order by block_number").fetchall()


def sealed_ids(connection: psycopg.Connection, column: str = "transaction_ids") -> list[int]:
    query = f"""
        select generate_series(lower(r), upper(r) - 1)
        from tekana.ledger_blocks as b, unnest(b.{column}) as r order by 1
    """
    return [key for (key,) in connection.execute(query)]


def keys_where(connection: psycopg.Connection, condition: str) -> list[int]:
    query = f"select transaction_id from tekana.transactions where {condition} order by 1"
    return [key for (key,) in connection.execute(query)]


def test_every_transaction_and_every_ending_is_sealed_once(
    connection: psycopg.Connection, history: History
) -> None:
    endings = keys_where(connection, "ending_id is not null")
    everything = count_transactions(connection) + len(endings)
    assert seal(connection)["record_count"] == everything
    assert sealed_ids(connection) == keys_where(connection, "true")
    assert set(history.keys) < set(sealed_ids(connection))
    assert sealed_ids(connection, "ended_ids") == endings == [history.cancelled, history.captured]
    assert seal(connection)["record_count"] == 0
    assert verify(connection)["record_count"] == everything


def test_what_is_held_is_sealed_at_once_and_again_when_it_has_ended(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    hold = post(aline, purse, pocket, 10, status="PENDING")
    seal(connection)
    assert hold["id"] in sealed_ids(connection)
    assert verify(connection)["kind"] is None
    aline.call("api.complete_transaction", transaction_id=hold["id"], amount=4)
    # What was sealed of the hold is what is still known of it.
    assert verify(connection)["kind"] is None
    assert verify(connection)["unsealed_count"] == 1
    assert seal(connection)["record_count"] == 1
    assert not blocks(connection)[1]["transaction_ids"]
    assert sealed_ids(connection, "ended_ids") == [hold["id"]]
    assert verify(connection)["kind"] is None


def test_the_mark_of_a_reversal_leaves_the_seal_as_it_is(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 10)
    seal(connection)
    staff.call("api.reverse_transaction", transaction_id=first["id"], amount=4)
    assert verify(connection)["kind"] is None
    staff.call("api.reverse_transaction", transaction_id=first["id"], status_message="wrong")
    query = "select status from tekana.transactions where transaction_id = %s"
    assert connection.execute(query, [first["id"]]).fetchone() == ("REVERSED",)
    assert verify(connection)["kind"] is None
    seal(connection)
    assert verify(connection)["kind"] is None


def test_a_call_seals_as_many_as_it_was_told_and_the_next_goes_on(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    seal(connection)
    for _ in range(7):
        post(aline, purse, pocket, 1)
    assert [seal(connection, most=3)["record_count"] for _ in range(4)] == [3, 3, 1, 0]
    assert seal(connection, most=0)["record_count"] == 0
    assert verify(connection)["block_count"] == 4


def test_it_says_where_it_got_to(connection: psycopg.Connection, history: History) -> None:
    sealed = seal(connection)
    [block] = blocks(connection)
    assert (sealed["block_number"], sealed["last_place"]) == (1, block["last_place"])
    assert sealed["hash"] == block["hash"].hex() == verify(connection)["last_hash"]
    nothing = seal(connection)
    assert (nothing["block_number"], nothing["last_place"], nothing["hash"]) == (None, None, None)


def test_places_that_nobody_used_stand_in_nobodys_way(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    seal(connection)
    # Unlike what `setval` does, this is rolled back.
    sequence = "tekana.transactions_transaction_id_seq"
    connection.execute(f"alter sequence {sequence} restart with 10000000000")
    post(aline, purse, pocket, 1)
    assert seal(connection)["record_count"] == 1
    assert len(blocks(connection)) == 2


def as_json(*values: Any) -> bytes:
    """The JSON array that docs/ledger.md describes."""
    written = (
        str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
        for value in values
    )
    return f"[{', '.join(written)}]".encode()


def test_the_hashes_can_be_recomputed_without_the_database(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int, history: History
) -> None:
    post(aline, purse, pocket, "5", external_reference_number='Éric said "2 \\ 3" ☂')
    seal(connection, most=4)
    seal(connection)
    query = """
        select
            extract(epoch from t.created_at) as created, extract(epoch from t.ended_at) as ended,
            extract(epoch from t.expires_at) as expires, t.*
        from tekana.transactions as t
    """
    rows = {
        row["transaction_id"]: row
        for row in connection.cursor(row_factory=dict_row).execute(query).fetchall()
    }

    def listed(ranges: list[Any]) -> list[Row]:
        return [rows[key] for r in ranges for key in range(r.lower, r.upper)]

    def as_held(row: Row) -> Row:
        if row["ending_id"] is None:
            return row
        ending = ("debited_balance_after", "credited_balance_after", "ending_id", "ended")
        nothing = dict.fromkeys((*ending, "ended_by", "status_message"))
        return row | nothing | {"status": "PENDING", "amount": row["held_amount"]}

    previous = bytes(32)
    for block in blocks(connection):
        digests = []
        records = [*map(as_held, listed(block["transaction_ids"])), *listed(block["ended_ids"])]
        for row in records:
            names = ["idempotency_key", "request_hash"]
            keys = [str(row[name]) if row[name] else None for name in names]
            values = [
                *(row["transaction_id"], row["transaction_type_id"], row["debited_wallet_id"]),
                *(row["credited_wallet_id"], row["debited_customer_id"]),
                *(row["credited_customer_id"], row["actor_id"], row["reverses_transaction_id"]),
                *(row["created"], row["ending_id"], row["ended"], row["ended_by"], row["expires"]),
                *keys,
                *(row["amount"], row["held_amount"], row["debited_balance_after"]),
                *(row["credited_balance_after"], row["currency_code"], row["channel_type"]),
                row["status"].replace("REVERSED", "COMPLETED"),
                *(row["decline_code"], row["status_message"], row["external_reference_number"]),
                row["has_unique_reference"],
            ]
            digests.append(hashlib.sha256(as_json(*values)).digest())
        assert block["digests"] == b"".join(digest[:8] for digest in digests)
        assert block["contents_hash"] == hashlib.sha256(b"".join(digests)).digest()
        assert block["previous_hash"] == previous
        query = "select extract(epoch from %s::timestamptz), %s::text, %s::text"
        at, *ranges = connection.execute(
            query, [block["sealed_at"], block["transaction_ids"], block["ended_ids"]]
        ).fetchone()
        head = as_json(
            *(block["block_number"], block["last_place"], at, len(records), *ranges),
            *(block["digests"].hex(), block["contents_hash"].hex(), previous.hex()),
        )
        assert block["hash"] == hashlib.sha256(head).digest()
        previous = block["hash"]


def test_settings_of_a_session_do_not_matter(
    connection: psycopg.Connection, history: History
) -> None:
    seal(connection)
    for setting in (
        "datestyle = 'German, DMY'",
        "timezone = 'Pacific/Kiritimati'",
        "extra_float_digits = -15",
        "intervalstyle = 'sql_standard'",
        "bytea_output = 'escape'",
        "client_encoding = 'LATIN1'",
        "quote_all_identifiers = on",
        "lc_numeric = 'C'",
        "search_path = 'tekana'",
    ):
        with connection.transaction(force_rollback=True):
            connection.execute(f"set local {setting}")
            assert verify(connection)["kind"] is None, setting


@pytest.mark.parametrize("role", ["postgres", "tekana_owner", "tekana_migrator"])
@pytest.mark.parametrize(
    "statement",
    [
        "update tekana.ledger_blocks set sealed_at = now()",
        "delete from tekana.ledger_blocks",
        "truncate tekana.ledger_blocks",
    ],
)
def test_not_even_who_owns_everything_changes_a_seal(
    connection: psycopg.Connection, history: History, role: str, statement: str
) -> None:
    seal(connection)
    connection.execute("select set_config('role', %s, true)", [role])

    def attempt() -> None:
        with connection.transaction():
            connection.execute(statement)

    assert refusal_of(attempt).code == "IMMUT"
    connection.execute("set local role none")


def test_the_order_of_places_holds_with_one_sequence_that_hands_out_one_at_a_time(
    connection: psycopg.Connection,
) -> None:
    query = """
        select seqcache, seqcycle, seqincrement from pg_sequence
        where seqrelid = 'tekana.transactions_transaction_id_seq'::regclass
    """
    assert connection.execute(query).fetchone() == (1, False, 1)
