"""Every wrong field of a request is named at once."""

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tests.db.kit import Refusal, refusal_of

QUERY = "select tekana.raise_field_problems(%s::text[], %s::text[], %s)"


def check(
    connection: psycopg.Connection, problems: dict[str, str | None], known: Any = None
) -> None:
    with connection.transaction():
        values = [list(problems), list(problems.values()), Jsonb(known or {})]
        connection.execute(QUERY, values)


def refusal(
    connection: psycopg.Connection, problems: dict[str, str | None], known: Any = None
) -> Refusal:
    return refusal_of(lambda: check(connection, problems, known))


def test_nothing_is_raised_when_nothing_is_wrong(connection: psycopg.Connection) -> None:
    check(connection, {"email": None, "name": None})


def test_each_wrong_field_has_a_line_in_the_order_given(connection: psycopg.Connection) -> None:
    refused = refusal(connection, {"email": "is bad", "name": None, "age": "is odd"})
    assert refused.code == "INVAL"
    assert refused.details == "email: is bad\nage: is odd"


def test_what_the_caller_knows_already_is_said_in_its_place(connection: psycopg.Connection) -> None:
    known = {"email": "is no text", "colour": "is unknown"}
    refused = refusal(connection, {"email": "is required", "name": "is bad"}, known)
    assert refused.details == "email: is no text\nname: is bad\ncolour: is unknown"


def test_what_the_caller_knows_is_enough_to_refuse(connection: psycopg.Connection) -> None:
    assert refusal(connection, {"name": None}, {"colour": "is unknown"}).problems == {
        "colour": "is unknown"
    }
