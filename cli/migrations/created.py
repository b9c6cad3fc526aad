"""What a script does, found in its text: enough to undo it and to check that it is there."""

import re
from dataclasses import dataclass, field

from cli.migrations.statements import split_statements

NAME = r"(?P<name>[a-z_][\w.]*)"
CREATION = re.compile(
    r"create (?:or replace )?(?:unique )?"
    r"(?P<kind>schema|table|view|sequence|index|function|procedure|trigger|policy|type|domain)"
    rf" (?:if not exists )?{NAME}(?P<rest>.*)",
    re.DOTALL,
)
OWNING_TABLE = re.compile(r"\bon (?P<table>[a-z_][\w.]*)")
# What is done to objects, beside creating them.
DEEDS = {
    "rows": re.compile(rf"insert into {NAME}"),
    "row security": re.compile(rf"alter table {NAME} enable row level security"),
    "membership": re.compile(r"grant (?P<of>\w+) to (?P<name>\w+)\s*\Z"),
    "default privileges": re.compile(
        rf"alter default privileges for role {NAME} revoke execute on functions from public"
    ),
}


@dataclass(frozen=True)
class Created:
    """An object that a script creates, or what it does to one (of the kinds in DEEDS)."""

    kind: str
    name: str
    of: str = ""  # the table of a trigger or policy, the role of a member
    statement: str = field(default="", compare=False)

    @property
    def drop(self) -> str | None:
        """The statement that undoes it; none for what goes with something else, or stays."""
        if self.kind == "index" or self.kind in DEEDS:
            return None
        if self.kind == "schema":
            return f"drop schema if exists {self.name} cascade;"
        where = f" on {self.of}" if self.of else ""
        return f"drop {self.kind} if exists {self.name}{where};"


def created_by(script: str, name: str) -> list[Created]:
    """What a script creates and does, in its order, each once.

    Args:
        script: SQL in the house style (lower case, schema-qualified, one space between words).
        name: what to call it in an error.
    """
    found: dict[Created, None] = {}
    for statement in split_statements(script, name):
        if creation := CREATION.match(statement.text):
            found[_object(creation)] = None
        for kind, deed in DEEDS.items():
            if match := deed.match(statement.text):
                found[Created(kind, **match.groupdict())] = None
    return list(found)


def _object(creation: re.Match[str]) -> Created:
    kind, name, table = creation["kind"], creation["name"], ""
    if kind in ("trigger", "policy"):
        owning = OWNING_TABLE.search(creation["rest"])
        table = owning["table"] if owning else ""
    elif kind == "index" and (owning := OWNING_TABLE.search(creation["rest"])):
        name = f"{owning['table'].rpartition('.')[0]}.{name}"  # an index lives where its table does
    return Created(kind, name, table, creation.group())
