"""Each column of what the ledger is made of, changed by itself, is found by whom the manual says.

docs/reliability.md has the same in words. A new column has to be put into one of the two.
"""

from collections.abc import Callable

import psycopg
import pytest

from tests.db.check_ledger.conftest import Everything
from tests.db.kit import findings
from tests.db.seals import ANOTHER_VALUE, allow_anything, columns, seal, tamper, verify

# Columns by who finds that they were changed.
Finders = dict[tuple[str, ...], set[str]]

CHECKED_OF_ALL = {
    "transaction_id",
    "debited_wallet_id",
    "credited_wallet_id",
    "debited_customer_id",
    "credited_customer_id",
    "reverses_transaction_id",
    "ending_id",
    "debited_balance_after",
    "credited_balance_after",
    "currency_code",
    "status",
}
NOT_CHECKED_OF_ALL = {
    "transaction_type_id",
    "actor_id",
    "created_at",
    "ended_at",
    "ended_by",
    "expires_at",
    "idempotency_key",
    "request_hash",
    "channel_type",
    "decline_code",
    "status_message",
    "external_reference_number",
    "has_unique_reference",
}
OF_A_POSTED_TRANSACTION: Finders = {
    ("full", "incremental", "verify"): CHECKED_OF_ALL | {"amount"},
    ("verify",): NOT_CHECKED_OF_ALL | {"held_amount"},
}
OF_A_HOLD: Finders = {
    ("full", "incremental", "verify"): CHECKED_OF_ALL - {"ending_id"} | {"amount", "held_amount"},
    ("verify",): NOT_CHECKED_OF_ALL,
    # As if it had ended at a place that is not sealed yet.
    ("full", "incremental"): {"ending_id"},
}
OF_A_WALLET: Finders = {
    ("full", "incremental"): {
        "wallet_id",
        "customer_id",
        "currency_code",
        "current_balance",
        "held_amount",
        "is_under_floor",
    },
    (): {
        "wallet_type_id",
        "minor_units",
        "account_number",
        "minimum_balance",
        "status",
        "created_at",
    },
}


def finders(connection: psycopg.Connection) -> tuple[str, ...]:
    """Who finds something wrong."""
    found: dict[str, Callable[[], object]] = {
        "full": lambda: findings(connection, full=True),
        "incremental": lambda: findings(connection, full=False),
        "verify": lambda: verify(connection)["kind"],
    }
    return tuple(name for name, find in found.items() if find())


@pytest.mark.parametrize(
    ("table", "name", "expected"),
    [
        ("transactions", "transfer", OF_A_POSTED_TRANSACTION),
        ("transactions", "completed", OF_A_POSTED_TRANSACTION),
        ("transactions", "held", OF_A_HOLD),
        ("wallets", "purse", OF_A_WALLET),
    ],
)
def test_each_column_is_found_by_whom_the_manual_says(
    connection: psycopg.Connection,
    everything: Everything,
    table: str,
    name: str,
    expected: Finders,
) -> None:
    what = getattr(everything, name)
    key = what["id"] if isinstance(what, dict) else what
    allow_anything(connection)
    seal(connection)
    assert finders(connection) == ()
    found: Finders = {}
    for column, kind in columns(connection, table).items():
        value = ANOTHER_VALUE[kind].format(column)
        if column == "status" and table == "transactions":
            value = "case status when 'PENDING' then 'COMPLETED' else 'PENDING' end"
        with connection.transaction(force_rollback=True):
            tamper(
                connection,
                f"update tekana.{table} set {column} = {value} where {table[:-1]}_id = %s",
                key,
            )
            found.setdefault(finders(connection), set()).add(column)
    assert found == expected
