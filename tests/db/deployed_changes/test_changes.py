"""What readiness learns of the migrations that this database has."""

import psycopg

from tests.db.kit import Person

QUERY = "select * from tekana.deployed_changes() as change order by change"


def test_a_database_built_without_migrations_has_none(connection: psycopg.Connection) -> None:
    assert Person(connection, "tekana_gatekeeper").ask(QUERY) == []


def test_the_changes_in_the_registry_are_told_to_who_may_not_read_it(
    connection: psycopg.Connection,
) -> None:
    connection.execute("""
        create schema sqitch;
        create table sqitch.changes (change text);
        insert into sqitch.changes values ('schema'), ('roles');
        grant usage on schema sqitch to tekana_owner;
        grant select on sqitch.changes to tekana_owner;
    """)
    rows = Person(connection, "tekana_gatekeeper").ask(QUERY)
    assert [row["change"] for row in rows] == ["roles", "schema"]
