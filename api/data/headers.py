"""Parsing of the request headers that shape an answer: Accept, Prefer, Range."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from api.data.errors import DataError, bad_range
from api.data.params import Page

RANGE = re.compile(r"(?:items=)?([0-9]{1,18})-([0-9]{0,18})", re.ASCII)
PLAN = "application/vnd.pgrst.plan"


class Media:
    """The kinds of body that this package writes for any relation or function."""

    JSON = "application/json"
    OBJECT = "application/vnd.pgrst.object+json"
    ARRAY = "application/vnd.pgrst.array+json"
    CSV = "text/csv"
    LINES = "application/x-ndjson"


OPENAPI = "application/openapi+json; charset=utf-8"  # of what describes them all
ANYTHING = "*/*"
KNOWN = (Media.JSON, Media.OBJECT, Media.ARRAY, Media.CSV, Media.LINES)
# Other names for them in an Accept header.
SYNONYMS = {
    "application/*": Media.JSON,
    "application/vnd.pgrst.object": Media.OBJECT,
    "application/vnd.pgrst.array": Media.ARRAY,
    "application/ndjson": Media.LINES,
}
# Written in UTF-8; of what a database writes itself nobody else knows.
TEXTS = {*KNOWN, PLAN + "+text", PLAN + "+json", "text/plain", "text/xml", "application/geo+json"}


@dataclass(frozen=True, slots=True)
class Accept:
    """A body that a client would take."""

    media: str = Media.JSON
    strip_nulls: bool = False
    explain: str | None = None  # text or json: PostgreSQL's plan is told, not what it gives
    options: tuple[str, ...] = ()  # words of EXPLAIN

    @property
    def content_type(self) -> str:
        """The value of Content-Type."""
        name, more = self.media, ""
        if self.explain:
            name, more = f"{PLAN}+{self.explain}", f'; for="{name}"'
            if self.options:
                more += "; options=" + "|".join(self.options)
        elif self.strip_nulls:
            more = ";nulls=stripped"
        elif name == Media.ARRAY:
            name = Media.JSON
        return f"{name}{more}; charset=utf-8" if name in TEXTS else name


EXPLAIN_OPTIONS = {"analyze", "verbose", "settings", "buffers", "wal"}


def parse_accept(header: str | None) -> tuple[Accept, ...]:
    """The bodies that a client would take, the dearest first."""
    found: list[tuple[float, Accept]] = []
    for entry in re.findall(r'(?:[^,"]|"[^"]*")+', header or ANYTHING):
        name, *rest = (part.strip() for part in entry.split(";"))
        parameters = dict(part.lower().partition("=")[::2] for part in rest)
        weight = parameters.get("q", "1")
        if re.fullmatch(r"[01](?:\.[0-9]{0,3})?", weight, re.ASCII) and float(weight):
            found.append((float(weight), _accept(name.lower(), parameters)))
    return tuple(accept for _, accept in sorted(found, key=lambda one: -one[0]))


def _accept(name: str, parameters: dict[str, str]) -> Accept:
    kind, _, form = name.partition("+")
    options = [word for word in parameters.get("options", "").split("|") if word]
    if kind == PLAN and form in {"", "text", "json"} and EXPLAIN_OPTIONS.issuperset(options):
        target, *more = parameters.get("for", f'"{Media.JSON}"').strip('"').split(";")
        media, strip = SYNONYMS.get(target, target), "nulls=stripped" in more
        return Accept(media, strip, form or "text", tuple(options))
    media = SYNONYMS.get(name, name)
    strip = parameters.get("nulls") == "stripped" and media in {Media.OBJECT, Media.ARRAY}
    return Accept(media, strip)


def not_acceptable(accepts: Iterable[Accept]) -> DataError:
    """Nothing that the client accepts can be written."""
    wanted = ", ".join(accept.content_type.partition(";")[0] for accept in accepts)[:200]
    message = f"None of these media types are available: {wanted}"
    return DataError(406, "PGRST107", message, hint=f"Available are {', '.join(KNOWN)}")


NOTHING = "(?!)"  # a pattern that nothing matches
# Preferences that are known whatever the database, and patterns of their values.
KNOWN_PREFERENCES = {
    "count": "exact|planned|estimated",
    "handling": "strict|lenient",
    "max-affected": "[0-9]{1,18}",
    # Of writing, or of nothing here; known, so that strict handling does not mind them.
    "return": "representation|minimal|headers-only",
    "missing": "default|null",
    "resolution": "merge-duplicates|ignore-duplicates",
    "tx": "commit|rollback",
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the Prefer header asks for, as far as it is honoured (RFC 7240: the rest is ignored)."""

    count: str | None = None
    timezone: str | None = None
    max_affected: int | None = None
    applied: tuple[str, ...] = ()


def parse_prefer(header: str | None, timezones: frozenset[str] = frozenset()) -> Preferences:
    """The preferences of a Prefer header; of one given twice the first counts.

    Args:
        header: its value; several lines joined by commas.
        timezones: the names that the database knows.

    Raises:
        DataError: PGRST122, one is not known and handling=strict.
    """
    found: dict[str, str] = {}
    wrong = []
    for word in re.split("[,;]", header or ""):
        name, _, value = (part.strip() for part in word.partition("="))
        is_timezone = name == "timezone" and value in timezones
        if is_timezone or re.fullmatch(KNOWN_PREFERENCES.get(name, NOTHING), value):
            found.setdefault(name, value)
        elif name:
            wrong.append(word.strip())
    strict = found.get("handling") == "strict"
    if wrong and strict:
        message = "Invalid preferences given with handling=strict"
        raise DataError(400, "PGRST122", message, f"Invalid preferences: {', '.join(wrong)}")
    most = int(found["max-affected"]) if strict and "max-affected" in found else None
    honoured = ("count", "handling", "timezone", *(["max-affected"] if most is not None else []))
    applied = tuple(f"{name}={found[name]}" for name in honoured if name in found)
    return Preferences(found.get("count"), found.get("timezone"), most, applied)


def parse_range(header: str | None, unit: str | None) -> Page:
    """The rows that a Range header names, from the first to the last, or to the end.

    A range of another unit, or one that cannot be read, is ignored, as RFC 9110 (14.2) has it.

    Raises:
        DataError: PGRST103, it ends before it begins.
    """
    found = RANGE.fullmatch((header or "").strip())
    if found is None or (unit or "items").strip().lower() != "items":
        return Page()
    first = int(found[1])
    limit = int(found[2]) + 1 - first if found[2] else None
    if limit is not None and limit <= 0:
        problem = "The lower boundary must be lower than or equal to the upper boundary"
        raise bad_range(f"{problem} in the Range header.")
    return Page(limit, first)
