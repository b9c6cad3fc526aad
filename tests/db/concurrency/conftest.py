"""Many at once, each at a connection of its own, in a database of the test's own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import Any

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.db.kit import Person, assert_clean, cash_in, make_customer, make_staff, open_wallet

Deed = Callable[[psycopg.Connection], Any]


@pytest.fixture
def connection(server: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection, each statement of which is committed; the ledger is right after."""
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        yield connection
        assert_clean(connection)


@pytest.fixture
def all_at_once(server: PostgresServer, database: str) -> Callable[[list[Deed]], list[Any]]:
    """Does every deed at the same moment, as the API would be connected; what each returned.

    A deed that the database refuses returns its SQLSTATE.
    """

    def run(deeds: list[Deed]) -> list[Any]:
        start = Barrier(len(deeds))
        url = server.url(database, "tekana_authenticator")

        def do(deed: Deed, connection: psycopg.Connection) -> Any:
            start.wait(30)
            try:
                return deed(connection)
            except psycopg.Error as error:
                return error.sqlstate

        with ExitStack() as stack, ThreadPoolExecutor(len(deeds)) as threads:
            connections = [
                stack.enter_context(psycopg.connect(url, autocommit=True)) for _ in deeds
            ]
            return list(threads.map(do, deeds, connections))

    return run


@pytest.fixture
def staff(connection: psycopg.Connection) -> Person:
    return make_staff(connection)


@pytest.fixture
def wallets(connection: psycopg.Connection) -> list[tuple[Person, int]]:
    """Ten customers with a wallet each."""
    people = [make_customer(connection) for _ in range(10)]
    return [(person, open_wallet(person)) for person in people]


@pytest.fixture
def ids(staff: Person, wallets: list[tuple[Person, int]]) -> list[int]:
    """Those wallets, with 1000 francs in each."""
    for _, wallet_id in wallets:
        cash_in(staff, wallet_id, 1000)
    return [wallet_id for _, wallet_id in wallets]
