"""Parsing of `select`: columns and embedded relations, as a tree.

Grammar: https://docs.postgrest.org/en/v12/references/api/tables_views.html#vertical-filtering
and https://docs.postgrest.org/en/v12/references/api/resource_embedding.html
"""

from dataclasses import dataclass

from api.data.errors import bad_syntax
from api.data.limits import DEEPEST_SELECT, MOST_SELECT_ITEMS
from api.data.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Path:
    """A column, or a place inside a JSON column: its name and then `(arrow, key)` steps."""

    name: str
    steps: tuple[tuple[str, str], ...] = ()


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
    hints: tuple[str, ...] = ()
    spread: bool = False


SelectItem = Star | Field | Embed


def parse_select(text: str) -> tuple[SelectItem, ...]:
    """Parse the value of `select`; an empty one selects nothing.

    Raises:
        DataError: PGRST100.
    """
    if text.count(",") >= MOST_SELECT_ITEMS:
        raise bad_syntax("Too many select items", f"at most {MOST_SELECT_ITEMS} are allowed")
    scanner = Scanner(text, "select")
    items = () if scanner.at_end else _items(scanner, 1)
    if not scanner.at_end:
        raise scanner.error("expected ','")
    return items


def parse_path(scanner: Scanner) -> Path:
    """Step over a column name and the JSON arrows after it.

    Raises:
        DataError: PGRST100.
    """
    name = scanner.name()
    steps = []
    while arrow := scanner.accept("->>", "->"):
        steps.append((arrow, scanner.name()))
    return Path(name, tuple(steps))


def _items(scanner: Scanner, depth: int) -> tuple[SelectItem, ...]:
    if depth > DEEPEST_SELECT:
        raise bad_syntax("select is nested too deeply", f"at most {DEEPEST_SELECT} levels")
    items = [_item(scanner, depth)]
    while scanner.accept(","):
        items.append(_item(scanner, depth))
    return tuple(items)


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
    hints = []
    while scanner.accept("!"):
        hints.append(scanner.name())
    if scanner.accept("("):
        items = () if scanner.accept(")") else _items(scanner, depth + 1)
        if items:
            scanner.expect(")")
        return Embed(path.name, items, alias, tuple(hints), spread)
    if spread or hints:
        raise scanner.error("expected '('")
    return Field(path, alias, scanner.name() if scanner.accept("::") else None)
