"""Taking another currency of ISO 4217 into use."""

import psycopg
import pytest

from tests.db.kit import Person, balance, cash_in, open_wallet

FUNCTION = "tekana.activate_currency"


@pytest.fixture
def owner(connection: psycopg.Connection) -> Person:
    return Person(connection, "tekana_owner")


def test_wallets_can_be_opened_and_filled_in_it(
    connection: psycopg.Connection, owner: Person, aline: Person, staff: Person
) -> None:
    owner.call(FUNCTION, currency_code="KWD")
    wallet_id = open_wallet(aline, currency="KWD")
    cash_in(staff, wallet_id, "1.005")  # the dinar has three decimals
    assert str(balance(connection, wallet_id)) == "1.005"


def test_the_operator_gets_one_wallet_of_each_kind_however_often_it_is_done(
    connection: psycopg.Connection, owner: Person
) -> None:
    for _ in range(2):
        owner.call(FUNCTION, currency_code="EUR")
    query = (
        "select count(*) from tekana.wallets where customer_id is null and currency_code = 'EUR'"
    )
    assert connection.execute(query).fetchone() == (3,)


@pytest.mark.parametrize("code", ["XYZ", "eur", "", None])
def test_a_currency_must_be_known(owner: Person, code: str | None) -> None:
    refusal = owner.refused(FUNCTION, currency_code=code)
    assert (refusal.code, refusal.details) == ("NFIND", "currency_code: does not exist")


def test_staff_do_not_activate_currencies(staff: Person) -> None:
    assert staff.refused(FUNCTION, currency_code="EUR").code == "42501"
