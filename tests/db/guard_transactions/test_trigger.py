"""A posted amount never changes and no row goes away, even for a superuser or the owner."""

from itertools import product

import psycopg
import pytest

from tests.db.kit import Person, Row, post, refusal_of

ALMIGHTY = ["postgres", "tekana_owner", "tekana_migrator"]
STATUSES = ["PENDING", "COMPLETED", "FAILED", "REVERSED", "CANCELLED"]
ENDINGS = {
    ("PENDING", "COMPLETED"),
    ("PENDING", "CANCELLED"),
    ("COMPLETED", "REVERSED"),
}
END = ", ending_id = 1000000, ended_at = now()"
ANOTHER_VALUE = {
    "bigint": "coalesce({0}, 0) + 1",
    "numeric": "coalesce({0}, 0) + 1",
    "text": "coalesce({0}, '') || 'x'",
    "boolean": "{0} is not true",
    "uuid": "gen_random_uuid()",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 second'",
}


def make(status: str, aline: Person, staff: Person, purse: int, pocket: int) -> Row:
    """A transaction with this status."""
    if status == "FAILED":
        return post(aline, purse, pocket, 5000)
    if status in ("PENDING", "CANCELLED"):
        made = post(aline, purse, pocket, 10, status="PENDING")
    else:
        made = post(aline, purse, pocket, 10)
    if status == "CANCELLED":
        aline.call("api.cancel_transaction", transaction_id=made["id"])
    if status == "REVERSED":
        staff.call("api.reverse_transaction", transaction_id=made["id"])
    return made


def attempt(connection: psycopg.Connection, role: str, statement: str) -> str:
    """SQLSTATE with which a statement is refused; fails when it is not."""
    with connection.transaction(force_rollback=True):
        connection.execute("select set_config('role', %s, true)", [role])

        def try_it() -> int:
            with connection.transaction():
                return connection.execute(statement).rowcount

        return refusal_of(try_it).code


@pytest.mark.parametrize("role", ALMIGHTY)
@pytest.mark.parametrize(
    "statement",
    [
        "update tekana.transactions set amount = amount + 1",
        "delete from tekana.transactions",
        "truncate tekana.transactions cascade",
        "update tekana.idempotency_keys set request_hash = gen_random_uuid()",
        "delete from tekana.idempotency_keys",
        "truncate tekana.idempotency_keys",
        "truncate tekana.wallets cascade",
        "truncate tekana.users cascade",
    ],
)
def test_not_even_who_owns_everything_changes_history(
    connection: psycopg.Connection,
    aline: Person,
    purse: int,
    pocket: int,
    role: str,
    statement: str,
) -> None:
    hold = post(aline, purse, pocket, 10, status="PENDING")
    aline.call("api.cancel_transaction", transaction_id=hold["id"], idempotency_key="k")
    assert attempt(connection, role, statement) == "IMMUT"


def columns(connection: psycopg.Connection) -> dict[str, str]:
    query = """
        select attname::text, format_type(atttypid, null) from pg_attribute
        where attrelid = 'tekana.transactions'::regclass and attnum > 0 and not attisdropped
    """
    return dict(connection.execute(query).fetchall())


@pytest.mark.parametrize(
    ("before", "after"),
    [("COMPLETED", "COMPLETED"), ("COMPLETED", "REVERSED"), ("PENDING", "CANCELLED")],
)
def test_no_column_changes_on_the_way(
    connection: psycopg.Connection,
    aline: Person,
    staff: Person,
    purse: int,
    pocket: int,
    before: str,
    after: str,
) -> None:
    made = make(before, aline, staff, purse, pocket)
    free = {"transaction_id", "status"}  # the key is not to be updated anyway
    if before == "PENDING":
        free |= {"status_message", "amount"}
        free |= {"debited_balance_after", "credited_balance_after"}
        free |= {"ending_id", "ended_at", "ended_by"}
    for column, kind in columns(connection).items():
        if column not in free:
            value = ANOTHER_VALUE[kind].format(column)
            statement = (
                f"update tekana.transactions set status = '{after}', {column} = {value}"
                f" where transaction_id = {made['id']}"
            )
            assert attempt(connection, "postgres", statement) == "IMMUT", column


@pytest.mark.usefixtures("tampering")
@pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STATUSES)))
def test_a_transaction_ends_as_its_status_allows(
    connection: psycopg.Connection,
    aline: Person,
    staff: Person,
    purse: int,
    pocket: int,
    before: str,
    after: str,
) -> None:
    made = make(before, aline, staff, purse, pocket)
    with_it = {
        ("PENDING", "COMPLETED"): f"{END}, debited_balance_after = 1, credited_balance_after = 1",
        ("PENDING", "CANCELLED"): END,
    }.get((before, after), "")
    statement = (
        f"update tekana.transactions set status = '{after}'{with_it}"
        f" where transaction_id = {made['id']}"
    )
    if (before, after) in ENDINGS:
        assert connection.execute(statement).rowcount == 1
    else:
        assert attempt(connection, "postgres", statement) == "IMMUT"
