"""Check that SQL is written where SQL belongs: `python scripts/check_sql_rooms.py`.

It belongs in db/, in files of named queries (config/queries.py), and in the two rooms whose trade
it is: api/data composes it from requests, cli/migrations keeps sqitch's registry. A statement in a
string of any other Python file is found here, unless it is allowed below with a reason.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEARCHED = ("api", "workers", "cli", "config", "outbox", "passwords", "bench")
ROOMS_OF_SQL = ("api/data/", "cli/migrations/")

# What stays in Python: file, how the statement begins, and why.
ALLOWED = {
    ("workers/reachable.py", "select to_regprocedure("): "asked before the queries can be known",
    ("cli/servers/external.py", "select pg_is_in_recovery()"): "asked of a server, not of Tekana",
    ("cli/up/databases.py", "select from pg_database"): "asked before there is a database",
    ("cli/up/databases.py", "create database"): "makes the database that all else is in",
    ("bench/population.py", "create database"): "makes the database that is measured over",
    ("bench/population.py", "drop index tekana"): "the name is found in the catalogue",
    ("cli/up/databases.py", "alter role"): "the passwords of the login roles are made here",
}

# Of each string its beginning, and whatever follows a semicolon. Settings (`set`, `begin`) are no
# statements on data.
STATEMENT = re.compile(
    r"""(?: ^ | ; ) \s*
    (?: select \b .* (?: \b from \b | \( )
      | with \s+ (?: recursive \s+ )? \w+ (?: \s* \( [^)]* \) )? \s+ as \s
      | (?: insert | merge ) \s+ into \s
      | update \s .* \b set \s
      | delete \s+ from \s
      | truncate \s
      | (?: create | alter | drop ) \s+ (?: or \s+ replace \s+ )?
        (?: (?: unique | temporary | temp | unlogged | materialized | event ) \s+ )*
        (?: table | view | index | function | procedure | trigger | policy | role | user | schema
          | database | type | domain | sequence | extension | default ) \b
      | (?: grant | revoke ) \s .* \s (?: to | from ) \s
      | comment \s+ on \s
      | copy \s .* \s (?: from | to ) \s
      | call \s+ [\w.]+ \(
      | do \s+ \$
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class Finding:
    """A string that is a statement."""

    file: str
    line: int
    statement: str

    def __str__(self) -> str:
        """Where it is and how it begins."""
        beginning = " ".join(self.statement.split())[:60]
        return f"{self.file}:{self.line}: SQL in Python: {beginning!r}"


def find_statements(root: Path) -> Iterator[Finding]:
    """Every SQL statement in a string of the Python files outside the rooms of SQL."""
    for room in SEARCHED:
        for path in sorted((root / room).rglob("*.py")):
            file = path.relative_to(root).as_posix()
            if not file.startswith(ROOMS_OF_SQL):
                yield from _statements_in(path, file)


def problems(root: Path) -> list[str]:
    """What is wrong: statements that nothing allows, and allowances that nothing needs."""
    unused = dict(ALLOWED)
    found = []
    for finding in find_statements(root):
        beginning = finding.statement.lstrip()
        allowances = [key for key in ALLOWED if key[0] == finding.file]
        allowance = next((key for key in allowances if beginning.startswith(key[1])), None)
        if allowance is None:
            found.append(f"{finding}; put it into db/ or named queries (config/queries.py)")
        else:
            unused.pop(allowance, None)
    return found + [
        f"{file}: {beginning!r} is allowed and no longer there: take it out of the list"
        for file, beginning in unused
    ]


def _statements_in(path: Path, file: str) -> Iterator[Finding]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    ignored = set(_prose_and_parts(tree))
    for node in ast.walk(tree):
        if id(node) not in ignored and (text := _text(node)) and STATEMENT.search(text):
            yield Finding(file, node.lineno, text)  # type: ignore[attr-defined]


def _text(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):  # a statement with a value in it is one all the same
            return "".join(_text(part) or "x" for part in parts)
    return None


def _prose_and_parts(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as docstring):
                yield id(docstring)
            case ast.JoinedStr(values=parts):
                yield from map(id, parts)


if __name__ == "__main__":
    sys.exit("\n".join(problems(ROOT)) or None)
