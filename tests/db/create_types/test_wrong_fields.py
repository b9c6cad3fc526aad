"""A wrong field of a type is named with all others, and the table keeps every rule too."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.db.kit import Person, refusal_of

RIGHT = {"code": "YOUTH", "name": "Youth"}
BY_TYPE: dict[str, list[tuple[dict[str, Any], str, str]]] = {
    "wallet_type": [
        ({"code": "youth"}, "code", "code_is_a_code"),
        ({"name": " "}, "name", "name_is_given"),
        ({"description": "x" * 1001}, "description", "description_is_short"),
        (
            {"minimum_transaction_amount": Decimal("NaN")},
            "minimum_transaction_amount",
            "minimum_transaction_amount_is_money",
        ),
        (
            {"maximum_transaction_amount": Decimal(0)},
            "maximum_transaction_amount",
            "maximum_transaction_amount_is_money",
        ),
        (
            {"minimum_transaction_amount": 2, "maximum_transaction_amount": 1},
            "maximum_transaction_amount",
            "transaction_amounts_are_in_order",
        ),
        (
            {"minimum_balance": Decimal("-Infinity")},
            "minimum_balance",
            "minimum_balance_is_a_floor",
        ),
        ({"minimum_balance": None}, "minimum_balance", "minimum_balance_is_a_floor"),
        ({"minimum_balance": 1}, "minimum_balance", "minimum_balance_is_a_floor"),
        ({"minimum_balance": Decimal("-1e-5")}, "minimum_balance", "minimum_balance_is_a_floor"),
        ({"maximum_balance": Decimal("NaN")}, "maximum_balance", "maximum_balance_is_money"),
        ({"maximum_balance": -5}, "maximum_balance", "maximum_balance_is_money"),
    ],
    "transaction_type": [
        ({"code": "G"}, "code", "code_is_a_code"),
        ({"name": "x" * 101}, "name", "name_is_given"),
        ({"description": "x" * 1001}, "description", "description_is_short"),
        ({"minimum_amount": Decimal("NaN")}, "minimum_amount", "minimum_amount_is_money"),
        ({"maximum_amount": Decimal(-1)}, "maximum_amount", "maximum_amount_is_money"),
        (
            {"minimum_amount": 2, "maximum_amount": 1},
            "maximum_amount",
            "amounts_are_in_order",
        ),
        ({"status": "DORMANT"}, "status", "status_is_known"),
        ({"hold_duration": timedelta(0)}, "hold_duration", "hold_duration_is_bounded"),
        ({"hold_duration": timedelta(367)}, "hold_duration", "hold_duration_is_bounded"),
    ],
}
CASES = [(kind, *case) for kind, cases in BY_TYPE.items() for case in cases]


@pytest.mark.parametrize(("kind", "wrong", "field", "rule"), CASES)
def test_a_wrong_field_is_named(
    staff: Person, kind: str, wrong: dict[str, Any], field: str, rule: str
) -> None:
    refusal = staff.refused(f"api.create_{kind}", **(RIGHT | wrong))
    assert (refusal.code, [*refusal.problems]) == ("INVAL", [field])


@pytest.mark.parametrize(("kind", "wrong", "field", "rule"), CASES)
def test_the_table_keeps_the_rule(
    connection: psycopg.Connection, kind: str, wrong: dict[str, Any], field: str, rule: str
) -> None:
    values = RIGHT | wrong
    table = f"{kind}s"
    insert = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier("tekana", table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(map(sql.Placeholder, values)),
    )
    with connection.transaction(force_rollback=True):
        refusal = refusal_of(lambda: connection.execute(insert, values))
    assert refusal.constraint == f"{table}_{rule}"


@pytest.mark.parametrize("kind", BY_TYPE)
def test_a_code_is_used_once(staff: Person, kind: str) -> None:
    staff.call(f"api.create_{kind}", **RIGHT)
    assert staff.refused(f"api.create_{kind}", **RIGHT).constraint == f"{kind}s_code_key"


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (
            "wallet_type",
            {
                "code": "youth",
                "name": None,
                "description": "x" * 1001,
                "minimum_transaction_amount": -1,
                "maximum_transaction_amount": -2,
                "minimum_balance": 1,
                "maximum_balance": 0,
            },
        ),
        (
            "transaction_type",
            {
                "code": "G",
                "name": " ",
                "description": "x" * 1001,
                "minimum_amount": 0,
                "maximum_amount": 0,
                "status": "OLD",
                "hold_duration": timedelta(-1),
            },
        ),
    ],
)
def test_all_wrong_fields_are_named_at_once(
    staff: Person, kind: str, wrong: dict[str, Any]
) -> None:
    refusal = staff.refused(f"api.create_{kind}", **wrong)
    assert (refusal.code, [*refusal.problems]) == ("INVAL", [*wrong])
