"""Transactions commit in another order than they drew their places, and each is sealed once."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.db.kit import Person, cash_in, make_customer, open_wallet, post
from tests.db.seals import seal, verify
from tests.waiting import eventually

SEAL = "select record_count from tekana.seal_transactions(100)"
Wallets = list[tuple[Person, int]]
AllAtOnce = Callable[[list[Any]], list[Any]]
Connect = Callable[..., psycopg.Connection]


@pytest.fixture
def connect(server: PostgresServer, database: str) -> Iterator[Connect]:
    """Further connections, in a transaction that is theirs to end; they wait for no lock."""
    with ExitStack() as stack:

        def connect(role: str = "tekana_authenticator", **options: Any) -> psycopg.Connection:
            url = server.url(database, role)
            own = stack.enter_context(psycopg.connect(url, **options))
            own.execute("set lock_timeout = '5s'")
            return own

        yield connect


@pytest.fixture
def pairs(staff: Person, wallets: Wallets) -> list[tuple[Person, int, int]]:
    """Five who pay five others: who pays, from which wallet, to which."""
    made = list(zip(wallets[::2], wallets[1::2], strict=True))
    for (_, purse), _ in made:
        cash_in(staff, purse, 1000)
    seal(staff.connection)
    return [(person, purse, pocket) for (person, purse), (_, pocket) in made]


def count_records(connection: psycopg.Connection) -> int:
    query = "select count(transaction_id) + count(ending_id) from tekana.transactions"
    return connection.execute(query).fetchone()[0]


def unsealed(connection: psycopg.Connection) -> int:
    found = verify(connection)
    assert found["kind"] is None, found
    return found["unsealed_count"]


def test_who_drew_a_place_earlier_and_commits_later_is_sealed_too(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], connect: Connect
) -> None:
    slow = connect()
    first = post(pairs[0][0].at(slow), *pairs[0][1:], 1)
    second = post(pairs[1][0], *pairs[1][1:], 1)
    assert first["id"] < second["id"]
    # Not even in several goes, and though what came later is there.
    assert [seal(connection)["record_count"] for _ in range(3)] == [0, 0, 0]
    assert unsealed(connection) == 1
    slow.commit()
    assert seal(connection)["record_count"] == 2
    assert unsealed(connection) == 0


def test_what_came_before_who_is_slow_is_sealed_meanwhile(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], connect: Connect
) -> None:
    early, late = connect(), connect()
    post(pairs[0][0].at(early), *pairs[0][1:], 1)
    post(pairs[1][0], *pairs[1][1:], 1)
    assert seal(connection)["record_count"] == 0
    # There is always somebody; but those who were there at first have ended.
    post(pairs[2][0].at(late), *pairs[2][1:], 1)
    early.commit()
    assert seal(connection)["record_count"] == 2
    post(pairs[1][0], *pairs[1][1:], 1)
    assert seal(connection)["record_count"] == 0
    late.commit()
    assert seal(connection)["record_count"] == 2
    assert unsealed(connection) == 0


def test_places_that_were_rolled_back_are_not_waited_for(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], connect: Connect
) -> None:
    slow = connect()
    post(pairs[0][0].at(slow), *pairs[0][1:], 1)
    post(pairs[1][0], *pairs[1][1:], 1)
    assert seal(connection)["record_count"] == 0
    slow.rollback()
    assert seal(connection)["record_count"] == 1
    assert unsealed(connection) == 0


def test_the_end_of_a_hold_that_commits_late_is_sealed(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], connect: Connect
) -> None:
    slow = connect()
    person, purse, pocket = pairs[0]
    hold = post(person, purse, pocket, 1, status="PENDING")
    person.at(slow).call("api.complete_transaction", transaction_id=hold["id"])
    post(pairs[1][0], *pairs[1][1:], 1)
    assert seal(connection)["record_count"] == 0
    slow.commit()
    assert seal(connection)["record_count"] == 3
    assert unsealed(connection) == 0


def test_nobody_draws_a_place_before_they_are_seen_to_write(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], connect: Connect
) -> None:
    post(pairs[1][0], *pairs[1][1:], 1)
    person, purse, pocket = pairs[0]
    # Nobody may write just now: whoever posts stops there, wherever that is.
    builder = connect("postgres")
    builder.execute("lock table tekana.transactions in share mode")
    waiting = """
        select from pg_locks where relation = 'tekana.transactions'::regclass and not granted
    """
    with ThreadPoolExecutor() as threads:
        posted = threads.submit(post, person.at(connect(autocommit=True)), purse, pocket, 1)
        eventually(lambda: connection.execute(waiting).fetchone() is not None)
        assert seal(connection)["record_count"] == 1
        builder.commit()
        posted.result()
    assert seal(connection)["record_count"] == 1
    assert unsealed(connection) == 0


def test_neither_posting_nor_sealing_waits_for_the_other(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], connect: Connect
) -> None:
    post(pairs[0][0], *pairs[0][1:], 1)
    sealer, payer = connect("tekana_worker"), connect()
    assert sealer.execute(SEAL).fetchone() == (1,)
    # The seal is not committed yet.
    person, purse, pocket = pairs[0]
    post(person.at(payer), purse, pocket, 1)
    hold = post(person.at(payer), purse, pocket, 1, status="PENDING")
    person.at(payer).call("api.cancel_transaction", transaction_id=hold["id"])
    sealer.commit()
    assert seal(connection)["record_count"] == 0
    payer.commit()
    assert seal(connection)["record_count"] == 3


def test_of_two_sealers_the_second_returns_at_once(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], connect: Connect
) -> None:
    post(pairs[0][0], *pairs[0][1:], 1)
    sealer = connect("tekana_worker")
    sealer.execute(SEAL)
    assert seal(connection)["record_count"] == 0
    sealer.rollback()
    assert seal(connection)["record_count"] == 1


def test_nobody_else_can_keep_the_ledger_from_being_sealed(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], connect: Connect
) -> None:
    # Whoever may sign in may take any advisory lock, and read the catalogue for its number.
    connect("tekana_analyst").execute("select pg_advisory_lock(oid::bigint) from pg_class")
    post(pairs[0][0], *pairs[0][1:], 1)
    assert seal(connection)["record_count"] == 1
    assert connection.execute("select tekana.advance_horizon() = tekana.last_place()").fetchone()[0]


def test_many_sealers_at_once_seal_everything_once(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], all_at_once: AllAtOnce
) -> None:
    for _ in range(20):
        post(pairs[0][0], *pairs[0][1:], 1)

    def work(_: psycopg.Connection) -> int:
        with psycopg.connect(connection.info.dsn, autocommit=True) as own:
            return sum(seal(own, most=3)["record_count"] for _ in range(30))

    sealed_at_once = sum(all_at_once([work] * 4))
    assert sealed_at_once > 0
    # On a slow disk all tries may pass while another commits: what is left is the next one's.
    assert sealed_at_once + seal(connection)["record_count"] == 20
    assert unsealed(connection) == 0


SEALER = """
import sys, psycopg
connection = psycopg.connect(sys.argv[1])
print(connection.execute(sys.argv[2]).fetchone(), flush=True)
sys.stdin.read()
"""


def test_what_a_killed_sealer_had_not_committed_is_sealed_by_the_next(
    connection: psycopg.Connection,
    pairs: list[tuple[Person, int, int]],
    server: PostgresServer,
    database: str,
) -> None:
    post(pairs[0][0], *pairs[0][1:], 1)
    command = [sys.executable, "-c", SEALER, server.url(database, "tekana_worker"), SEAL]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sealer:
        assert sealer.stdout is not None
        said = sealer.stdout.readline()
        sealer.kill()
    assert said == b"(1,)\n"
    eventually(lambda: seal(connection)["record_count"] == 1, what="the next seal")
    assert unsealed(connection) == 0


def test_a_snapshot_from_before_seals_nothing(connect: Connect) -> None:
    sealer = connect("tekana_worker")
    sealer.rollback()
    sealer.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with pytest.raises(psycopg.errors.InvalidTransactionState, match="read committed"):
        sealer.execute(SEAL)


def test_under_load_everything_is_sealed_once(
    connection: psycopg.Connection,
    pairs: list[tuple[Person, int, int]],
    all_at_once: AllAtOnce,
) -> None:
    seed = 20_251_125
    until = time.monotonic() + 2

    def pay(number: int) -> Callable[[psycopg.Connection], None]:
        chance = random.Random(seed + number)
        person, purse, pocket = pairs[number % len(pairs)]

        def work(own: psycopg.Connection) -> None:
            me = person.at(own)
            while time.monotonic() < until:
                with own.transaction(force_rollback=chance.random() < 0.2):
                    for _ in range(chance.randrange(1, 4)):
                        if chance.random() < 0.5:
                            post(me, purse, pocket, 1)
                        else:
                            hold = post(me, purse, pocket, 1, status="PENDING")
                            end = chance.choice(["complete", "cancel"])
                            me.call(f"api.{end}_transaction", transaction_id=hold["id"])
                        time.sleep(chance.random() * 0.01)

        return work

    def work_as_worker(_: psycopg.Connection) -> int:
        done = 0
        with psycopg.connect(connection.info.dsn, autocommit=True) as own:
            while time.monotonic() < until:
                done += seal(own, most=50)["record_count"]
        return done

    before = count_records(connection)
    *others, first, second = all_at_once([*map(pay, range(5)), work_as_worker, work_as_worker])
    assert others == [None] * 5
    assert first + second > 0
    last = seal(connection)["record_count"]
    assert first + second + last == count_records(connection) - before
    assert unsealed(connection) == 0


def test_writers_of_another_table_are_not_waited_for(
    connection: psycopg.Connection, pairs: list[tuple[Person, int, int]], connect: Connect
) -> None:
    open_wallet(make_customer(connect("postgres")))
    post(pairs[0][0], *pairs[0][1:], 1)
    assert seal(connection)["record_count"] == 1
