"""`tekana ledger check`: what it proved, or what is wrong."""

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from threading import Thread, Timer

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.cli.ledger.conftest import Run
from tests.db.kit import cash_in, make_customer, make_staff, open_wallet
from tests.db.seals import tamper
from tests.waiting import eventually

ROOT = Path(__file__).parents[3]


@pytest.fixture
def check(run: Run, server: PostgresServer, database: str) -> Run:
    """Runs the command, as a DBA's role, with more arguments."""
    return partial(run, "check", "--url", server.url(database, "tekana_migrator"))


@pytest.fixture
def purse(connection: psycopg.Connection) -> int:
    wallet_id = open_wallet(make_customer(connection))
    staff = make_staff(connection)
    for amount in (1000, 500):
        cash_in(staff, wallet_id, amount)
    return wallet_id


def test_it_tells_what_it_proved_and_where_the_next_starts(
    check: Run, connection: psycopg.Connection, purse: int
) -> None:
    first = check()
    assert (first.returncode, first.stderr) == (0, "")
    assert "2 transactions from the beginning, in 0." in first.stdout
    assert first.stdout.startswith("The ledger is right: 7 wallets, ")
    (place,) = connection.execute("select max(transaction_id) from tekana.transactions").fetchone()
    assert f"Proved up to place {place}: the next check starts there." in first.stdout

    cash_in(make_staff(connection), purse, 5)
    second = check()
    assert f"1 transaction after place {place}, where the last proof ended" in second.stdout
    assert "3 transactions from the beginning" in check("--full").stdout


def test_it_lists_what_is_wrong(check: Run, connection: psycopg.Connection, purse: int) -> None:
    assert check().returncode == 0
    tamper(
        connection, "update tekana.wallets set current_balance = 1501 where wallet_id = %s", purse
    )
    for done in (check(), check("--full")):
        assert done.returncode == 1
        assert "currency_sums_to_zero" in done.stdout
        assert "its wallets come to 1 instead of 0" in done.stdout
        assert f"wallet {purse}" in done.stdout
        assert "its history comes to 1500, its current balance is 1501" in done.stdout
        assert done.stderr.startswith("The ledger is not right: 2 findings, in ")


def test_it_waits_for_another_proof(
    check: Run, server: PostgresServer, database: str, purse: int
) -> None:
    def release(other: psycopg.Connection) -> None:
        other.execute("select pg_sleep(0.5)")
        other.commit()

    assert check().returncode == 0
    with psycopg.connect(server.url(database)) as other:
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.execute("lock table tekana.proven_balances in share row exclusive mode")
        assert other.execute("select from tekana.prove_ledger()").fetchall() == []
        releasing = Thread(target=release, args=(other,))
        releasing.start()
        done = check()
        assert (done.returncode, done.stderr) == (0, "")
        assert other.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        releasing.join()


def test_whoever_interrupts_it_gets_their_terminal_back_without_a_word(
    connection: psycopg.Connection, server: PostgresServer, database: str
) -> None:
    table = "tekana.proven_balances"
    command = [sys.executable, "-m", "cli.main", "ledger", "check"]
    command += ["--url", server.url(database)]
    waits = "select from pg_locks where relation = %s::regclass and not granted"
    with connection.transaction():
        connection.execute(f"lock table {table}")
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            eventually(lambda: connection.execute(waits, [table]).fetchone() is not None)
            process.send_signal(signal.SIGINT)
            assert (process.wait(30), process.stdout.read()) == (130, "")


def test_it_waits_a_moment_for_what_is_being_posted(
    check: Run, server: PostgresServer, database: str, purse: int
) -> None:
    with psycopg.connect(server.url(database)) as other:
        place = cash_in(make_staff(other), purse, 5)["id"]
        committing = Timer(0.5, other.commit)
        committing.start()
        done = check()
        committing.join()
    assert f"Proved up to place {place}: " in done.stdout


@pytest.mark.parametrize("command", ["check", "verify"])
def test_a_database_without_the_schema_is_said(
    run: Run, server: PostgresServer, command: str
) -> None:
    done = run(command, "--url", server.url())
    assert done.returncode == 1
    assert done.stderr.startswith("tekana: the database does not have the schema of this version: ")


@pytest.mark.parametrize(
    ("user", "name", "sentence"),
    [
        ("tekana_analyst", "", "permission denied for schema tekana: use --url with a role"),
        ("postgres", "_nowhere", '_nowhere" does not exist): start it, or correct --url or TEKANA'),
    ],
)
def test_who_or_what_is_wrong_is_said_with_what_to_do(
    run: Run, server: PostgresServer, database: str, user: str, name: str, sentence: str
) -> None:
    done = run("check", "--url", server.url(database + name, user))
    assert done.returncode == 1
    assert sentence in done.stderr


def test_where_nothing_can_be_written_it_says_so(
    run: Run, server: PostgresServer, database: str
) -> None:
    url = server.url(database) + "&options=-c%20default_transaction_read_only%3Don"
    found = run("check", "--url", url)
    assert found.returncode == 1
    assert "the database is a replica or read-only: use the primary" in found.stderr
