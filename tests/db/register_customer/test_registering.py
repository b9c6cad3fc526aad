"""Registration: what is stored, what is refused, and that every wrong field is named at once."""

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.db.kit import PASSWORD_HASH, Refusal, Row, gatekeeper, refusal_of, registration

FUNCTION = "tekana.register_customer"


def register(connection: psycopg.Connection, **changes: Any) -> Row:
    return gatekeeper(connection).call(FUNCTION, **registration(**changes))


def refused(connection: psycopg.Connection, **changes: Any) -> Refusal:
    return gatekeeper(connection).refused(FUNCTION, **registration(**changes))


def test_a_customer_is_answered_with_what_was_given_but_no_password(
    connection: psycopg.Connection,
) -> None:
    given = registration()
    customer = gatekeeper(connection).call(FUNCTION, **given)
    assert PASSWORD_HASH not in customer.values()
    for name in given.keys() - {"password_hash"}:
        assert customer[name] == given[name]
    assert customer["status"] == "ACTIVE"


def test_an_email_address_is_kept_in_lower_case(connection: psycopg.Connection) -> None:
    customer = register(connection, email="  Aline.UWASE@Example.COM ")
    assert customer["email"] == "aline.uwase@example.com"


@pytest.mark.parametrize("given", ["+250788999999", "250788999999", " 250788999999"])
def test_a_phone_number_is_kept_with_its_plus(connection: psycopg.Connection, given: str) -> None:
    assert register(connection, phone_number=given)["phone_number"] == "+250788999999"


def test_names_are_kept_without_spaces_around(connection: psycopg.Connection) -> None:
    customer = register(connection, first_name="  Aline Grace ", last_name=" N'Diaye ")
    assert (customer["first_name"], customer["last_name"]) == ("Aline Grace", "N'Diaye")


def test_every_missing_field_is_named(connection: psycopg.Connection) -> None:
    refusal = refused(connection, **dict.fromkeys(registration()))
    assert refusal.code == "INVAL"
    assert refusal.problems == {
        name.removesuffix("_hash"): "is required" for name in registration()
    }


def test_every_wrong_field_is_named(connection: psycopg.Connection) -> None:
    refusal = refused(
        connection,
        first_name=" ",
        last_name="x" * 101,
        email="aline",
        phone_number="0788",
        id_type="VISA",
        id_number="?",
        gender="male",
    )
    assert list(refusal.problems) == [
        *["first_name", "last_name", "email", "phone_number", "id_type", "id_number", "gender"]
    ]


def test_what_was_found_wrong_before_is_told_with_the_rest(connection: psycopg.Connection) -> None:
    problems = Jsonb({"password": "is too common", "age": "is not a field"})
    refusal = refused(connection, email="aline", problems=problems)
    assert refusal.problems == {
        "email": "is not an email address",
        "password": "is too common",
        "age": "is not a field",
    }


def test_every_field_in_use_is_named(connection: psycopg.Connection) -> None:
    first = registration()
    gatekeeper(connection).call(FUNCTION, **first)
    refusal = refused(connection, **first)
    assert refusal.code == "TAKEN"
    assert refusal.problems == dict.fromkeys(
        ("email", "phone_number", "id_number"), "is already taken"
    )


@pytest.mark.parametrize("field", ["email", "phone_number", "id_number"])
def test_only_the_field_in_use_is_named(connection: psycopg.Connection, field: str) -> None:
    first = registration()
    gatekeeper(connection).call(FUNCTION, **first)
    same = first[field].upper() if field == "email" else first[field].removeprefix("+")
    assert refused(connection, **{field: same}).problems == {field: "is already taken"}


def test_a_refused_registration_leaves_nothing_behind(connection: psycopg.Connection) -> None:
    first = registration()
    gatekeeper(connection).call(FUNCTION, **first)
    refused(connection, id_number=first["id_number"], email="second@example.com")
    query = "select count(*) from tekana.users where email = 'second@example.com'"
    assert connection.execute(query).fetchone() == (0,)


def test_a_password_is_stored_as_argon2id_or_not_at_all(connection: psycopg.Connection) -> None:
    assert refused(connection, password_hash="secret").constraint == "users_password_is_argon2id"


def test_a_staff_member_is_never_a_customer(connection: psycopg.Connection, staff: Any) -> None:
    query = """
        insert into tekana.customers (
            customer_id, first_name, last_name, id_type, id_number, gender
        )
        values (%s, 'A', 'B', 'NID', '12345', 'MALE')
    """
    refusal = refusal_of(lambda: connection.execute(query, [staff.user_id]))
    assert refusal.constraint == "customers_are_users"


@pytest.mark.parametrize("written", ["ab 12345", "AB-12345", "ab/1234 5", "AB12345 "])
def test_a_document_belongs_to_one_customer_however_it_is_written(
    connection: psycopg.Connection, written: str
) -> None:
    register(connection, id_number="AB12345")
    refusal = refused(connection, id_number=written)
    assert refusal.code == "TAKEN"
    assert "id_number" in refusal.problems
