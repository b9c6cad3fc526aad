"""Staff are made by whoever may act as the owner."""

from typing import Any

import psycopg
import pytest

from tests.db.kit import PASSWORD_HASH, Person, registration

FUNCTION = "tekana.create_staff"


@pytest.fixture
def migrator(connection: psycopg.Connection) -> Person:
    return Person(connection, "tekana_migrator")


def details(**changes: Any) -> dict[str, Any]:
    new = registration()
    given = {name: new[name] for name in ("email", "phone_number", "password_hash")}
    return given | {"role": "STAFF"} | changes


@pytest.mark.parametrize("role", ["STAFF", "ADMIN"])
def test_a_member_of_staff_can_sign_in(
    connection: psycopg.Connection, migrator: Person, role: str
) -> None:
    given = details(email=" Boss@Example.com", phone_number="250788777777", role=role)
    user_id = migrator.call(FUNCTION, **given)["create_staff"]
    query = "select email, phone_number, role, status from tekana.users where user_id = %s"
    row = connection.execute(query, [user_id]).fetchone()
    assert row == ("boss@example.com", "+250788777777", role, "ACTIVE")
    found = Person(connection, "tekana_gatekeeper").call(
        "tekana.find_credentials", email="boss@example.com"
    )
    assert found == {"user_id": user_id, "password_hash": PASSWORD_HASH}


def test_every_wrong_field_is_named(migrator: Person) -> None:
    given = details(email="boss", phone_number="1", role="CUSTOMER")
    assert migrator.refused(FUNCTION, **given).problems.keys() == {"email", "phone_number", "role"}


def test_an_address_of_a_customer_is_in_use(
    connection: psycopg.Connection, migrator: Person, aline: Person
) -> None:
    query = "select email from tekana.users where user_id = %s"
    (email,) = connection.execute(query, [aline.user_id]).fetchone()
    assert migrator.refused(FUNCTION, **details(email=email)).constraint == "users_email_key"


@pytest.mark.parametrize("role", ["staff", "customer", "gatekeeper", "authenticator"])
def test_nobody_else_makes_staff(connection: psycopg.Connection, role: str) -> None:
    assert Person(connection, f"tekana_{role}").refused(FUNCTION, **details()).code == "42501"
