"""A proof builds on the one before, and is right while money moves."""

from collections.abc import Iterator
from threading import Event, Thread

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.db.check_ledger.proving import advance_horizon, last_place, last_proof, prove
from tests.db.kit import (
    Person,
    cash_in,
    findings,
    make_customer,
    open_wallet,
    post,
    unseen_by_triggers,
)
from tests.db.seals import tamper


@pytest.fixture
def connection(server: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection to a database of this test's own, each statement committed."""
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        yield connection


@pytest.fixture
def other(server: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    """Another connection, on which a transaction stays open."""
    with psycopg.connect(server.url(database)) as connection:
        yield connection


def test_the_next_proof_reads_what_came_since(
    connection: psycopg.Connection, staff: Person, purse: int
) -> None:
    assert prove(connection) == []
    first = last_place(connection)
    assert last_proof(connection) == (0, first)
    cash_in(staff, purse, 5)
    assert prove(connection) == []
    assert last_proof(connection) == (first, last_place(connection))
    query = "select transactions from tekana.ledger_proofs order by proof_id desc limit 1"
    assert connection.execute(query).fetchone() == (1,)


def test_a_full_proof_reads_all_again(connection: psycopg.Connection, purse: int) -> None:
    assert prove(connection) == []
    assert prove(connection, full=True) == []
    assert last_proof(connection) == (0, last_place(connection))


def test_what_is_wrong_is_not_proved(
    connection: psycopg.Connection, staff: Person, purse: int
) -> None:
    assert prove(connection) == []
    proved = last_proof(connection)
    tamper(connection, "update tekana.wallets set held_amount = 1 where wallet_id = %s", purse)
    assert [rule for rule, _, _ in prove(connection)] == ["held_amount_equals_pending"]
    assert last_proof(connection) == proved


def test_an_older_posting_is_taken_for_granted_but_by_a_full_proof(
    connection: psycopg.Connection, staff: Person, purse: int
) -> None:
    assert prove(connection) == []
    statement = "update tekana.transactions set amount = 7 where credited_wallet_id = %s"
    tamper(connection, statement, purse)
    assert prove(connection) == []
    assert {rule for rule, _, _ in prove(connection, full=True)} == {
        "balance_equals_history",
        "balances_chain",
    }


def test_a_balance_that_was_changed_with_its_history_is_not_what_was_proved(
    connection: psycopg.Connection, staff: Person, purse: int
) -> None:
    assert prove(connection) == []
    statement = """
        update tekana.wallets set current_balance = current_balance
            + case wallet_id when %s then 7 else -7 end
        where currency_code = 'RWF' and current_balance <> 0
    """
    with unseen_by_triggers(connection):
        connection.execute(statement, [purse])
    assert {rule for rule, _, _ in prove(connection)} == {"balance_equals_history"}
    cash_in(staff, purse, 5)
    assert {rule for rule, _, _ in prove(connection)} == {
        "balance_equals_history",
        "balances_chain",
    }


def test_what_commits_later_with_an_earlier_place_is_read_by_the_next_proof(
    connection: psycopg.Connection,
    other: psycopg.Connection,
    staff: Person,
    aline: Person,
    purse: int,
    pocket: int,
) -> None:
    hold = post(aline, purse, pocket, 10, status="PENDING")
    assert prove(connection) == []
    proved = last_proof(connection)
    # Places are drawn, and a later one is committed before them.
    with other.transaction():
        post(aline.at(other), purse, pocket, 100)
        aline.at(other).call("api.complete_transaction", transaction_id=hold["id"])
        cash_in(staff, open_wallet(aline, currency="USD"), 50)
        assert advance_horizon(connection) < last_place(connection)
        assert prove(connection, patient=False) == []
        assert last_proof(connection)[1] == proved[1]

    query = "select balance from tekana.proven_balances where wallet_id = %s"
    assert connection.execute(query, [purse]).fetchone() == (1000,)
    assert prove(connection) == []
    assert last_proof(connection) == (proved[1], last_place(connection))
    assert connection.execute(query, [purse]).fetchone() == (890,)
    assert prove(connection) == []


def test_of_two_proofs_at_once_one_is_for_nothing(
    connection: psycopg.Connection,
    other: psycopg.Connection,
    staff: Person,
    aline: Person,
    purse: int,
    pocket: int,
) -> None:
    assert prove(connection) == []
    post(aline, purse, pocket, 5)
    assert findings(connection, full=False) == []
    other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    other.execute("select from tekana.wallets")
    # All is as it was proved, for who does not see it as it is in between.
    post(staff, pocket, purse, 5)
    assert prove(connection) == []
    with pytest.raises(psycopg.errors.SerializationFailure):
        other.execute("select * from tekana.prove_ledger()")
    assert findings(connection, full=False) == []


def test_a_proof_needs_one_snapshot(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidTransactionState, match="single snapshot"):
        connection.execute("select * from tekana.prove_ledger()")


def test_a_proof_sorts_in_memory_and_is_planned_for_what_there_is_to_read(
    connection: psycopg.Connection,
) -> None:
    names = ("work_mem", "plan_cache_mode")
    settings = ", ".join(f"current_setting('{name}')" for name in names)
    connection.execute(
        "create function public.tell() returns trigger language plpgsql as"
        f" $$ begin raise exception '% %', {settings}; end $$"
    )
    connection.execute(
        "create trigger tell before insert on tekana.ledger_proofs execute function public.tell()"
    )
    with pytest.raises(psycopg.errors.RaiseException, match="256MB force_custom_plan"):
        prove(connection)


def test_proofs_are_right_while_money_moves(
    server: PostgresServer,
    database: str,
    connection: psycopg.Connection,
    staff: Person,
    aline: Person,
    purse: int,
    pocket: int,
) -> None:
    stop = Event()

    def pay(debited: int, credited: int) -> None:
        with psycopg.connect(server.url(database), autocommit=True) as own:
            while not stop.is_set():
                hold = post(staff.at(own), debited, credited, 2, status="PENDING")
                paid = post(staff.at(own), debited, credited, 1)
                if paid["status"] == "COMPLETED":
                    staff.at(own).call("api.reverse_transaction", transaction_id=paid["id"])
                if hold["status"] == "PENDING":
                    staff.at(own).call("api.complete_transaction", transaction_id=hold["id"])

    others = [open_wallet(make_customer(connection)) for _ in range(2)]
    for wallet_id in (pocket, *others):
        cash_in(staff, wallet_id, 1000)
    ways = [(purse, pocket), (pocket, purse), (others[0], purse), (pocket, others[1])]
    payers = [Thread(target=pay, args=way) for way in ways]
    for payer in payers:
        payer.start()
    try:
        found = [
            prove(connection, full=number % 10 == 9, patient=number % 2 == 1)
            for number in range(40)
        ]
    finally:
        stop.set()
        for payer in payers:
            payer.join()
    assert found == [[]] * 40
    assert prove(connection) == []
    assert last_proof(connection)[1] == last_place(connection)
    balances = """
        select count(*) from tekana.wallets as w
        full join tekana.proven_balances as b using (wallet_id)
        where w.current_balance is distinct from b.balance
    """
    assert connection.execute(balances).fetchone() == (0,)


def test_a_wallet_that_was_proved_stays_its_owners(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    cash_in(staff, purse, 5)
    assert prove(connection) == []
    thief = make_customer(connection)
    connection.execute(
        "update tekana.wallets set customer_id = %s where wallet_id = %s", [thief.user_id, purse]
    )
    # What the next check reads says that it is the thief's.
    post(thief, purse, pocket, 5)
    assert [found[:2] for found in prove(connection)] == [
        ("wallet_is_whose_it_was", f"wallet {purse}")
    ]


def test_a_wallet_that_was_opened_since_is_proved_before_any_money_goes_through_it(
    connection: psycopg.Connection, aline: Person, purse: int
) -> None:
    assert prove(connection) == []
    idle = open_wallet(aline, currency="USD")
    assert prove(connection) == []
    tamper(connection, "delete from tekana.wallets where wallet_id = %s", idle)
    assert [found[:2] for found in prove(connection)] == [
        ("balance_equals_history", f"wallet {idle}")
    ]


def test_a_wrong_proof_is_forgotten_and_all_is_proved_from_nothing(
    connection: psycopg.Connection, staff: Person, purse: int
) -> None:
    assert prove(connection) == []
    tamper(connection, "update tekana.ledger_proofs set horizon = 1e9")
    tamper(
        connection,
        "update tekana.proven_balances set customer_id = null where wallet_id = %s",
        purse,
    )
    cash_in(staff, purse, 5)
    assert {rule for rule, _, _ in prove(connection, full=True)} == {
        "places_were_drawn",
        "wallet_is_whose_it_was",
    }
    connection.execute("delete from tekana.ledger_proofs")
    connection.execute("delete from tekana.proven_balances")
    assert prove(connection) == []
    assert last_proof(connection) == (0, last_place(connection))
