"""The baseline, written whole from db/ until something is released."""

import shutil
from pathlib import Path

import psycopg
import pytest

from cli.migrations import MIGRATIONS, MigrationError, runner
from cli.migrations.baseline import write_baseline
from cli.migrations.plan import read_plan

PLAN = "%syntax-version=1.0.0\n%project=shop\n\n"
FILES = {
    "db/build.sql": (
        "-- The order.\n\\ir policies/roles.sql\nset role shop_owner;\n\n\\ir schema/goods.sql\n"
        "\\ir functions/guard.sql\n\\ir views/goods.sql\n\\ir functions/count.sql\nreset role;\n"
    ),
    "db/policies/roles.sql": "do $$ begin perform ('shop_owner', 'nologin', 'owns'); end $$;\n",
    "db/schema/goods.sql": "create schema shop;\ncreate table shop.goods (name text);\n",
    "db/functions/guard.sql": (
        "create or replace function shop.guard() returns trigger language plpgsql\n"
        "as $$ begin return new; end $$;\n"
        "-- Runs first.\ncreate or replace trigger guard before update on shop.goods\n"
        "for each row execute function shop.guard();\n"
    ),
    "db/views/goods.sql": "create view shop.all_goods as select name from shop.goods;\n",
    "db/functions/count.sql": (
        "create function shop.count() returns bigint language sql\n"
        "return (select count(*) from shop.goods);\n"
    ),
}
# File, what stands there, and what comes in its place: something more of each kind.
ADDITIONS = [
    (
        "policies/roles.sql",
        "('tekana_analyst',",
        "('added', 'nologin', 'is new'), ('tekana_analyst',",
    ),
    ("schema/currencies.sql", "create table", "create table tekana.added (a int);\ncreate table"),
    (
        "functions/refuse_changes.sql",
        "create or replace trigger",
        "create trigger added before update on tekana.added for each row\n"
        "execute function tekana.refuse_changes('a', 'b');\ncreate or replace trigger",
    ),
    ("views/currencies.sql", "create", "create view api.added as select 1 as a;\ncreate"),
    (
        "functions/open_wallet.sql",
        "create",
        "create function tekana.added() returns int language sql return 1;\ncreate",
    ),
    (
        "policies/wallets.sql",
        "create policy",
        "create policy added on tekana.added to tekana_staff using (true);\ncreate policy",
    ),
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name, text in (FILES | {"migrations/sqitch.plan": PLAN}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path / "migrations"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the real project, with its db/ beside it."""
    if read_plan(MIGRATIONS).last_tagged >= 0:
        pytest.skip("the baseline is released")
    for part in ("db", "migrations"):
        shutil.copytree(MIGRATIONS.parent / part, tmp_path / part)
    return tmp_path / "migrations"


def test_the_baseline_is_what_db_says_now(copied: Path) -> None:
    write_baseline(copied)
    for file in sorted(copied.rglob("*.*")):
        committed = MIGRATIONS / file.relative_to(copied)
        assert committed.exists(), "db/ has changed: run 'tekana migrate baseline'"
        assert committed.read_text() == file.read_text(), "run 'tekana migrate baseline'"


def test_a_database_of_an_older_baseline_is_reverted_and_deployed_again(
    copied: Path, url: str
) -> None:
    runner.deploy(url, directory=copied)
    for file, old, new in ADDITIONS:
        path = copied.parent / "db" / file
        path.write_text(path.read_text().replace(old, new, 1))
    write_baseline(copied)
    runner.revert(url, directory=copied)
    runner.deploy(url, directory=copied)
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.execute("select tekana.added()").fetchone() == (1,)
        connection.execute("drop role added")


def test_each_visit_to_a_room_becomes_a_change_that_requires_the_one_before(
    directory: Path,
) -> None:
    names = ["roles", "schema", "functions_for_views", "views", "functions"]
    assert write_baseline(directory) == names
    changes = read_plan(directory).changes
    assert [change.name for change in changes] == names
    assert [[one.text for one in change.requires] for change in changes] == [
        [],
        *([name] for name in names[:-1]),
    ]


def test_a_deploy_script_holds_its_files_under_the_settings_of_the_build(directory: Path) -> None:
    write_baseline(directory)
    assert "set role shop_owner;" in (directory / "deploy/schema.sql").read_text()
    assert "set role" not in (directory / "deploy/roles.sql").read_text()
    assert FILES["db/views/goods.sql"] in (directory / "deploy/views.sql").read_text()


def test_a_revert_script_drops_what_was_made_the_last_first(directory: Path) -> None:
    write_baseline(directory)
    revert = (directory / "revert/functions_for_views.sql").read_text()
    drops = [line for line in revert.splitlines() if line.startswith("drop")]
    assert drops == [
        "drop trigger if exists guard on shop.goods;",
        "drop function if exists shop.guard;",
    ]
    assert "drop schema if exists shop cascade;" in (directory / "revert/schema.sql").read_text()


def test_writing_again_keeps_the_ids(directory: Path) -> None:
    write_baseline(directory)
    text = (directory / "sqitch.plan").read_text().replace("2026-", "2025-")
    (directory / "sqitch.plan").write_text(text)
    write_baseline(directory)
    assert (directory / "sqitch.plan").read_text() == text


def test_a_part_that_is_gone_takes_its_scripts_with_it(directory: Path) -> None:
    write_baseline(directory)
    build = directory.parent / "db" / "build.sql"
    build.write_text(build.read_text().replace("\\ir functions/guard.sql\n", ""))
    write_baseline(directory)
    assert list(directory.glob("*/functions_for_views.sql")) == []
    assert len(read_plan(directory).changes) == 4


def test_a_released_baseline_is_not_written_again(directory: Path) -> None:
    write_baseline(directory)
    with (directory / "sqitch.plan").open("a") as plan:
        plan.write("@v1.0 2026-01-02T03:04:05Z Ann Uwase <ann@example.org>\n")
    with pytest.raises(MigrationError, match=r"@v1\.0 is released"):
        write_baseline(directory)


def test_changes_written_by_hand_are_not_lost(directory: Path) -> None:
    write_baseline(directory)
    with (directory / "sqitch.plan").open("a") as plan:
        plan.write("mine 2026-01-02T03:04:05Z Ann Uwase <ann@example.org>\n")
    (directory / "deploy" / "mine.sql").write_text("select 1;")
    with pytest.raises(MigrationError, match='"mine" is written by hand'):
        write_baseline(directory)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("select 1;", r"db/build.sql, line 10: not '\\ir <path>'"),
        (r"\ir views/none.sql", "db/build.sql names .*none.sql"),
    ],
)
def test_a_build_that_is_not_understood_is_refused(
    directory: Path, line: str, complaint: str
) -> None:
    build = directory.parent / "db" / "build.sql"
    build.write_text(build.read_text() + f"{line}\n")
    with pytest.raises(MigrationError, match=complaint):
        write_baseline(directory)
