"""db/ and migrations/ say the same: databases built from each are equal, schema and first rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from cli.migrations import MIGRATIONS, runner
from cli.migrations.plan import read_plan
from cli.servers.postgres import PostgresServer
from tests.cli.migrations.databases import build, empty_database, schema_of

# When a row was made is no part of what it says.
ROWS = """
    select to_jsonb(t) - array['created_at', 'updated_at'] from {} as t order by to_jsonb(t)::text
"""


@pytest.fixture(scope="module")
def built(server: PostgresServer) -> Iterator[str]:
    """A database built from db/ (a clone would lack the privileges on the database)."""
    with empty_database(server) as name:
        build(server, name)
        yield name


@contextmanager
def deployed(server: PostgresServer) -> Iterator[str]:
    """A database that all migrations were deployed to; its name."""
    with empty_database(server) as name:
        runner.deploy(server.url(name))
        yield name


@pytest.fixture(scope="module")
def migrated(server: PostgresServer) -> Iterator[str]:
    """One for the tests that only look at it."""
    with deployed(server) as name:
        yield name


@pytest.fixture
def changing(server: PostgresServer) -> Iterator[str]:
    """One of the test's own."""
    with deployed(server) as name:
        yield name


def test_all_changes_build_what_db_builds(
    server: PostgresServer, built: str, migrated: str
) -> None:
    assert schema_of(server, migrated) == schema_of(server, built)


def test_all_changes_fill_in_the_rows_that_db_fills_in(
    server: PostgresServer, built: str, migrated: str
) -> None:
    expected, deployed = (first_rows(server.url(name)) for name in (built, migrated))
    assert expected["tekana.currencies"]
    assert deployed == expected


def test_everything_that_is_deployed_verifies(server: PostgresServer, migrated: str) -> None:
    verdicts = runner.verify(server.url(migrated))
    assert [one.name for one in verdicts] == [one.name for one in read_plan(MIGRATIONS).changes]
    assert [one for one in verdicts if one.problem] == []


def test_the_baseline_knows_every_role(server: PostgresServer, migrated: str) -> None:
    with psycopg.connect(server.url(migrated)) as connection:
        roles = connection.execute("select rolname from pg_roles where rolname ~ '^tekana_'")
        for (role,) in roles.fetchall():
            assert f"'{role}'" in (MIGRATIONS / "verify" / "roles.sql").read_text()
            assert f"'{role}'" in (MIGRATIONS / "revert" / "roles.sql").read_text()


def test_reverting_all_leaves_nothing_of_ours(server: PostgresServer, changing: str) -> None:
    runner.revert(server.url(changing))
    with empty_database(server) as untouched:
        assert schema_of(server, changing) == schema_of(server, untouched)


def test_reverting_all_and_deploying_again_changes_nothing(
    server: PostgresServer, built: str, changing: str
) -> None:
    before = first_rows(server.url(changing))
    runner.revert(server.url(changing))
    runner.deploy(server.url(changing))
    assert schema_of(server, changing) == schema_of(server, built)
    assert first_rows(server.url(changing)) == before


def test_reverting_to_any_change_and_deploying_again_changes_nothing(
    server: PostgresServer, built: str, changing: str
) -> None:
    expected = schema_of(server, built), first_rows(server.url(built))
    for change in reversed(read_plan(MIGRATIONS).changes):
        runner.revert(server.url(changing), to=change.name)
        runner.deploy(server.url(changing))
        assert (schema_of(server, changing), first_rows(server.url(changing))) == expected


def test_the_last_release_upgrades_to_what_db_builds(server: PostgresServer, built: str) -> None:
    plan = read_plan(MIGRATIONS)
    if plan.last_tagged < 0:
        pytest.skip("nothing is released yet")
    with empty_database(server) as name:
        runner.deploy(server.url(name), to=plan.changes[plan.last_tagged].name)
        runner.deploy(server.url(name))
        assert schema_of(server, name) == schema_of(server, built)
        assert first_rows(server.url(name)) == first_rows(server.url(built))


def test_a_difference_in_a_grant_alone_is_seen(
    server: PostgresServer, built: str, changing: str
) -> None:
    with psycopg.connect(server.url(changing)) as connection:
        connection.execute("grant delete on tekana.currencies to tekana_customer")
    assert schema_of(server, changing) != schema_of(server, built)


def first_rows(url: str) -> dict[str, list[object]]:
    """The rows of every table of ours, by table."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "select oid::regclass::text from pg_class"
            " where relkind = 'r' and relnamespace in ('tekana'::regnamespace)"
        ).fetchall()
        return {
            table: [row for (row,) in connection.execute(ROWS.format(table).encode()).fetchall()]
            for (table,) in tables
        }
