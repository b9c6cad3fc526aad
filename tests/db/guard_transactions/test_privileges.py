"""No application role writes a transaction or a balance by a statement of its own."""

import psycopg
import pytest

from tests.db.kit import Person, refusal_of

ROLES = ["anonymous", "customer", "staff", "gatekeeper", "worker", "analyst", "authenticator"]
STATEMENTS = [
    "update tekana.transactions set amount = amount + 1",
    "update tekana.transactions set status = 'REVERSED'",
    "delete from tekana.transactions",
    "truncate tekana.transactions",
    "insert into tekana.transactions default values",
    "delete from api.wallets",
    "update api.wallets set current_balance = 1000000",
    "update tekana.wallets set current_balance = 1000000",
    "truncate tekana.wallets cascade",
    "alter table tekana.transactions disable trigger all",
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_role_of_the_application_may(
    connection: psycopg.Connection, aline: Person, purse: int, role: str, statement: str
) -> None:
    asker = Person(connection, f"tekana_{role}", aline.user_id)
    assert refusal_of(lambda: asker.ask(statement)).code == "42501"


@pytest.mark.parametrize("role", [*ROLES, "owner", "migrator"])
def test_no_role_may_switch_triggers_off_for_itself(
    connection: psycopg.Connection, role: str
) -> None:
    query = "select has_parameter_privilege(%s, 'session_replication_role', 'set')"
    assert connection.execute(query, [f"tekana_{role}"]).fetchone() == (False,)
