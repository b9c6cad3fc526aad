"""Kinds of wallet, made by staff."""

from decimal import Decimal

from tests.db.kit import Person

FUNCTION = "api.create_wallet_type"


def test_what_is_left_out_has_a_sensible_value(staff: Person) -> None:
    made = staff.call(FUNCTION, code="YOUTH", name="Youth")
    expected = {
        "code": "YOUTH",
        "name": "Youth",
        "description": None,
        "is_operator": False,
        "minimum_transaction_amount": None,
        "maximum_transaction_amount": None,
        "minimum_balance": 0,
        "maximum_balance": None,
    }
    assert {name: made[name] for name in expected} == expected


def test_every_limit_is_kept(staff: Person) -> None:
    limits = {
        "minimum_transaction_amount": Decimal("0.01"),
        "maximum_transaction_amount": Decimal(500),
        "minimum_balance": Decimal(-100),
        "maximum_balance": Decimal(1000),
    }
    made = staff.call(FUNCTION, code="YOUTH", name="Youth", description="To learn", **limits)
    assert {name: made[name] for name in limits} == limits
    assert made["description"] == "To learn"


def test_customers_make_none(aline: Person) -> None:
    assert aline.refused(FUNCTION, code="YOUTH", name="Youth").code == "42501"
