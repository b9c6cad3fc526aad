"""A request that opens a wallet can be repeated with its key: there is one wallet."""

from typing import Any

import psycopg
import pytest

from tests.db.kit import Person, wallet_type_id


@pytest.fixture
def wanted(connection: psycopg.Connection) -> dict[str, Any]:
    type_id = wallet_type_id(connection, "PERSONAL")
    return {"wallet_type_id": type_id, "currency_code": "RWF", "idempotency_key": "my first"}


def count_wallets(connection: psycopg.Connection, person: Person) -> int:
    query = "select count(*) from tekana.wallets where customer_id = %s"
    return connection.execute(query, [person.user_id]).fetchone()[0]


def test_the_same_request_with_the_same_key_opens_one_wallet(
    connection: psycopg.Connection, aline: Person, wanted: dict[str, Any]
) -> None:
    first = aline.call("api.open_wallet", **wanted)
    assert aline.call("api.open_wallet", **wanted) == first
    # Leaving out what is oneself anyway makes no other request.
    assert aline.call("api.open_wallet", **wanted, customer_id=aline.user_id) == first
    assert count_wallets(connection, aline) == 1


def test_another_key_or_none_opens_another_wallet(
    connection: psycopg.Connection, aline: Person, wanted: dict[str, Any]
) -> None:
    aline.call("api.open_wallet", **wanted)
    aline.call("api.open_wallet", **wanted | {"idempotency_key": "my second"})
    for _ in range(2):
        aline.call("api.open_wallet", **wanted | {"idempotency_key": None})
    assert count_wallets(connection, aline) == 4


def test_another_request_with_the_same_key_is_refused(
    connection: psycopg.Connection, aline: Person, wanted: dict[str, Any]
) -> None:
    first = aline.call("api.open_wallet", **wanted)
    merchant = wallet_type_id(connection, "MERCHANT")
    for other in ({"currency_code": "USD"}, {"wallet_type_id": merchant}):
        refusal = aline.refused("api.open_wallet", **wanted | other)
        assert refusal.code == "KEYRE"
        assert refusal.problems == {"account_number": first["account_number"]}
    assert count_wallets(connection, aline) == 1


def test_a_key_is_its_senders_own(
    connection: psycopg.Connection,
    aline: Person,
    bosco: Person,
    staff: Person,
    wanted: dict[str, Any],
) -> None:
    for person in (aline, bosco):
        person.call("api.open_wallet", **wanted)
    staff.call("api.open_wallet", **wanted, customer_id=bosco.user_id)
    refusal = staff.refused("api.open_wallet", **wanted, customer_id=aline.user_id)
    assert refusal.code == "KEYRE"
    assert [count_wallets(connection, one) for one in (aline, bosco)] == [1, 2]


def test_a_refused_request_does_not_use_up_its_key(
    connection: psycopg.Connection, aline: Person, wanted: dict[str, Any]
) -> None:
    for wrong in ({"currency_code": "XXX"}, {"wallet_type_id": 0}):
        assert aline.refused("api.open_wallet", **wanted | wrong).code in ("INVAL", "NFIND")
    aline.call("api.open_wallet", **wanted)


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_cannot_be_is_named(aline: Person, wanted: dict[str, Any], key: str) -> None:
    refusal = aline.refused("api.open_wallet", **wanted | {"idempotency_key": key})
    assert refusal.code == "INVAL"
    assert refusal.problems == {"Idempotency-Key": "is not 1 to 255 characters"}
