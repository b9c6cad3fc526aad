"""Staff make a wallet active, inactive or dormant."""

import pytest

from tests.db.kit import Person

FUNCTION = "api.set_wallet_status"


@pytest.mark.parametrize("status", ["INACTIVE", "DORMANT", "ACTIVE"])
def test_the_status_changes_and_nothing_else(
    aline: Person, staff: Person, purse: int, status: str
) -> None:
    query = "select * from api.wallets where id = %(id)s"
    before = aline.ask(query, {"id": purse})[0]
    answer = staff.call(FUNCTION, wallet_id=purse, status=status)
    assert answer == before | {"status": status}


@pytest.mark.parametrize("status", ["CLOSED", "active", None])
def test_a_status_is_one_of_three(staff: Person, purse: int, status: str | None) -> None:
    assert staff.refused(FUNCTION, wallet_id=purse, status=status).problems.keys() == {"status"}


def test_an_unknown_wallet_is_named(staff: Person) -> None:
    refusal = staff.refused(FUNCTION, wallet_id=0, status="ACTIVE")
    assert (refusal.code, refusal.details) == ("NFIND", "wallet_id: does not exist")


def test_a_customer_does_not_change_it(aline: Person, purse: int) -> None:
    assert aline.refused(FUNCTION, wallet_id=purse, status="ACTIVE").code == "42501"
