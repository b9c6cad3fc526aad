"""A ledger that is sealed."""

import psycopg
import pytest

from tests.db.kit import Person
from tests.db.seals import History, difference, make_history, seal


@pytest.fixture
def history(connection: psycopg.Connection, aline: Person, staff: Person, purse: int) -> History:
    """Transactions in every status, sealed in several blocks, with more behind it."""
    history = make_history(connection, aline, staff, purse)
    while seal(connection, most=3)["record_count"]:
        pass
    make_history(connection, aline, staff, purse)
    seal(connection)
    assert difference(connection) == (None, None)
    return history
