"""What the baseline's verify scripts see of damage done behind the back of the migrations."""

import re
from collections.abc import Iterator
from typing import cast

import psycopg
import pytest

from cli.migrations import MIGRATIONS, runner
from cli.migrations.change import ChangeMigration, read_migrations
from cli.migrations.plan import read_plan
from cli.migrations.verification import problems
from cli.servers.postgres import PostgresServer
from tests.cli.migrations.databases import empty_database
from tests.cli.migrations.sample import Project

EVERYTHING = """
    select conrelid::regclass || ' ' || conname from pg_constraint
    where
        connamespace = 'tekana'::regnamespace and conrelid <> 0
        and contype in ('c', 'f', 'p', 'u', 'x')
    union all
    select tgrelid::regclass || ' ' || tgname from pg_trigger where not tgisinternal
    union all
    select polrelid::regclass || ' ' || polname from pg_policy
    union all
    select oid::regclass::text from pg_class
    where
        relkind in ('r', 'v', 'S', 'i') and not relispartition
        and relnamespace = any ('{tekana,api,analytics}'::regnamespace[])
        and not exists (select from pg_constraint where conindid = pg_class.oid)
        and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'i')
    union all
    select pronamespace::regnamespace || '.' || proname from pg_proc
    where pronamespace = any ('{tekana,api,analytics}'::regnamespace[])
    union all
    select roleid::regrole || ' ' || member::regrole from pg_auth_members
    where roleid::regrole::text like 'tekana%' and member::regrole::text like 'tekana%'
"""


@pytest.fixture(scope="module")
def deployed(server: PostgresServer) -> Iterator[str]:
    """URL of a database that all migrations were deployed to."""
    with empty_database(server) as name:
        runner.deploy(server.url(name))
        yield server.url(name)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (
            "drop index tekana.transactions_created_at_idx",
            "missing or invalid index: tekana.transactions_created_at",
        ),
        ("drop view api.wallets cascade", "missing relation: api.wallets"),
        (
            "alter view api.wallets set (security_invoker = false)",
            "without security_invoker: api.wallets",
        ),
        (
            "alter view api.wallets reset (security_invoker)",
            "without security_invoker: api.wallets",
        ),
        (
            "alter table tekana.wallets disable row level security",
            "without row level security: tekana.wallets",
        ),
        ("drop policy select_own on tekana.wallets", "missing policy: tekana.wallets select_own"),
        (
            "alter policy select_own on tekana.wallets to public",
            "changed policy: tekana.wallets select_own",
        ),
        (
            "alter table tekana.transactions disable trigger guard_transactions",
            "trigger: tekana.transactions guard_transactions ",
        ),
        ("alter table tekana.transactions disable trigger user", "trigger: .*_truncate"),
        (
            "alter table tekana.wallets drop constraint wallets_balance_is_bounded",
            "constraint: tekana.wallets wallets_balance_is_bounded",
        ),
        (
            "create or replace function tekana.guard_transactions() returns trigger"
            " language plpgsql set search_path = '' as $$ begin return new; end $$",
            "changed function: tekana.guard_transactions pinned",
        ),
        (
            "alter function tekana.find_credentials reset search_path",
            "changed function: tekana.find_c",
        ),
        ("alter function tekana.claim security definer", "changed function: tekana.claim "),
        ("drop function api.balance_at", "missing function: api.balance_at"),
        (
            "grant execute on function api.open_wallet to public",
            "everybody may call: api.open_wallet",
        ),
        ("revoke tekana_owner from tekana_migrator", "membership: tekana_owner tekana_migrator"),
        (
            "alter default privileges for role tekana_owner grant execute on functions to public",
            "by default everybody may call new functions of: tekana_owner",
        ),
    ],
)
def test_damage_is_seen(deployed: str, damage: str, problem: str) -> None:
    with psycopg.connect(deployed) as connection:
        connection.execute(damage.encode())
        assert re.search(problem, " / ".join(found(connection)))
        connection.rollback()


def found(connection: psycopg.Connection) -> list[str]:
    migrations = cast(list[ChangeMigration], read_migrations(read_plan(MIGRATIONS), MIGRATIONS))
    return [one for one in problems(connection, migrations) if one]


def test_everything_that_the_baseline_makes_is_looked_for(deployed: str) -> None:
    if read_plan(MIGRATIONS).last_tagged >= 0:
        pytest.skip("the baseline is released")
    scripts = "".join(path.read_text() for path in sorted((MIGRATIONS / "verify").iterdir()))
    with psycopg.connect(deployed) as connection:
        made = {text for (text,) in connection.execute(EVERYTHING).fetchall()}
    assert [text for text in sorted(made) if not re.search(rf"'{re.escape(text)}\b", scripts)] == []


FROZEN = (
    "-- frozen: db/a.sql\n"
    "create or replace function public.a() returns text language sql\nas $$select '{}'$$;\n"
    "-- end frozen"
)


def test_a_function_is_compared_with_the_last_change_that_defines_it(
    url: str, project: Project
) -> None:
    project.add("first", FROZEN.format(1), "drop function public.a();")
    project.add("second", FROZEN.format(2), FROZEN.format(1))
    runner.deploy(url, directory=project.directory)
    assert problem_of("second", url, project) is None
    with psycopg.connect(url) as connection:
        connection.execute(FROZEN.format(3).encode())
    assert "changed function: public.a" in str(problem_of("second", url, project))
    assert problem_of("first", url, project) is None


def test_a_function_that_a_later_change_drops_is_not_missed(url: str, project: Project) -> None:
    project.add("first", FROZEN.format(1), "drop function public.a();")
    project.add("second", "drop function public.a();", FROZEN.format(1))
    runner.deploy(url, "first", project.directory)
    assert problem_of("first", url, project) is None
    runner.deploy(url, directory=project.directory)
    assert problem_of("first", url, project) is None


def test_an_unknown_change_before_the_others_hides_nothing(url: str, project: Project) -> None:
    runner.deploy(url, directory=project.directory)
    with psycopg.connect(url) as connection:
        connection.execute(
            "update sqitch.changes set committed_at = '2020-01-01' where change = 'books_by_title'"
        )
    project.plan.pop()
    project.write_plan()
    assert problem_of("books_by_title", url, project) == "deployed, but not in the plan"
    for known in ("shelves", "books"):
        assert problem_of(known, url, project) == "deployed out of the plan's order"


def problem_of(change: str, url: str, project: Project) -> str | None:
    return {one.name: one.problem for one in runner.verify(url, project.directory)}[change]
