"""Opening wallets: customers for themselves, staff for any customer."""

from typing import Any

import psycopg
import pytest

from tests.db.kit import Person, open_wallet, wallet_type_id


def test_a_customer_opens_an_empty_wallet(connection: psycopg.Connection, aline: Person) -> None:
    type_id = wallet_type_id(connection, "PERSONAL")
    wallet = aline.call("api.open_wallet", wallet_type_id=type_id, currency_code="RWF")
    assert wallet["account_number"].startswith("PERSONAL-")
    expected = {
        "customer_id": aline.user_id,
        "wallet_type_id": type_id,
        "currency_code": "RWF",
        "current_balance": 0,
        "available_balance": 0,
        "status": "ACTIVE",
    }
    assert {name: wallet[name] for name in expected} == expected


def test_a_customer_has_as_many_wallets_as_wanted(aline: Person) -> None:
    assert open_wallet(aline) != open_wallet(aline)


def test_staff_open_wallets_for_a_customer(
    connection: psycopg.Connection, aline: Person, staff: Person
) -> None:
    wallet = staff.call(
        "api.open_wallet",
        wallet_type_id=wallet_type_id(connection, "AGENT"),
        currency_code="USD",
        customer_id=aline.user_id,
    )
    assert (wallet["customer_id"], wallet["currency_code"]) == (aline.user_id, "USD")


def test_a_customer_does_not_open_wallets_for_another(
    connection: psycopg.Connection, aline: Person, bosco: Person
) -> None:
    refusal = aline.refused(
        "api.open_wallet",
        wallet_type_id=wallet_type_id(connection, "PERSONAL"),
        currency_code="RWF",
        customer_id=bosco.user_id,
    )
    assert (refusal.code, refusal.problems) == ("DENYD", {"customer_id": "is not your own"})


def test_every_wrong_field_is_named(staff: Person) -> None:
    refusal = staff.refused("api.open_wallet", wallet_type_id=None, currency_code=None)
    assert refusal.code == "INVAL"
    assert refusal.problems == {
        "wallet_type_id": "is required",
        "currency_code": "is required",
        "customer_id": "is required: staff must name the customer",
    }


@pytest.mark.parametrize("currency", ["EUR", "rwf", "XXX", ""])
def test_a_wallet_is_in_a_currency_in_use(
    connection: psycopg.Connection, aline: Person, currency: str
) -> None:
    type_id = wallet_type_id(connection, "PERSONAL")
    refusal = aline.refused("api.open_wallet", wallet_type_id=type_id, currency_code=currency)
    assert refusal.problems == {"currency_code": "is not an active currency"}


@pytest.mark.parametrize("code", ["FLOAT", "FEE", "SETTLEMENT", None])
def test_the_operators_kinds_are_not_for_customers(
    connection: psycopg.Connection, staff: Person, aline: Person, code: str | None
) -> None:
    type_id = wallet_type_id(connection, code) if code else 0
    asked: dict[str, Any] = {"wallet_type_id": type_id, "currency_code": "RWF"}
    refusal = staff.refused("api.open_wallet", **asked, customer_id=aline.user_id)
    assert (refusal.code, refusal.details) == ("NFIND", "wallet_type_id: does not exist")


def test_staff_are_not_customers(connection: psycopg.Connection, staff: Person) -> None:
    refusal = staff.refused(
        "api.open_wallet",
        wallet_type_id=wallet_type_id(connection, "PERSONAL"),
        currency_code="RWF",
        customer_id=staff.user_id,
    )
    assert (refusal.code, refusal.details) == ("NFIND", "customer_id: does not exist")


def test_a_floor_is_that_of_the_type_when_opened(staff: Person, aline: Person) -> None:
    staff.call("api.create_wallet_type", code="CREDIT", name="Credit", minimum_balance=-500)
    wallet_id = open_wallet(aline, "CREDIT", by=staff)
    staff.connection.execute(
        "update tekana.wallet_types set minimum_balance = 0 where code = 'CREDIT'"
    )
    query = "select minimum_balance from tekana.wallets where wallet_id = %s"
    assert staff.connection.execute(query, [wallet_id]).fetchone() == (-500,)


def test_wallets_that_may_owe_money_are_opened_by_staff(aline: Person, staff: Person) -> None:
    owing = staff.call("api.create_wallet_type", code="CREDIT", name="Credit", minimum_balance=-1)
    wanted = {"wallet_type_id": owing["id"], "currency_code": "RWF"}
    refusal = aline.refused("api.open_wallet", **wanted)
    assert refusal.code == "DENYD"
    assert refusal.problems == {"wallet_type_id": "allows a negative balance"}
    assert open_wallet(aline, "CREDIT", by=staff)
