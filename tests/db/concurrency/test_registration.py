"""Two who register with the same address at once: one of them is told that it is taken."""

from collections.abc import Callable
from typing import Any

import psycopg

from tests.db.kit import gatekeeper, registration


def test_one_email_address_is_registered_once(
    connection: psycopg.Connection, all_at_once: Callable[[list[Any]], list[Any]]
) -> None:
    def register(own: psycopg.Connection) -> str:
        arguments = registration(email="same@example.com")
        return gatekeeper(own).call("tekana.register_customer", **arguments)["email"]

    outcomes = all_at_once([register] * 12)
    assert outcomes.count("same@example.com") == 1
    # TAKEN when it is there already, the unique constraint's own code when it is just arriving.
    assert set(outcomes) <= {"same@example.com", "TAKEN", "23505"}
    query = "select count(*) from tekana.users where email = 'same@example.com'"
    assert connection.execute(query).fetchone() == (1,)
