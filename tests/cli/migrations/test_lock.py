"""Released scripts never change."""

import pytest

from cli.migrations import KINDS, MIGRATIONS, MigrationError
from cli.migrations.lock import check_lock, write_lock
from tests.cli.migrations.sample import Project


def test_nothing_that_is_released_has_changed() -> None:
    assert check_lock(MIGRATIONS) == []


def test_a_released_script_that_changes_is_named(project: Project) -> None:
    write_lock(project.directory)
    assert check_lock(project.directory) == []
    for kind in KINDS:
        project.write(kind, "shelves", "select 'rewritten';")
    # Verify has to follow what later changes drop.
    assert check_lock(project.directory) == [
        f"{kind}/shelves.sql is released but has changed" for kind in ("deploy", "revert")
    ]


def test_a_released_line_of_the_plan_that_changes_is_named(project: Project) -> None:
    write_lock(project.directory)
    project.plan[0] += " # another note"
    project.write_plan()
    assert check_lock(project.directory) == ["sqitch.plan@v1.0 is released but has changed"]


def test_a_change_taken_out_of_the_plan_is_named(project: Project) -> None:
    write_lock(project.directory)
    del project.plan[0]
    project.plan[0] = project.line("books")
    del project.plan[2]
    project.write_plan()
    assert "deploy/shelves.sql is released but has changed" in check_lock(project.directory)


def test_what_is_not_released_may_change(project: Project) -> None:
    write_lock(project.directory)
    project.write("deploy", "books_by_title", "select 'rewritten';")
    assert check_lock(project.directory) == []


def test_a_release_that_is_not_locked_is_named(project: Project) -> None:
    write_lock(project.directory)
    project.tag("v1.1")
    assert [problem.partition(" ")[0] for problem in check_lock(project.directory)] == [
        "deploy/books_by_title.sql",
        "revert/books_by_title.sql",
        "sqitch.plan@v1.1",
    ]
    write_lock(project.directory)
    assert check_lock(project.directory) == []


def test_locking_does_not_hide_a_change(project: Project) -> None:
    write_lock(project.directory)
    project.write("deploy", "shelves", "select 'rewritten';")
    with pytest.raises(MigrationError, match=r"deploy/shelves\.sql changed after its release"):
        write_lock(project.directory)
    assert check_lock(project.directory) != []
