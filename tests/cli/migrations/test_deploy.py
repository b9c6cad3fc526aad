"""Deploying, reverting and verifying, on a database of its own."""

from urllib.parse import quote, urlsplit

import psycopg
import pytest

from cli.migrations import MigrationError, runner
from cli.servers.postgres import PostgresServer
from tests.cli.migrations.databases import empty_database, pending
from tests.cli.migrations.sample import Project


def states(url: str, project: Project) -> dict[str, str]:
    return {one.name: one.state for one in runner.status(url, project.directory)}


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def events(url: str) -> list[tuple[object, ...]]:
    return query(url, "select event, change from sqitch.events order by committed_at")


def test_deploying_brings_in_every_change_in_the_plans_order(url: str, project: Project) -> None:
    told: list[tuple[str, str]] = []
    done = runner.deploy(url, directory=project.directory, report=lambda *what: told.append(what))
    assert done == ["shelves", "books", "books_by_title"]
    assert told == [("deployed", name) for name in done]
    assert query(url, "select library.count_books()") == [(0,)]
    assert query(
        url,
        "select indisvalid from pg_index where indexrelid = 'library.books_title_idx'::regclass",
    ) == [(True,)]


def test_deploying_again_does_nothing(url: str, project: Project) -> None:
    runner.deploy(url, directory=project.directory)
    before = events(url)
    assert runner.deploy(url, directory=project.directory) == []
    assert events(url) == before


def test_looking_at_a_database_that_nothing_was_deployed_to_leaves_it_alone(
    url: str, project: Project
) -> None:
    assert pending(url, project.directory) == ["shelves", "books", "books_by_title"]
    assert runner.verify(url, project.directory) == []
    assert runner.revert(url, directory=project.directory) == []
    assert query(url, "select to_regnamespace('sqitch')") == [(None,)]


def test_deploying_up_to_a_tag_stops_at_its_change(url: str, project: Project) -> None:
    assert runner.deploy(url, to="@v1.0", directory=project.directory) == ["shelves", "books"]
    assert pending(url, project.directory) == ["books_by_title"]
    assert query(url, "select tag from sqitch.tags") == [("@v1.0",)]


def test_reverting_to_a_change_leaves_it_the_last_one(url: str, project: Project) -> None:
    runner.deploy(url, directory=project.directory)
    assert runner.revert(url, "shelves", project.directory) == ["books_by_title", "books"]
    assert states(url, project) == {
        "shelves": "deployed",
        "books": "pending",
        "books_by_title": "pending",
    }
    assert query(url, "select to_regclass('library.books')") == [(None,)]
    assert query(url, "select * from sqitch.tags") == []


def test_a_tag_planned_after_its_change_was_deployed_is_entered(url: str, project: Project) -> None:
    runner.deploy(url, directory=project.directory)
    project.tag("v1.1")
    runner.deploy(url, directory=project.directory)
    assert query(url, "select tag from sqitch.tags order by tag") == [("@v1.0",), ("@v1.1",)]


def test_a_change_that_fails_leaves_nothing_and_those_before_it_stay(
    url: str, project: Project
) -> None:
    project.write("deploy", "books", "create table library.books ();\n\nselect 1 / 0;")
    with pytest.raises(MigrationError, match=r'"books" failed: division by zero .*line 4'):
        runner.deploy(url, directory=project.directory)
    assert query(url, "select to_regclass('library.books')") == [(None,)]
    assert states(url, project)["shelves"] == "deployed"
    assert events(url) == [("deploy", "shelves"), ("fail", "books")]


def test_a_change_whose_verify_fails_is_not_there(url: str, project: Project) -> None:
    project.write("verify", "books", "select author from library.books;")
    with pytest.raises(MigrationError, match=r'"author" does not exist .*verify/books.sql, line 2'):
        runner.deploy(url, directory=project.directory)
    assert query(url, "select to_regclass('library.books')") == [(None,)]
    assert states(url, project)["books"] == "pending"


