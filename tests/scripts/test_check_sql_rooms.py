"""SQL in Python is found wherever it may not be, and nothing else is taken for it."""

from pathlib import Path

import pytest

from scripts import check_sql_rooms
from scripts.check_sql_rooms import ROOT, find_statements, problems


@pytest.fixture
def nothing_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_sql_rooms, "ALLOWED", {})


def write(root: Path, file: str, text: str) -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text, encoding="utf-8")


def test_the_repository_keeps_its_sql_where_sql_belongs() -> None:
    assert problems(ROOT) == []


@pytest.mark.parametrize(
    "statement",
    [
        "select 1 from wallets",
        "SELECT balance\\n    FROM wallets",
        "select tekana.open_wallet(%s)",
        "with old as (select 1) select * from old",
        "with recursive old (id) as (select 1) table old",
        "insert into wallets values (1)",
        "update wallets as w set balance = 0",
        "delete from wallets",
        "truncate wallets",
        "create or replace function f() returns int",
        "create unique index i on wallets (id)",
        "alter table wallets add x int",
        "drop view wallets",
        "grant select on wallets to somebody",
        "comment on table wallets is 'x'",
        "do $$ begin end $$",
        "begin; delete from wallets",
    ],
)
def test_a_statement_in_a_string_is_found(
    statement: str, tmp_path: Path, nothing_allowed: None
) -> None:
    write(tmp_path, "workers/tasks.py", f'"""Tasks."""\n\nQUERY = "{statement}"\n')
    assert [(found.file, found.line) for found in find_statements(tmp_path)] == [
        ("workers/tasks.py", 3)
    ]
    (problem,) = problems(tmp_path)
    assert problem.startswith("workers/tasks.py:3: SQL in Python: ")


@pytest.mark.parametrize(
    "code",
    [
        'QUERY = f"select * from {table}"',
        'QUERY = f"delete from {table} where id = {key}"',
        'QUERY = "select id " "from wallets"',
        'run(b := "x", "delete from wallets")',
    ],
)
def test_a_statement_put_together_from_parts_is_found_once(code: str, tmp_path: Path) -> None:
    write(tmp_path, "api/tx.py", code)
    assert len(list(find_statements(tmp_path))) == 1


@pytest.mark.parametrize(
    "code",
    [
        '"""Select the wallets (all) from the list."""',
        'def f():\n    """Delete from the list."""',
        'HELP = "Create a member of staff"',
        'HELP = "Update the settings"',
        'HELP = "Drop what is left over"',
        'SETTING = "set local statement_timeout = 5"',
        'PHASE = "begin read only"',
        'CHOICE = "select"',
    ],
)
def test_words_and_settings_are_not_taken_for_statements(code: str, tmp_path: Path) -> None:
    write(tmp_path, "api/app.py", code)
    assert list(find_statements(tmp_path)) == []


@pytest.mark.parametrize("file", ["api/data/render.py", "cli/migrations/registry.py"])
def test_the_rooms_of_sql_may_hold_it(file: str, tmp_path: Path) -> None:
    write(tmp_path, file, 'QUERY = "select 1 from wallets"')
    assert list(find_statements(tmp_path)) == []


def test_an_allowance_that_nothing_needs_any_more_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        check_sql_rooms, "ALLOWED", {("cli/main.py", "select now()"): "to know the time"}
    )
    write(tmp_path, "cli/main.py", 'QUERY = "select now()"')
    assert problems(tmp_path) == []
    write(tmp_path, "cli/main.py", "")
    assert problems(tmp_path) == [
        "cli/main.py: 'select now()' is allowed and no longer there: take it out of the list"
    ]
