"""The real sqitch and ours on the same database, in any order."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from cli.migrations import KINDS, MIGRATIONS, runner
from cli.migrations.plan import read_plan
from cli.migrations.script import Script
from cli.servers.postgres import PostgresServer
from tests.cli.migrations.databases import build, dump, empty_database, pending, schema_of
from tests.cli.migrations.sample import Project

pytestmark = pytest.mark.skipif(shutil.which("sqitch") is None, reason="sqitch is not installed")

REGISTRY_ROWS = """
    select 'change', change_id, script_hash, change, project, note, planned_at::text,
        planner_name, planner_email
    from sqitch.changes
    union all
    select 'tag', tag_id, tag, project, change_id, note, planned_at::text,
        planner_name, planner_email
    from sqitch.tags
    union all
    select 'dependency', change_id, type, dependency, dependency_id, '', '', '', ''
    from sqitch.dependencies
    union all
    select 'event', event, change_id, change, note, requires::text, conflicts::text, tags::text,
        planner_name
    from sqitch.events
    union all
    select 'project', project, uri, '', '', '', '', '', '' from sqitch.projects
    order by 1, 2, 3, 4
"""

Sqitch = Callable[..., str]


def run_sqitch(directory: Path, *arguments: str, code: int = 0) -> str:
    """What sqitch says to a DBA; fails unless it ends with the code expected."""
    environment = os.environ | {"SQITCH_FULLNAME": "Dee", "SQITCH_EMAIL": "dee@example.org"}
    result = subprocess.run(
        ["sqitch", *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout + result.stderr


def sqitch_for(url: str, directory: Path) -> Sqitch:
    """Runs sqitch on a database."""
    user, _, rest = url.removeprefix("postgresql://").partition("@/")
    target = ("--target", f"db:pg://{user}@/{rest}")

    def run(command: str, *arguments: str, code: int = 0) -> str:
        return run_sqitch(directory, command, *target, *arguments, code=code)

    return run


@pytest.fixture
def sqitch(url: str, project: Project) -> Sqitch:
    return sqitch_for(url, project.directory)


def registry_rows(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(REGISTRY_ROWS).fetchall()


def test_both_compute_the_same_ids(project: Project) -> None:
    output = run_sqitch(project.directory, "plan", "--format", "format:%h %n")
    for change in read_plan(project.directory).changes:
        assert f"{change.change_id} {change.name}" in output


def test_what_we_deploy_sqitch_takes_for_its_own_and_both_see_damage(
    url: str, project: Project, sqitch: Sqitch
) -> None:
    runner.deploy(url, directory=project.directory)
    assert "Nothing to deploy (up-to-date)" in sqitch("status")
    assert "Verify successful" in sqitch("verify")
    assert "Check successful" in sqitch("check")
    assert "Nothing to deploy" in sqitch("deploy")
    with psycopg.connect(url) as connection:
        connection.execute("drop index library.books_title_idx")
    assert "Errors:  1" in sqitch("verify", code=2)
    problems = [bool(one.problem) for one in runner.verify(url, project.directory)]
    assert problems == [False, False, True]


def test_both_make_the_same_registry_and_write_the_same_into_it(
    server: PostgresServer, url: str, project: Project, sqitch: Sqitch
) -> None:
    sqitch("deploy")
    assert {one.state for one in runner.status(url, project.directory)} == {"deployed"}
    assert [one.problem for one in runner.verify(url, project.directory)] == [None] * 3
    assert runner.deploy(url, directory=project.directory) == []
    sqitch("revert", "-y", "--to", "shelves")
    sqitch("deploy")
    with empty_database(server) as name:
        ours = server.url(name)
        runner.deploy(ours, directory=project.directory)
        runner.revert(ours, "shelves", project.directory)
        runner.deploy(ours, directory=project.directory)
        assert registry_rows(ours) == registry_rows(url)
        made, theirs = (
            dump(server, database, "--schema-only", "--schema=sqitch")
            for database in (name, url.rpartition("@/")[2].partition("?")[0])
        )
        assert "create table sqitch.events" in theirs.lower()
        assert made == theirs


def test_both_enter_a_failure_into_the_history(
    server: PostgresServer, url: str, project: Project, sqitch: Sqitch
) -> None:
    project.write("deploy", "books", "select 1 / 0;")
    sqitch("deploy", code=2)
    with empty_database(server) as name:
        with pytest.raises(runner.MigrationError):
            runner.deploy(server.url(name), directory=project.directory)
        assert registry_rows(server.url(name)) == registry_rows(url)


def test_they_take_turns_in_any_order(url: str, project: Project, sqitch: Sqitch) -> None:
    sqitch("deploy", "--to", "shelves")
    assert runner.deploy(url, "@v1.0", project.directory) == ["books"]
    sqitch("deploy")
    assert runner.revert(url, "books", project.directory) == ["books_by_title"]
    assert "books_by_title" in sqitch("status")
    sqitch("revert", "-y", "--to", "shelves")
    assert pending(url, project.directory) == ["books", "books_by_title"]
    runner.deploy(url, directory=project.directory)
    sqitch("revert", "-y")
    runner.deploy(url, directory=project.directory)
    assert "Verify successful" in sqitch("verify")


def test_a_new_change_acts_as_the_owner_in_one_transaction(tmp_path: Path) -> None:
    for name in ("sqitch.conf", "sqitch.plan", "templates"):
        copy = shutil.copytree if (MIGRATIONS / name).is_dir() else shutil.copy
        copy(MIGRATIONS / name, tmp_path / name)
    run_sqitch(tmp_path, "add", "novelty", "-n", "Something new")
    scripts = [Script.read(tmp_path / kind / "novelty.sql") for kind in KINDS]
    assert [script.is_one_transaction for script in scripts] == [True] * 3
    assert ["set role tekana_owner;" in script.text for script in scripts] == [True] * 3
    scripts[-1].check_rolled_back()


def test_they_take_turns_on_the_real_project_too(server: PostgresServer) -> None:
    with empty_database(server) as name, empty_database(server) as built:
        build(server, built)
        sqitch = sqitch_for(server.url(name), MIGRATIONS)
        sqitch("deploy")
        assert schema_of(server, name) == schema_of(server, built)
        assert [one for one in runner.verify(server.url(name)) if one.problem] == []
        runner.revert(server.url(name))
        runner.deploy(server.url(name))
        assert "Verify successful" in sqitch("verify")
        assert "Nothing to deploy" in sqitch("status")
        sqitch("revert", "-y")
        runner.deploy(server.url(name))
        assert schema_of(server, name) == schema_of(server, built)
