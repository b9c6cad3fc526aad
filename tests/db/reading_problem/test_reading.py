"""Whether a text can be a value of a type is asked of PostgreSQL, and is no error."""

import psycopg
import pytest

from tests.db.kit import gatekeeper

DURATION, TIME = "interval", "timestamp with time zone"


@pytest.mark.parametrize(
    ("value", "type_name", "is_read"),
    [
        ("7 days", DURATION, True),
        ("P7D", DURATION, True),
        ("x", DURATION, False),
        ("9999999999999999 years", DURATION, False),
        ("'; select 1; --", DURATION, False),
        ("\\", DURATION, False),
        ("2030-01-01T00:00:00Z", TIME, True),
        ("2030-02-30", TIME, False),
        (None, TIME, True),
    ],
)
def test_a_text_is_read_or_said_not_to_be(
    connection: psycopg.Connection, value: str | None, type_name: str, is_read: bool
) -> None:
    function = "tekana.reading_problem"
    row = gatekeeper(connection).call(function, value=value, type_name=type_name)
    assert row["reading_problem"] == (None if is_read else f"cannot be read as {type_name}")
