"""Who is asking, by the claims of the request's token."""

import psycopg
import pytest

QUERY = "select tekana.current_user_id(), tekana.current_customer_id()"


def who(connection: psycopg.Connection, claims: str) -> tuple[int | None, int | None]:
    connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
    return connection.execute(QUERY).fetchone()


@pytest.mark.parametrize(
    ("claims", "user_id", "customer_id"),
    [
        ('{"sub": "7", "role": "tekana_customer"}', 7, 7),
        ('{"sub": "7", "role": "tekana_staff"}', 7, None),
        ('{"sub": "7"}', 7, None),
        ('{"role": "tekana_customer"}', None, None),
        ("{}", None, None),
        ("", None, None),
    ],
)
def test_the_claims_say_who_is_asking(
    connection: psycopg.Connection, claims: str, user_id: int | None, customer_id: int | None
) -> None:
    assert who(connection, claims) == (user_id, customer_id)


def test_without_claims_it_is_nobody(connection: psycopg.Connection) -> None:
    assert connection.execute(QUERY).fetchone() == (None, None)
