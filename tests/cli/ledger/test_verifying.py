"""`tekana ledger verify`: right or not, in a sentence and an exit code."""

import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.cli.ledger.conftest import Done, Run
from tests.db.kit import cash_in, make_customer, make_staff, open_wallet, unseen_by_triggers
from tests.db.seals import seal, tamper

ROOT = Path(__file__).parents[3]


@pytest.fixture
def verify(run: Run, server: PostgresServer, database: str) -> Run:
    """Runs the command with more arguments."""
    return partial(run, "verify", "--url", server.url(database))


@pytest.fixture
def sealed(connection: psycopg.Connection) -> psycopg.Connection:
    """A ledger of three transactions, sealed."""
    staff, wallet_id = make_staff(connection), open_wallet(make_customer(connection))
    for amount in (1, 2, 3):
        cash_in(staff, wallet_id, amount)
    assert seal(connection)["record_count"] == 3
    cash_in(staff, wallet_id, 4)
    return connection


def last_hash(done: Done) -> str:
    [found] = re.findall(r"\b[0-9a-f]{64}\b", done.stdout)
    return str(found)


def test_a_ledger_that_is_right(
    sealed: psycopg.Connection, server: PostgresServer, database: str
) -> None:
    command = [sys.executable, "-m", "cli.main", "ledger", "verify", "--url"]
    # As whoever deploys, who is no superuser.
    command.append(server.url(database, "tekana_migrator"))
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first == ("The ledger is as it was sealed: 3 records in 1 block; not sealed yet: 1.")
    assert second == f"Hash of the last block, to keep elsewhere: {last_hash(done)}"


def test_the_first_that_differs_is_named(sealed: psycopg.Connection, verify: Run) -> None:
    tamper(sealed, "delete from tekana.transactions where amount = 2")
    done = verify()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "The ledger is not as it was sealed: transaction 2, sealed in block 1, is missing.",
        "Unchanged before that: 0 records in 0 blocks.",
    ]


def test_a_hash_that_was_kept_finds_a_chain_that_was_written_anew(
    sealed: psycopg.Connection, verify: Run
) -> None:
    kept = last_hash(verify())
    seal(sealed)
    for spelling in (kept, kept.upper(), f" {kept}"):
        assert verify("--expect", spelling).returncode == 0
    with unseen_by_triggers(sealed):
        sealed.execute("delete from tekana.ledger_blocks")
        sealed.execute("update tekana.transactions set channel_type = 'KIOSK'")
    seal(sealed)
    assert verify().returncode == 0
    done = verify("--expect", kept)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert "no block has the expected hash" in first
    # What the new chain says of itself is proof of nothing.
    assert second == "Unchanged before that: 0 records in 0 blocks."


def test_what_is_no_hash_is_refused(verify: Run) -> None:
    done = verify("--expect", "abc")
    assert done.returncode == 2
    assert "64 hexadecimal digits" in " ".join(done.stderr.split())


def test_a_ledger_without_seals(verify: Run) -> None:
    done = verify()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "The ledger is as it was sealed: 0 records in 0 blocks; not sealed yet: 0.\n"
    )
