"""Kinds of wallet, made by staff."""

from decimal import Decimal
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"code": "PERSONAL"}, "wallet_types_code_key"),
        ({"description": "x" * 1001}, "wallet_types_description_is_short"),
        (
            {"minimum_transaction_amount": Decimal("NaN")},
            "wallet_types_minimum_transaction_amount_is_money",
        ),
        (
            {"maximum_transaction_amount": Decimal(0)},
            "wallet_types_maximum_transaction_amount_is_money",
        ),
        (
            {"minimum_transaction_amount": 2, "maximum_transaction_amount": 1},
            "wallet_types_transaction_amounts_are_in_order",
        ),
        ({"minimum_balance": Decimal("-Infinity")}, "wallet_types_minimum_balance_is_a_floor"),
        ({"minimum_balance": None}, "wallet_types_minimum_balance_is_a_floor"),
        ({"minimum_balance": 1}, "wallet_types_minimum_balance_is_a_floor"),
        ({"minimum_balance": Decimal("-0.00001")}, "wallet_types_minimum_balance_is_a_floor"),
        ({"maximum_balance": Decimal("NaN")}, "wallet_types_maximum_balance_is_money"),
        ({"maximum_balance": -5}, "wallet_types_maximum_balance_is_money"),
    ],
)
def test_a_wrong_one_is_refused_by_the_rule_it_breaks(
    staff: Person, wrong: dict[str, Any], constraint: str
) -> None:
    refusal = staff.refused(FUNCTION, **({"code": "YOUTH", "name": "Youth"} | wrong))
    assert refusal.code.startswith("23")
    assert refusal.constraint == constraint


def test_every_wrong_name_is_told_at_once(staff: Person) -> None:
    refusal = staff.refused(FUNCTION, code="youth", name=None)
    assert refusal.code == "INVAL"
    assert set(refusal.problems) == {"code", "name"}


def test_customers_make_none(aline: Person) -> None:
    assert aline.refused(FUNCTION, code="YOUTH", name="Youth").code == "42501"
