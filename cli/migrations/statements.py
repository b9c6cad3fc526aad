"""Cut a script of SQL into its statements, as psql does.

sqitch runs scripts with psql and Tekana through psycopg, so both must see the same statements: the
rules are those of PostgreSQL's lexical structure (manual, chapter 4.1), and psql's for function
bodies between `begin atomic` and `end`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cli.migrations import MigrationError

TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<line_comment>--[^\n]*)
    | (?P<block_comment>/\*)
    | (?P<text>[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*")
    | (?P<dollar_quote>\$(?:[^\W\d]\w*)?\$)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>\d[\w.]*)
    | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)
BLOCK_COMMENT_EDGE = re.compile(r"/\*|\*/")
ROUTINE = re.compile(r"create (or replace )?(function|procedure)")


@dataclass
class Statement:
    """One statement, without its semicolon."""

    start: int  # where in the script its first word is
    line: int  # of that, counted from 1
    words: list[str] = field(default_factory=list)  # lower case; quoted text left out
    text: str = ""


@dataclass
class _Nesting:
    """What must be closed before a semicolon ends the statement."""

    parentheses: int = 0
    blocks: int = 0

    def read_word(self, statement: Statement) -> None:
        word = statement.words[-1]
        inside = self.blocks > 0
        if word == "begin" and ROUTINE.match(" ".join(statement.words[:4])):
            self.blocks += 1
        else:
            self.blocks += inside * ((word == "case") - (word == "end"))

    def read_sign(self, sign: str) -> None:
        self.parentheses += (sign == "(") - (sign == ")")

    @property
    def closed(self) -> bool:
        return self.parentheses <= 0 and self.blocks == 0


def split_statements(script: str, name: str) -> list[Statement]:
    """The statements of a script, in order, each from its first word to its semicolon.

    Args:
        script: SQL.
        name: what to call the script in an error, as `deploy/wallets.sql`.

    Raises:
        MigrationError: a quote or comment is not closed, or only psql could run it.
    """
    statements = []
    statement, nesting = None, _Nesting()
    for kind, begin, end in _tokens(script, name):
        if kind in ("space", "comment"):
            continue
        if statement is None:
            statement = Statement(begin, line=script.count("\n", 0, begin) + 1)
        if kind == "word":
            statement.words.append(script[begin:end].lower())
            nesting.read_word(statement)
        elif kind == "sign":
            nesting.read_sign(script[begin])
            if script[begin] == ";" and nesting.closed:
                statement.text = script[statement.start : begin]
                statements.append(statement)
                statement, nesting = None, _Nesting()
    if statement is not None:
        statement.text = script[statement.start :]
        statements.append(statement)
    for found in statements:
        if found.words[:1] == ["copy"] and "stdin" in found.words:
            raise _only_psql(name, found.line, "'copy from stdin'", "'insert'")
    return [found for found in statements if found.text]


def _tokens(script: str, name: str) -> Iterator[tuple[str, int, int]]:
    position = 0
    while found := TOKEN.match(script, position):
        kind, begin, position = str(found.lastgroup), found.start(), found.end()
        if kind == "line_comment":
            kind = "comment"
        elif kind == "block_comment":
            kind, position = "comment", _end_of_comment(script, position)
        elif kind == "dollar_quote":
            kind, closing = "text", script.find(found.group(), position)
            position = closing + len(found.group()) if closing >= 0 else -1
        elif found.group() in ("'", '"'):
            position = -1
        elif found.group() == "\\":
            line = script.count("\n", 0, begin) + 1
            raise _only_psql(name, line, "a psql command (a backslash)", "SQL")
        if position < 0:
            line = script.count("\n", 0, begin) + 1
            raise MigrationError(
                f"{name}, line {line}: a quote or comment that begins here never ends"
            )
        yield kind, begin, position


def _end_of_comment(script: str, position: int) -> int:
    """Where a block comment ends (they nest), or -1."""
    depth = 1
    while edge := BLOCK_COMMENT_EDGE.search(script, position):
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
        if depth == 0:
            return position
    return -1


def _only_psql(name: str, line: int, what: str, instead: str) -> MigrationError:
    return MigrationError(f"{name}, line {line}: {what} runs in psql only: write {instead} instead")
