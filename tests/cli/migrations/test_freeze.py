"""Frozen copies: what a change's scripts say of files in db/."""

from pathlib import Path

import psycopg
import pytest

from cli.migrations import MigrationError, runner
from cli.migrations.freeze import freeze
from cli.migrations.script import Script
from tests.cli.migrations.sample import Project

GREET = "db/functions/greet.sql"
OLD = "create or replace function greet() returns text language sql return 'hello';\n"
NEW = "create or replace function greet() returns text language sql return 'muraho';\n"
MARKERS = f"-- frozen: {GREET}\n-- end frozen"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Beside db/ with one function: changes `first`, which has it, and `second`, to be written."""
    project = Project(tmp_path / "migrations")
    write(project, GREET, OLD)
    project.add("first", MARKERS, "drop function greet;")
    freeze("first", project.directory)
    project.add("second", MARKERS, "")
    write(project, GREET, NEW)
    return project


def write(project: Project, path: str, text: str) -> None:
    file = project.directory.parent / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def script(project: Project, name: str) -> str:
    return (project.directory / f"{name}.sql").read_text()


def test_a_deploy_script_gets_what_db_says_now(project: Project) -> None:
    assert freeze("second", project.directory) == []
    assert NEW in script(project, "deploy/second")
    assert OLD in script(project, "deploy/first")


def test_a_revert_script_gets_what_the_change_before_said(project: Project) -> None:
    freeze("second", project.directory)
    revert = script(project, "revert/second")
    assert OLD in revert
    assert revert.index(OLD) < revert.index("commit;")


@pytest.mark.parametrize("end", ["COMMIT;", "COMMIT ;  -- the end", "end;", "commit work;\n\n"])
def test_what_is_restored_comes_before_the_end_of_the_transaction(
    project: Project, end: str
) -> None:
    path = project.directory / "revert" / "second.sql"
    path.write_text(f"-- Revert library:second from pg\n\nBEGIN;\n\n-- XXX\n\n{end}\n")
    freeze("second", project.directory)
    assert Script.read(path).is_one_transaction
    assert path.read_text().index(OLD) < path.read_text().index(end.strip())


def test_reverting_brings_the_old_definition_back(project: Project, url: str) -> None:
    freeze("second", project.directory)
    assert greeting(url, project, to="second") == "muraho"
    runner.revert(url, "first", project.directory)
    assert greeting(url, project, to="first") == "hello"


def greeting(url: str, project: Project, to: str) -> object:
    runner.deploy(url, to, project.directory)
    with psycopg.connect(url) as connection:
        row = connection.execute("select greet()").fetchone()
        assert row is not None
        return row[0]


def test_freezing_again_follows_db_and_changes_nothing_else(project: Project) -> None:
    freeze("second", project.directory)
    before = script(project, "deploy/second"), script(project, "revert/second")
    freeze("second", project.directory)
    assert (script(project, "deploy/second"), script(project, "revert/second")) == before
    write(project, GREET, NEW.replace("muraho", "bonjour"))
    freeze("second", project.directory)
    assert script(project, "deploy/second") == before[0].replace("muraho", "bonjour")
    assert script(project, "revert/second") == before[1]


def test_what_is_written_around_the_copies_stays(project: Project) -> None:
    project.write("deploy", "second", f"drop function greet();\n{MARKERS}\nselect 'after';")
    project.write("revert", "second", f"drop function greet();\n{MARKERS}\nselect 'after';")
    freeze("second", project.directory)
    for kind, text in (("deploy", NEW), ("revert", OLD)):
        expected = f"begin;\ndrop function greet();\n-- frozen: {GREET}\n{text}-- end frozen\n"
        assert script(project, f"{kind}/second") == f"{expected}select 'after';\ncommit;\n"


def test_a_file_that_is_new_has_to_be_dropped_by_hand(project: Project) -> None:
    write(project, "db/functions/part.sql", "select 'new';\n")
    project.write("deploy", "second", "-- frozen: db/functions/part.sql\n-- end frozen")
    assert freeze("second", project.directory) == ["db/functions/part.sql"]
    assert "part" not in script(project, "revert/second")


def test_a_file_that_a_change_removes_comes_back_in_its_revert(project: Project) -> None:
    (project.directory.parent / GREET).unlink()
    project.write("deploy", "second", "drop function greet;")
    project.write("revert", "second", MARKERS)
    freeze("second", project.directory)
    assert OLD in script(project, "revert/second")


@pytest.mark.parametrize(
    ("kind", "text", "complaint"),
    [
        ("deploy", "-- frozen: db/functions/other.sql\n-- end frozen", "cannot read .*other.sql"),
        ("deploy", f"-- frozen: {GREET}\n", "needs one '-- end frozen'"),
        ("deploy", "-- end frozen", "needs one '-- end frozen'"),
        ("deploy", f"{MARKERS}\n{MARKERS}", "each path can have only one copy"),
        ("revert", "-- frozen: db/functions/other.sql\n-- end frozen", "no earlier change has"),
    ],
)
def test_markers_that_mean_nothing_are_refused(
    project: Project, kind: str, text: str, complaint: str
) -> None:
    project.write(kind, "second", text)
    before = script(project, "deploy/second"), script(project, "revert/second")
    with pytest.raises(MigrationError, match=complaint):
        freeze("second", project.directory)
    assert (script(project, "deploy/second"), script(project, "revert/second")) == before


def test_a_released_change_is_not_frozen_again(project: Project) -> None:
    project.tag("v1.0")
    with pytest.raises(MigrationError, match="is released and cannot change"):
        freeze("second", project.directory)


def test_a_change_that_is_not_planned_cannot_be_frozen(project: Project) -> None:
    with pytest.raises(MigrationError, match='no change or tag "third"'):
        freeze("third", project.directory)
