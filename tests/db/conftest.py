"""One database for all these tests, which each leave as they found it: rolled back."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from cli.servers.postgres import PostgresServer
from tests.databases import clone
from tests.db.kit import Person, assert_clean, cash_in, make_customer, make_staff, open_wallet


@pytest.fixture(scope="session")
def shared_connection(server: PostgresServer, template: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection to a clone of the template, for tests that roll back."""
    with (
        clone(server, template, "tekana_shared") as database,
        psycopg.connect(server.url(database)) as connection,
    ):
        yield connection


@pytest.fixture
def connection(
    request: pytest.FixtureRequest, shared_connection: psycopg.Connection
) -> Iterator[psycopg.Connection]:
    """A superuser's connection in a transaction that is rolled back: cheaper than a clone.

    Whatever a test did, the ledger is right after it, unless it asks for `tampering`.
    """
    with shared_connection.transaction(force_rollback=True):
        yield shared_connection
        aborted = shared_connection.info.transaction_status is TransactionStatus.INERROR
        if "tampering" not in request.fixturenames and not aborted:
            shared_connection.execute("set local role none")
            assert_clean(shared_connection)


@pytest.fixture
def tampering() -> None:
    """For a test that changes money by hand: the ledger need not be right after it."""


@pytest.fixture
def staff(connection: psycopg.Connection) -> Person:
    """A member of staff."""
    return make_staff(connection)


@pytest.fixture
def aline(connection: psycopg.Connection) -> Person:
    """A customer."""
    return make_customer(connection)


@pytest.fixture
def bosco(connection: psycopg.Connection) -> Person:
    """Another customer."""
    return make_customer(connection)


@pytest.fixture
def purse(aline: Person, staff: Person) -> int:
    """Aline's wallet, with RWF 1000 in it."""
    wallet_id = open_wallet(aline)
    cash_in(staff, wallet_id, 1000)
    return wallet_id


@pytest.fixture
def pocket(bosco: Person) -> int:
    """Bosco's wallet, in RWF, empty."""
    return open_wallet(bosco)


@pytest.fixture
def dollars(aline: Person, staff: Person) -> int:
    """Aline's wallet, with USD 1000 in it."""
    wallet_id = open_wallet(aline, currency="USD")
    cash_in(staff, wallet_id, 1000)
    return wallet_id


@pytest.fixture
def dollar_pocket(bosco: Person) -> int:
    """Bosco's wallet, in USD, empty."""
    return open_wallet(bosco, currency="USD")
