"""How functions are written: nothing about them is left to a default."""

import re
from pathlib import Path

import psycopg
import pytest

DATABASE = Path(__file__).parents[3] / "db"
# A setting of their own would keep them out of the statements that they are part of.
INLINED = {"tekana.find_by_key"}
HEADERS = re.compile(
    r"create (?:or replace )?function ([\w.]+)(.*?)(?:\bas \$|^return\b)", re.DOTALL | re.MULTILINE
)


def headers() -> list[tuple[str, str]]:
    """Name of each function in db/ → what is said of it before its body, comments left out."""
    found: list[tuple[str, str]] = []
    for path in sorted(DATABASE.rglob("*.sql")):
        text = re.sub(r"--[^\n]*", "", path.read_text())
        found += HEADERS.findall(text)
    return found


def test_the_sources_hold_every_function_of_the_database(connection: psycopg.Connection) -> None:
    query = """
        select pronamespace::regnamespace || '.' || proname from pg_proc
        where pronamespace = any ('{tekana,api,analytics}'::regnamespace[]) order by 1
    """
    assert [name for (name,) in connection.execute(query)] == sorted(name for name, _ in headers())


@pytest.mark.parametrize(("name", "header"), headers())
def test_every_function_says_how_volatile_it_is(name: str, header: str) -> None:
    assert len(re.findall(r"\b(?:volatile|stable|immutable)\b", header)) == 1


def test_every_function_has_an_empty_search_path(connection: psycopg.Connection) -> None:
    query = """
        select oid::regprocedure::text from pg_proc
        where pronamespace = any ('{tekana,api,analytics}'::regnamespace[])
            and 'search_path=""' <> all (coalesce(proconfig, '{}'))
            -- Names in a parsed body were bound when the function was made.
            and (prosqlbody is null or prosecdef or proconfig is not null)
    """
    assert {name.split("(")[0] for (name,) in connection.execute(query)} == INLINED


def test_every_function_of_the_contract_takes_its_arguments_by_name(
    connection: psycopg.Connection,
) -> None:
    query = """
        select oid::regprocedure::text from pg_proc
        where pronamespace = 'api'::regnamespace and pronargs > 0
            and (proargnames is null or '' = any (proargnames))
    """
    assert connection.execute(query).fetchall() == []
