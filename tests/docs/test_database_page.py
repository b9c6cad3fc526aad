"""What docs/database.md gives to a DBA for analysts, word for word."""

import re
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.db.kit import cash_in, make_customer, make_staff, open_wallet, post

PAGE = Path(__file__).parents[2] / "docs" / "database.md"


def given(start: str) -> bytes:
    """The one block of SQL of the section on analysts that starts so."""
    section = PAGE.read_text(encoding="utf-8").split("\n## Analysts\n")[1].split("\n## ")[0]
    (found,) = (
        one for one in re.findall("```sql\n(.*?)```", section, re.DOTALL) if one.startswith(start)
    )
    return str(found).encode()


def test_analysts_are_limited(connection: psycopg.Connection) -> None:
    connection.execute(given("alter role tekana_analyst"))
    query = "select rolconnlimit, rolconfig from pg_roles where rolname = 'tekana_analyst'"
    assert connection.execute(query).fetchone() == (
        10,
        [
            "statement_timeout=10min",
            "idle_in_transaction_session_timeout=5min",
            "temp_file_limit=10GB",
        ],
    )
    connection.execute("set local role tekana_analyst")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
        connection.execute("set temp_file_limit = -1")


def test_analysts_see_the_references_of_programs_but_not_those_that_customers_wrote(
    connection: psycopg.Connection,
) -> None:
    staff, aline, bosco = make_staff(connection), *(make_customer(connection) for _ in "ab")
    purse, pocket = open_wallet(aline), open_wallet(bosco)
    cash = cash_in(staff, purse, 100)
    post(aline, purse, pocket, 1, external_reference_number="for Bosco, +250788000001")
    # A database that is made from a template does not have the rights on that, which are deployed.
    name = sql.Identifier(connection.info.dbname)
    grant = sql.SQL("grant create on database {} to tekana_owner")
    connection.execute(grant.format(name))
    connection.execute(given("set role"))
    connection.execute(given("create view reports.cash_references"))
    connection.execute("set role tekana_analyst")
    found = connection.execute("select transaction_id from reports.cash_references").fetchall()
    assert found == [(cash["id"],)]
    assert connection.execute("select volume from reports.daily_volumes").fetchall() == [(101,)]
    connection.execute("reset role")
