"""Parsing of `select`: columns and embedded relations, as a tree.

Grammar: https://docs.postgrest.org/en/v12/references/api/tables_views.html#vertical-filtering
and https://docs.postgrest.org/en/v12/references/api/resource_embedding.html
"""

import re
from dataclasses import dataclass

from api.data.errors import DataError, bad_syntax
from api.data.limits import Limits
from api.data.scanner import Scanner, read_whole

# A place in a JSON array, and not a key that begins with a digit.
# Up to where the path goes on or ends; what else begins with a dash is a bad place.
KEY = re.compile(r"(?:[^-:.,>()\"]|-(?!>)|:(?!:))+")
INDEX = re.compile(r"-?[0-9]{1,9}(?=->|::|[.,)]|$)", re.ASCII)
AGGREGATE = re.compile(r"\.(?:sum|avg|count|max|min)\(\)")


@dataclass(frozen=True, slots=True)
class Path:
    """A column, or a place inside a JSON column: its name and then `(arrow, key)` steps."""

    name: str
    steps: tuple[tuple[str, str | int], ...] = ()

    @property
    def label(self) -> str:
        """What a value from here is called: the last key, else the column."""
        keys = [key for _, key in self.steps if isinstance(key, str)]
        return keys[-1] if keys else self.name


@dataclass(frozen=True, slots=True)
class Star:
    """`*`: every column."""


@dataclass(frozen=True, slots=True)
class Field:
    """`alias:path::cast`."""

    path: Path
    alias: str | None = None
    cast: str | None = None


@dataclass(frozen=True, slots=True)
class Embed:
    """`alias:relation!hint!inner(…)`, or `...relation(…)` when spread."""

    relation: str
    items: "tuple[SelectItem, ...]"
    alias: str | None = None
    hint: str | None = None
    inner: bool = False
    spread: bool = False

    @property
    def label(self) -> str:
        """What it is called in the answer and in filters."""
        return self.alias or self.relation


SelectItem = Star | Field | Embed


def parse_select(text: str, limits: Limits) -> tuple[SelectItem, ...]:
    """Parse the value of `select`.

    Raises:
        DataError: PGRST100; PGRST123 for aggregates, which are analysts' work, in SQL.
    """
    return read_whole(text, "select", lambda scanner: _items(scanner, limits.embedding_depth))


def parse_path(scanner: Scanner) -> Path:
    """Step over a column name and the JSON arrows after it.

    Raises:
        DataError: PGRST100.
    """
    name = scanner.name()
    steps: list[tuple[str, str | int]] = []
    while arrow := scanner.accept("->>", "->"):
        if index := scanner.match(INDEX):
            steps.append((arrow, int(index[0])))
        elif scanner.text.startswith("-", scanner.position):
            raise scanner.error("expected a number")
        else:
            key = scanner.match(KEY)
            steps.append((arrow, key[0].strip() if key else scanner.name()))
    return Path(name, tuple(steps))


def _items(scanner: Scanner, depth: int) -> tuple[SelectItem, ...]:
    if depth < 0:
        raise bad_syntax("select is nested too deeply", "embed fewer levels")
    return scanner.some(lambda: _item(scanner, depth))


def _item(scanner: Scanner, depth: int) -> SelectItem:
    if scanner.accept("*"):
        return Star()
    spread = scanner.accept("...") is not None
    path = parse_path(scanner)
    alias = None
    # One colon ends an alias, two begin a cast.
    is_cast = scanner.text.startswith("::", scanner.position)
    if not path.steps and not is_cast and scanner.accept(":"):
        alias = path.name
        path = parse_path(scanner)
    words = []
    while scanner.accept("!"):
        words.append(scanner.name())
    if not path.steps and scanner.accept("("):
        return _embed(scanner, depth, Embed(path.name, (), alias, spread=spread), words)
    if spread or words:
        raise scanner.error("expected '('")
    cast = scanner.name() if scanner.accept("::") else None
    if scanner.match(AGGREGATE):
        raise _no_aggregates()
    return Field(path, alias, cast)


def _embed(scanner: Scanner, depth: int, embed: Embed, words: list[str]) -> Embed:
    items = () if scanner.accept(")") else _items(scanner, depth - 1)
    if items:
        scanner.expect(")")
    elif embed.relation == "count":
        raise _no_aggregates()
    hints = [word for word in words if word not in {"inner", "left"}]
    if len(hints) > 1:
        raise scanner.error("expected one hint")
    hint = hints[0] if hints else None
    return Embed(embed.relation, items, embed.alias, hint, "inner" in words, embed.spread)


def _no_aggregates() -> DataError:
    return DataError(400, "PGRST123", "Use of aggregate functions is not allowed")
