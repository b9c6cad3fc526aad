"""Reading sqitch.plan. That ids are sqitch's own is proved against sqitch in test_sqitch.py."""

import pytest

from cli.migrations import MigrationError
from cli.migrations.plan import parse_plan
from tests.cli.migrations.sample import HEAD, Project

WHO = "2026-01-02T03:04:05Z Ann Uwase <ann@example.org>"


def test_ids_are_those_that_sqitch_computed(project: Project) -> None:
    plan = parse_plan((project.directory / "sqitch.plan").read_text())
    assert {change.name: change.change_id for change in plan.changes} == {
        "shelves": "8b18f7b96604fe39fec2a5caab01db7237dff289",
        "books": "c4aaca8046b3644e23ab369036bb956d5d5958e2",
        "books_by_title": "3c7ea046ab805bfac9f1f5fd06aaf7f42a2c35a6",
    }
    assert [tag.tag_id for change in plan.changes for tag in change.tags] == [
        "c4553baa6ecc2e75f76aa8b2fca7fe8dbf450a18"
    ]


def test_a_plan_says_what_each_change_needs_and_what_is_released(project: Project) -> None:
    plan = parse_plan((project.directory / "sqitch.plan").read_text())
    shelves, books, by_title = plan.changes
    assert books.note == "Livres,\nibitabo — 100 % \\ #1"
    assert [one.text for one in by_title.requires] == ["books", "shelves@v1.0", "@v1.0"]
    assert [one.change_id for one in by_title.requires] == [
        books.change_id,
        shelves.change_id,
        books.change_id,
    ]
    assert plan.last_tagged == plan.index_of("@v1.0") == plan.index_of("books") == 1


def test_comments_blank_lines_and_windows_line_ends_change_nothing(project: Project) -> None:
    text = (project.directory / "sqitch.plan").read_text()
    dressed = text.replace("shelves ", "\n# a comment\n  shelves ", 1).replace("\n", "\r\n")
    assert parse_plan(dressed) == parse_plan(text)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (f"a {WHO}\na {WHO}", 'line 6: the change "a" occurs twice: reworked'),
        (f"a {WHO}\n@v1 {WHO}\na [a@v1] {WHO}", "line 7: .*reworked"),
        (f"a {WHO}\nb [!a] {WHO}", 'line 6: "!a": .*conflicts are not supported'),
        (f"a [other:b] {WHO}", "other projects"),
        (f"a [{'0' * 40}] {WHO}", "must come earlier"),
        (f"a [b] {WHO}\nb {WHO}", 'line 5: "b" must come earlier'),
        (f"a [a] {WHO}", "must come earlier"),
        (f"a {WHO}\nb [a a] {WHO}", "same dependency twice"),
        (f"a {WHO}\n@v1 {WHO}\nb {WHO}\nc [b@v1] {WHO}", "comes after the tag"),
        (f"@v1 {WHO}", "before the first change"),
        (f"a {WHO}\n@v1 {WHO}\n@v1 {WHO}", "@v1 occurs twice"),
        (f"a {WHO}\n@v1 [a] {WHO}", "have neither dependencies"),
        (f"-a {WHO}", "planned reverts"),
        (f"HEAD {WHO}", '"HEAD" cannot be a name'),
        (f"{'a' * 40} {WHO}", "cannot be a name"),
        ("a", "line 5: not '<name>"),
        ("a 2026-01-02T03:04:05Z", "line 5: not '<name>"),
        (f"a {WHO.replace('-01-', '-13-')}", "line 5"),
        (f"%project=b {WHO}", "line 5: not '<name>"),
    ],
)
def test_what_cannot_be_run_is_refused_with_its_line(lines: str, complaint: str) -> None:
    with pytest.raises(MigrationError, match=complaint):
        parse_plan(f"{HEAD}{lines}\n")


@pytest.mark.parametrize(
    ("head", "complaint"),
    [
        ("%syntax-version=1.0.0\n\n", "needs a line %project"),
        ("%project=a b\n\n", "needs a line %project"),
        ("%project=a\n%uri=HTTPS://Example.org\n\n", "in its plain form"),
        (f"%project=a\nb {WHO}\n", "line 2: a blank line must stand between"),
    ],
)
def test_a_head_that_cannot_be_used_is_refused(head: str, complaint: str) -> None:
    with pytest.raises(MigrationError, match=complaint):
        parse_plan(head)