def test_a_change_outside_a_transaction_whose_verify_fails_is_reverted(
    url: str, project: Project
) -> None:
    project.write("verify", "books_by_title", "select 'library.other'::regclass;")
    with pytest.raises(MigrationError, match="a part of it may be left behind"):
        runner.deploy(url, directory=project.directory)
    assert query(url, "select to_regclass('library.books_title_idx')") == [(None,)]
    assert states(url, project)["books_by_title"] == "pending"


def test_a_deferred_constraint_that_does_not_hold_fails_the_change(
    url: str, project: Project
) -> None:
    project.add(
        "stray",
        "alter table library.books alter constraint books_shelf_id_fkey"
        " deferrable initially deferred;\ninsert into library.books values (7, 'Lost');",
        "delete from library.books;",
    )
    with pytest.raises(MigrationError, match=r'"stray" failed: .*foreign key'):
        runner.deploy(url, directory=project.directory)
    assert query(url, "select * from library.books") == []


def test_a_revert_that_fails_keeps_the_change(url: str, project: Project) -> None:
    runner.deploy(url, directory=project.directory)
    project.write("revert", "books", "drop function library.count_books; select 1 / 0;")
    with pytest.raises(MigrationError, match='revert of "books" failed: division by zero'):
        runner.revert(url, directory=project.directory)
    assert states(url, project)["books"] == "deployed"
    assert query(url, "select library.count_books()") == [(0,)]


def test_what_a_script_sets_ends_with_it(url: str, project: Project) -> None:
    project.add(
        "setting",
        "set search_path = library; set role pg_monitor; create temporary table books ();",
        "select 1;",
        "select title from library.books; do $$ begin\n"
        "if current_setting('search_path') <> '\"$user\", public' or current_user = 'pg_monitor'"
        " or to_regclass('pg_temp.books') is not null\n"
        "then raise exception 'left over'; end if; end $$;",
    )
    runner.deploy(url, directory=project.directory)


def test_verify_names_what_is_no_longer_as_it_was_deployed(url: str, project: Project) -> None:
    runner.deploy(url, directory=project.directory)
    with psycopg.connect(url) as connection:
        connection.execute("drop index library.books_title_idx")
    problems = {one.name: one.problem for one in runner.verify(url, project.directory)}
    assert problems["shelves"] is problems["books"] is None
    assert "books_title_idx" in str(problems["books_by_title"])


def test_verify_changes_nothing(url: str, project: Project) -> None:
    project.write("verify", "shelves", "insert into library.shelves values (1);")
    runner.deploy(url, directory=project.directory)
    assert [one.problem for one in runner.verify(url, project.directory)] == [None] * 3
    assert query(url, "select * from library.shelves") == []


@pytest.mark.parametrize(
    "script",
    [
        "insert into library.shelves values (1);",
        "begin; insert into library.shelves values (1); commit;",
        "begin; insert into library.shelves values (1); commit and chain; rollback;",
        "begin; rollback; insert into library.shelves values (1); begin; rollback;",
    ],
)
def test_a_verify_script_that_could_change_something_is_refused(
    url: str, project: Project, script: str
) -> None:
    runner.deploy(url, to="shelves", directory=project.directory)
    for name in ("shelves", "books"):
        project.write("verify", name, f"-- alone\n{script}")
    refused = r"verify/{}\.sql must begin with 'begin;', end with 'rollback;'"
    with pytest.raises(MigrationError, match=refused.format("shelves")):
        runner.verify(url, project.directory)
    with pytest.raises(MigrationError, match=refused.format("books")):
        runner.deploy(url, directory=project.directory)
    assert states(url, project)["books"] == "pending"
    assert query(url, "select * from library.shelves") == []


def test_savepoints_in_a_verify_script_are_fine(url: str, project: Project) -> None:
    project.write("verify", "shelves", "savepoint a; select 1 / 1; rollback to savepoint a;")
    runner.deploy(url, directory=project.directory)


@pytest.mark.parametrize(
    "default",
    ["datestyle = 'sql, dmy'", "search_path = tekana, api, public", "quote_all_identifiers = on"],
)
def test_settings_of_the_database_change_nothing(url: str, default: str) -> None:
    name = urlsplit(url).path.strip("/")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"alter database {name} set {default}".encode())
    runner.deploy(url)
    assert {one.state for one in runner.status(url)} == {"deployed"}
    assert [one for one in runner.verify(url) if one.problem] == []
    runner.revert(url)


