"""The record that docs/ledger.md gives to programs that recompute seals, with its digest."""

import hashlib
import json
import re
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"
TIMES = {"created_at", "ended_at", "expires_at"}


def test_the_digest_of_the_example_is_what_the_database_makes_of_it(
    connection: psycopg.Connection,
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    listed = page.split("The values, in this order:")[1].split("Numbers appear")[0]
    names = re.findall(r"`([a-z_]+)`", listed)
    example = re.search(r"^ +(\[42, .*?\])\n\n +([0-9a-f]{64})$", page, re.MULTILINE | re.DOTALL)
    assert example is not None
    record, digest = re.sub(r"\n +", " ", example[1]), example[2]
    assert hashlib.sha256(record.encode()).hexdigest() == digest
    values = dict(zip(names, json.loads(record, parse_float=str), strict=True))
    query = "select to_timestamp(%s::numeric)::text"
    for name in TIMES:
        [(values[name],)] = connection.execute(query, [values[name]])
    query = """
        select encode(tekana.transaction_digest(t), 'hex')
        from jsonb_populate_record(null::tekana.transactions, %s) as t
    """
    assert connection.execute(query, [Jsonb(values)]).fetchone() == (digest,)
