"""What a script creates, found in its text: enough to drop it and to check that it is there."""

import re
from dataclasses import dataclass

from cli.migrations.statements import split_statements

NAME = r"(?P<name>[a-z_][\w.]*)"
CREATION = re.compile(
    r"create (?:or replace )?(?:unique )?"
    r"(?P<kind>schema|table|view|sequence|index|function|procedure|trigger|policy|type|domain)"
    rf" (?:if not exists )?{NAME}(?P<rest>.*)",
    re.DOTALL,
)
INSERTION = re.compile(rf"insert into {NAME}")
OWNING_TABLE = re.compile(r"\bon (?P<table>[a-z_][\w.]*)")


@dataclass(frozen=True)
class Created:
    """An object that a script creates, or the table it fills (kind `rows`)."""

    kind: str
    name: str
    table: str = ""  # of a trigger or policy

    @property
    def drop(self) -> str:
        """The statement that undoes it; not for `rows`."""
        if self.kind == "schema":
            return f"drop schema {self.name} cascade;"
        return f"drop {self.kind} {self.name}{f' on {self.table}' if self.table else ''};"


def created_by(script: str, name: str) -> list[Created]:
    """What a script creates and fills, in its order, each once.

    Args:
        script: SQL in the house style (lower case, schema-qualified, one space between words).
        name: what to call it in an error.
    """
    found: dict[Created, None] = {}
    for statement in split_statements(script, name):
        if creation := CREATION.match(statement.text):
            found[_object(creation)] = None
        elif insertion := INSERTION.match(statement.text):
            found[Created("rows", insertion["name"])] = None
    return list(found)


def _object(creation: re.Match[str]) -> Created:
    kind, name, table = creation["kind"], creation["name"], ""
    if kind in ("trigger", "policy"):
        owning = OWNING_TABLE.search(creation["rest"])
        table = owning["table"] if owning else ""
    elif kind == "index" and (owning := OWNING_TABLE.search(creation["rest"])):
        name = f"{owning['table'].rpartition('.')[0]}.{name}"  # an index lives where its table does
    return Created(kind, name, table)