def test_a_url_is_understood_as_psql_does(server: PostgresServer, project: Project) -> None:
    with empty_database(server, "%41 a") as name:
        socket = quote(str(server.socket_directory), safe="")
        url = f"postgresql://postgres@%2Fnowhere,{socket}/{quote(name)}?port={server.port}"
        runner.deploy(url, directory=project.directory)
        assert pending(url, project.directory) == []


def test_a_script_rewritten_after_it_was_deployed_is_refused(url: str, project: Project) -> None:
    runner.deploy(url, to="books", directory=project.directory)
    project.write("deploy", "shelves", "create schema library;")
    assert states(url, project)["shelves"] == "rewritten"
    with pytest.raises(MigrationError, match='"shelves" was rewritten'):
        runner.deploy(url, directory=project.directory)


def test_a_database_with_a_change_that_is_not_planned_is_refused(
    url: str, project: Project
) -> None:
    runner.deploy(url, directory=project.directory)
    del project.plan[-1]
    project.write_plan()
    assert states(url, project)["books_by_title"] == "unknown"
    with pytest.raises(MigrationError, match="not in the plan"):
        runner.deploy(url, directory=project.directory)


def test_a_change_planned_before_a_deployed_one_is_refused(url: str, project: Project) -> None:
    runner.deploy(url, to="shelves", directory=project.directory)
    # Ids hang on the parent's, so the later change is another one too: as good as unknown.
    project.plan.insert(0, project.line("earlier"))
    project.write_plan()
    for kind in ("deploy", "revert", "verify"):
        project.write(kind, "earlier", "select 1;")
    with pytest.raises(MigrationError, match="not in the plan"):
        runner.deploy(url, directory=project.directory)


def test_a_registry_of_another_release_is_refused(url: str, project: Project) -> None:
    runner.deploy(url, directory=project.directory)
    with psycopg.connect(url) as connection:
        connection.execute("update sqitch.releases set version = 1.0")
    with pytest.raises(MigrationError, match="'sqitch upgrade'"):
        runner.deploy(url, directory=project.directory)


def test_another_projects_changes_are_left_alone(url: str, project: Project) -> None:
    runner.deploy(url, directory=project.directory)
    other = Project(project.directory.with_name("other"))
    other.add("shelves", "create table elsewhere ();", "drop table elsewhere;")
    text = (other.directory / "sqitch.plan").read_text().replace("library", "other")
    (other.directory / "sqitch.plan").write_text(text)
    assert runner.deploy(url, directory=other.directory) == ["shelves"]
    assert runner.revert(url, directory=other.directory) == ["shelves"]
    assert set(states(url, project).values()) == {"deployed"}


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("postgresql:///x?host=/nowhere", "cannot reach the database"),
        ("postgresql://localhost:port/x", "cannot reach the database"),
    ],
)
def test_a_database_that_cannot_be_reached_is_said_in_a_sentence(
    project: Project, bad: str, complaint: str
) -> None:
    with pytest.raises(MigrationError, match=complaint):
        runner.status(bad, project.directory)


def test_a_missing_script_stops_everything_before_it_begins(url: str, project: Project) -> None:
    (project.directory / "verify" / "books_by_title.sql").unlink()
    with pytest.raises(MigrationError, match=r"verify/books_by_title\.sql"):
        runner.deploy(url, directory=project.directory)
    assert query(url, "select to_regnamespace('library')") == [(None,)]


def test_a_database_that_cannot_keep_every_name_is_refused(server: PostgresServer) -> None:
    # What a cluster gets that was made without a locale: texts of it are bytes to its clients.
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(
            "create database in_ascii template template0 encoding 'SQL_ASCII' locale 'C'"
        )
        try:
            with pytest.raises(
                MigrationError, match="has encoding SQL_ASCII: create it with encoding UTF8"
            ):
                runner.deploy(server.url("in_ascii"))
        finally:
            connection.execute("drop database in_ascii with (force)")
