"""Cutting scripts into statements, as psql does."""

import re
import subprocess

import pytest

from cli.migrations import MIGRATIONS, MigrationError
from cli.migrations.statements import split_statements
from cli.servers.postgres import PostgresServer

TRICKY = r"""
-- a comment; with a semicolon
select 'it''s; one', E'two\';', "a;b" from (values (1)) as t ("a;b"); /* a /* nested; */ one; */
do $body$ begin perform $$;$$; end; $body$;
create or replace function pg_temp.count_up(n int) returns int language sql
begin atomic
    select case when n > 0 then 1 end;
    select 2;
end; select 3 as "end";
create rule twice as on insert to pg_temp.t do also (select 1; select 2);
select $1$ is$ not a quote$1$ from x
"""


def test_a_statement_ends_where_it_ends_in_psql() -> None:
    found = split_statements(TRICKY.replace("$1$", "$one$"), "tricky")
    assert [(one.line, " ".join(one.words[:3])) for one in found] == [
        (3, "select from values"),
        (4, "do"),
        (5, "create or replace"),
        (9, "select as"),
        (10, "create rule twice"),
        (11, "select from x"),
    ]


def test_cutting_loses_nothing() -> None:
    for path in sorted(MIGRATIONS.glob("*/*.sql")):
        script = path.read_text(encoding="utf-8")
        rest, end = "", 0
        for one in split_statements(script, path.name):
            assert script.startswith(one.text, one.start), path.name
            rest += script[end : one.start]
            end = one.start + len(one.text)
        between = re.sub(r"--[^\n]*", "", rest + script[end:])
        assert set(between.split()) == {";"}, path.name


def test_postgresql_sees_as_many_statements_as_we_do(server: PostgresServer) -> None:
    script = "select 1 /*;*/; select ';'; select $a$;$a$; select (2); select 3 -- ;\n"
    command = [str(server.bin_directory / "psql"), "-XAtq", "-d", server.url()]
    output = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60)
    assert len(output.stdout.splitlines()) == len(split_statements(script, "five")) == 5


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("select 1;\n\\ir other.sql\n", "line 2: a psql command"),
        ("select 1 \\gset", "line 1: a psql command"),
        ("copy t from stdin;\n1\n", "line 1: 'copy from stdin'"),
        ("select 1;\nselect 'open", "line 2: a quote or comment that begins here never ends"),
        ('select "open', "line 1: a quote"),
        ("select $a$ $b$", "line 1: a quote"),
        ("/* /* */", "line 1: a quote"),
    ],
)
def test_what_only_psql_could_run_is_refused_with_its_line(script: str, complaint: str) -> None:
    with pytest.raises(MigrationError, match=complaint):
        split_statements(script, "bad")


def test_backslashes_and_semicolons_inside_quotes_are_text() -> None:
    (statement,) = split_statements(r"select '\x;', $$\d;$$, E'\'\\;', " r'"\;"', "text")
    assert statement.words == ["select"]
