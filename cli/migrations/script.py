"""One deploy, revert or verify script: read it, and run it inside or outside a transaction."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg

from cli.migrations import MigrationError
from cli.migrations.statements import Statement, split_statements

CONTROLS = {"begin", "start", "commit", "end", "rollback", "abort"}
OPENINGS = (["begin"], ["begin", "transaction"], ["begin", "work"], ["start", "transaction"])
CLOSINGS = [
    [verb, *rest]
    for verb in ("commit", "end", "rollback")
    for rest in ([], ["transaction"], ["work"])
]


@dataclass(frozen=True)
class Script:
    """A script as it is on disk."""

    path: Path
    name: str  # for people, as `deploy/wallets.sql`
    content: bytes

    @classmethod
    def read(cls, path: Path) -> "Script":
        """The script in a file.

        Raises:
            MigrationError: there is no such file.
        """
        name = "/".join(path.parts[-2:])
        try:
            return cls(path, name, path.read_bytes())
        except OSError as error:
            raise MigrationError(f"cannot read the script {name}: {error.strerror}") from None

    @property
    def sha1(self) -> str:
        """The hash under which sqitch's registry remembers a deploy script."""
        return hashlib.sha1(self.content, usedforsecurity=False).hexdigest()

    @property
    def text(self) -> str:
        """What it says.

        Raises:
            MigrationError: it is not UTF-8.
        """
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            raise MigrationError(f"{self.name} is not UTF-8: save it as UTF-8") from None

    @cached_property
    def statements(self) -> list[Statement]:
        """Its statements.

        Raises:
            MigrationError: it is not UTF-8, or not plain SQL.
        """
        return split_statements(self.text, self.name)

    @property
    def is_one_transaction(self) -> bool:
        """Whether it is `begin; … commit;` (or `rollback;`), with no other transaction inside."""
        controls = [
            index
            for index, statement in enumerate(self.statements)
            if _controls_transactions(statement)
        ]
        return (
            controls == [0, len(self.statements) - 1]
            and self.statements[0].words in OPENINGS
            and self.statements[-1].words in CLOSINGS
        )

    def check_rolled_back(self) -> None:
        """Make sure that it is `begin; … rollback;`, so that it changes nothing.

        Raises:
            MigrationError: it is not.
        """
        if not self.is_one_transaction or self.statements[-1].words[0] != "rollback":
            raise MigrationError(
                f"{self.name} must begin with 'begin;', end with 'rollback;' and contain no "
                "other transaction: verifying must not change anything"
            )

    def run(self, connection: psycopg.Connection) -> None:
        """Run it as it is, each statement alone, on a connection in autocommit mode."""
        self._run(connection, self.statements)

    def run_body(self, connection: psycopg.Connection) -> None:
        """Run what is between its `begin` and `commit`, in the transaction that is open."""
        inner = self.statements[1:-1] if self.is_one_transaction else self.statements
        self._run(connection, inner)

    def _run(self, connection: psycopg.Connection, statements: list[Statement]) -> None:
        for statement in statements:
            try:
                # Bytes: a script is no format string, and psycopg takes only literals as text.
                connection.execute(statement.text.encode(), prepare=False)
            except psycopg.Error as error:
                error.add_note(f"{self.name}, line {_line_of(error, statement)}")
                raise


def _line_of(error: psycopg.Error, statement: Statement) -> int:
    """The line PostgreSQL points at, or else the first of the statement."""
    position = error.diag.statement_position
    if position is None:
        return statement.line
    return statement.line + statement.text.count("\n", 0, int(position) - 1)


def _controls_transactions(statement: Statement) -> bool:
    """Whether it begins or ends a transaction; `rollback to` a savepoint does not."""
    words = statement.words
    if words[:2] == ["prepare", "transaction"]:
        return True
    return not CONTROLS.isdisjoint(words[:1]) and "to" not in words
