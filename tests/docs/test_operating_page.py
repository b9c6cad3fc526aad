"""What docs/operating.md gives to monitor by, word for word."""

import math
import re
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"


def monitored(connection: psycopg.Connection) -> dict[str, float | None]:
    page = PAGE.read_text(encoding="utf-8")
    (query,) = (one for one in re.findall("```sql\n(.*?)```", page, re.DOTALL) if "unproven" in one)
    connection.execute("set local role tekana_migrator")
    row = connection.cursor(row_factory=dict_row).execute(query.encode()).fetchone()
    connection.execute("set local role none")
    assert row is not None
    return row


def test_a_ledger_without_anything_waits_for_nothing_and_was_never_proved(
    connection: psycopg.Connection,
) -> None:
    found = monitored(connection)
    assert found.pop("seconds_unproven") == math.inf
    assert set(found.values()) == {None}


def test_a_proof_is_as_old_as_it_is(connection: psycopg.Connection) -> None:
    connection.execute("set transaction isolation level repeatable read")
    connection.execute("select * from tekana.prove_ledger(true)")
    unproven = monitored(connection)["seconds_unproven"]
    assert unproven is not None
    assert abs(unproven) < 60
