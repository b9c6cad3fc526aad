"""Read `sqitch.plan`: the changes in order, what they depend on, and the tags on them.

The grammar is sqitch's (sqitchplan(5), App::Sqitch::Plan). What Tekana does not run is refused
here, in words, rather than half understood: changes planned twice (rework), conflicts, dependencies
on other projects.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cli.migrations import MigrationError
from cli.migrations.identity import change_id, tag_id

PUNCTUATION = re.escape("-!\"#$%&'()*+,./:;<=>?@[\\]^`{|}~")
NAME = rf"(?![{PUNCTUATION}])(?:(?![~/=%^]\d+(?:$|[ \t]))[^ \t:@#\\])+(?<![{PUNCTUATION}])\b"
LINE = re.compile(
    rf"""[ \t]*(?P<sign>@|\+|-)?[ \t]*(?P<name>{NAME})(?:[ \t]+|$)
    (?:\[(?P<dependencies>[^\]]+)\][ \t]*)?
    (?P<date>\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ)[ \t]*
    (?P<planner>[^<]+[ \t]+<[^>]+>)[ \t]*$""",
    re.VERBOSE,
)
PRAGMA = re.compile(r"[ \t]*%[ \t]*(?P<name>[\w-]+)(?:[ \t]*=[ \t]*(?P<value>.+))?$")
NOTE = re.compile(r"[ \t]*(?:#[ \t]*(?P<note>.*))?$")
DEPENDENCY = re.compile(rf"(?P<change>{NAME})?(?:@(?P<tag>{NAME}))?\Z")
# Ids hash the canonical form of the URI: only those that are written in it are taken.
CANONICAL_URI = re.compile(r"[a-z][a-z0-9+.-]*://[a-z0-9.-]+/[\w.~/-]*\Z", re.ASCII)


@dataclass(frozen=True)
class Tag:
    """A release: everything up to its change is history from then on."""

    tag_id: str
    name: str  # with its @
    note: str
    planned_at: datetime
    planner_name: str
    planner_email: str


@dataclass(frozen=True)
class Dependency:
    """What a change requires to be deployed before it."""

    text: str  # as the registry keeps it: `wallets`, `wallets@v1.0` or `@v1.0`
    change_id: str  # of the change it means


@dataclass(frozen=True)
class Change:
    """One planned change."""

    change_id: str
    name: str
    project: str
    note: str
    planned_at: datetime
    planner_name: str
    planner_email: str
    requires: tuple[Dependency, ...] = ()
    tags: list[Tag] = field(default_factory=list)


@dataclass
class Plan:
    """The plan of one project."""

    project: str
    uri: str | None = None
    changes: list[Change] = field(default_factory=list)

    @property
    def last_tagged(self) -> int:
        """Where the last change with a tag is in the plan; -1 when nothing is released yet."""
        return max((i for i, change in enumerate(self.changes) if change.tags), default=-1)

    def index_of(self, reference: str) -> int:
        """Where a change is in the plan.

        Args:
            reference: its name, or the @name of a tag on it.

        Raises:
            MigrationError: nothing in the plan is called so.
        """
        for index, change in enumerate(self.changes):
            if reference == change.name or reference in (tag.name for tag in change.tags):
                return index
        raise MigrationError(
            f"the plan has no change or tag \"{reference}\": 'tekana migrate status' lists them"
        )


def read_plan(directory: Path) -> Plan:
    """The plan of the project in a directory.

    Raises:
        MigrationError: there is none, or it cannot be understood; names the line.
    """
    try:
        text = (directory / "sqitch.plan").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MigrationError(f"cannot read the plan of {directory.name}/: {error}") from None
    return parse_plan(text)


def parse_plan(text: str) -> Plan:
    """The plan that a text describes.

    Raises:
        MigrationError: it cannot be understood; names the line.
    """
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    plan, first = _parse_header(lines)
    for number, line in enumerate(lines[first:], first + 1):
        try:
            _parse_line(plan, line)
        except ValueError as error:
            raise MigrationError(f"sqitch.plan, line {number}: {error}") from None
    return plan


def _parse_header(lines: list[str]) -> tuple[Plan, int]:
    pragmas: dict[str, str] = {}
    number = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            break
        if line.lstrip().startswith("#"):
            continue
        found = PRAGMA.match(line.partition("#")[0].rstrip())
        if found is None:
            raise MigrationError(
                f"sqitch.plan, line {number}: a blank line must stand between %pragmas and changes"
            )
        pragmas[found["name"]] = found["value"] or ""
    project, uri = pragmas.get("project", ""), pragmas.get("uri")
    if not re.fullmatch(NAME, project):
        raise MigrationError("sqitch.plan: its head needs a line %project=<name>")
    if uri is not None and not CANONICAL_URI.match(uri):
        raise MigrationError(
            f"sqitch.plan: write %uri={uri} in its plain form, as https://example.org/name/"
        )
    return Plan(project, uri), number


def _parse_line(plan: Plan, line: str) -> None:
    found = NOTE.search(line)
    assert found is not None
    entry, note = line[: found.start()], _unescape(found["note"] or "")
    if not entry.strip():
        return
    parsed = LINE.match(entry)
    if parsed is None:
        raise ValueError("not '<name> [dependencies] <date> <planner name> <planner email> # note'")
    date = datetime.strptime(parsed["date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    planner_name, planner_email = re.split(r"[ \t]<", parsed["planner"].removesuffix(">"))
    name, dependencies = parsed["name"], parsed["dependencies"] or ""
    if name in ("ROOT", "HEAD") or re.match("[0-9a-f]{40}", name):
        raise ValueError(f'"{name}" cannot be a name: sqitch gives it a meaning of its own')
    if parsed["sign"] == "-":
        raise ValueError("planned reverts are not supported: write a change that undoes it")
    if parsed["sign"] == "@":
        _add_tag(plan, f"@{name}", dependencies, (note, date, planner_name, planner_email))
    else:
        _add_change(plan, name, dependencies, (note, date, planner_name, planner_email))


_Signature = tuple[str, datetime, str, str]  # note, planned at, planner's name and email


def _add_tag(plan: Plan, name: str, dependencies: str, signature: _Signature) -> None:
    if not plan.changes:
        raise ValueError(f"the tag {name} comes before the first change")
    if dependencies or "/" in name:
        raise ValueError(f"the tag {name} can have neither dependencies nor a / in its name")
    if any(tag.name == name for change in plan.changes for tag in change.tags):
        raise ValueError(f"the tag {name} occurs twice")
    change = plan.changes[-1]
    identity = tag_id(plan.project, plan.uri, name, change.change_id, *signature)
    change.tags.append(Tag(identity, name, *signature))


def _add_change(plan: Plan, name: str, dependencies: str, signature: _Signature) -> None:
    if name in {change.name for change in plan.changes}:
        raise ValueError(
            f'the change "{name}" occurs twice: reworked changes are not supported, plan a '
            "change with "
            "a name of its own ('tekana migrate freeze' keeps the old definitions for its revert)"
        )
    parsed = tuple(_parse_dependency(plan, text) for text in dependencies.split())
    if len({one.text for one in parsed}) < len(parsed):
        raise ValueError(f'the change "{name}" has the same dependency twice')
    parent = plan.changes[-1].change_id if plan.changes else None
    texts = [one.text for one in parsed]
    identity = change_id(plan.project, plan.uri, name, parent, texts, *signature)
    plan.changes.append(Change(identity, name, plan.project, *signature, parsed))


def _parse_dependency(plan: Plan, text: str) -> Dependency:
    if text.startswith("!"):
        raise ValueError(
            f'"{text}": conflicts are not supported, because changes are deployed in one '
            "order: remove it"
        )
    found = DEPENDENCY.match(text)
    if found is None or not (found["change"] or found["tag"]):
        raise ValueError(
            f'"{text}" is not a supported dependency: name a change of this plan '
            "(other projects and change ids are not supported)"
        )
    try:
        reach = plan.index_of(f"@{found['tag']}") if found["tag"] else len(plan.changes) - 1
        index = plan.index_of(found["change"]) if found["change"] else reach
    except MigrationError:
        raise ValueError(f'"{text}" must come earlier in the plan') from None
    if index > reach:
        raise ValueError(f'"{text}": the change comes after the tag')
    return Dependency(text, plan.changes[index].change_id)


def _unescape(note: str) -> str:
    meanings = {r"\n": "\n", r"\r": "\r", "\\\\": "\\"}
    return re.sub(r"\\[\\nr]", lambda found: meanings[found.group()], note.strip())
