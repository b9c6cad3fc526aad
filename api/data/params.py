"""Parsing: a query string becomes a tree that knows the syntax and nothing of the database.

The values that filters compare with are kept apart from the rest, which is the shape of the query:
queries of one shape are parsed, planned and written as SQL once.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from api.data.errors import DataError, bad_range, bad_syntax, too_much
from api.data.filters import Condition, count_conditions, parse_filter, parse_logic, split_operation
from api.data.limits import LARGEST_NUMBER, Limits
from api.data.scanner import Scanner, read_whole
from api.data.selection import Embed, Path, SelectItem, Star, parse_path, parse_select

# Of the request itself, and of the request or an embedded relation (`relation.order=…`).
RESERVED = {"select", "columns", "on_conflict"}
EMBEDDABLE = {"order", "limit", "offset", "and", "or"}
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)

NO_CHOICES: Mapping[str, Sequence[str]] = {}
Pairs = Sequence[tuple[str, str]]
Shape = tuple[tuple[str, str, int | None], ...]  # name, value or operation, place of the operand


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One term of `order`; no nulls_first: PostgreSQL's default for the direction."""

    path: Path
    descending: bool = False
    nulls_first: bool | None = None
    relation: str | None = None  # an embedded to-one relation that the path belongs to


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows: at most `limit` after the first `offset`."""

    limit: int | None = None
    offset: int = 0


@dataclass(slots=True)
class Query:
    """What is asked of a relation, the request's own or one embedded in another."""

    items: tuple[SelectItem, ...]
    embedded: "list[tuple[Embed, Query]]"
    filters: list[Condition] = field(default_factory=list)
    order: tuple[OrderTerm, ...] = ()
    page: Page = Page()

    @classmethod
    def of(cls, items: tuple[SelectItem, ...]) -> "Query":
        """Nothing yet but what is selected."""
        return cls(items, [(one, cls.of(one.items)) for one in items if isinstance(one, Embed)])

    def at(self, where: Iterable[str]) -> "Query":
        """What is asked of a relation that is embedded under these names, the outermost first.

        Of several of one name the first is meant.

        Raises:
            DataError: PGRST108, no relation is embedded under such a name.
        """
        found = self
        for name in where:
            parts = [part for one, part in found.embedded if name in {one.alias, one.relation}]
            if not parts:
                raise not_embedded(name)
            found = parts[0]
        return found


def not_embedded(name: str) -> DataError:
    """Something is said about a relation that `select` does not embed."""
    hint = f"Verify that '{name}' is included in the 'select' query parameter."
    message = f"'{name}' is not an embedded resource in this request"
    return DataError(400, "PGRST108", message, hint=hint)


def read_pairs(query_string: str, limits: Limits) -> list[tuple[str, str]]:
    """The name=value pairs of a query string, percent-decoded, in order.

    Raises:
        DataError: PGRST100, it is too long, or not UTF-8 text without NUL characters.
    """
    if len(query_string) > limits.query_length:
        longest = f"at most {limits.query_length} bytes are read"
        raise bad_syntax("The query string is too long", longest)
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict")
        "".join(name + value for name, value in pairs).encode()
    except UnicodeError:
        raise bad_syntax("The query string is not valid UTF-8") from None
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            shown = name.replace("\0", "")
            raise bad_syntax(f"The '{shown}' parameter contains a NUL character")
    return pairs


def is_reserved(name: str) -> bool:
    """Whether a parameter is part of the dialect rather than a filter."""
    return name in RESERVED or name.rpartition(".")[2] in EMBEDDABLE


def split_shape(
    pairs: Pairs, choices: Mapping[str, Sequence[str]] = NO_CHOICES
) -> tuple[Shape, list[str]]:
    """The shape of a query, and the operands that differ between queries of this shape.

    Args:
        pairs: of the query string.
        choices: the values of columns that have only so many: one of them is part of the shape.
            PostgreSQL plans for it, and an index may be of rows that have it.
    """
    shape: list[tuple[str, str, int | None]] = []
    operands: list[str] = []
    for name, value in pairs:
        operation, operand = (value, None) if is_reserved(name) else split_operation(value)
        if operation == "eq." and operand in choices.get(name, ()):
            operation, operand = f"eq.{operand}", None
        shape.append((name, operation, None if operand is None else len(operands)))
        if operand is not None:
            operands.append(operand)
    return tuple(shape), operands


def parse_query(shape: Shape, limits: Limits) -> Query:
    """Parse the shape of a query string.

    Of several of one name that counts once, `limit` and `offset`, the last one does, of others the
    first, as in PostgREST.

    Raises:
        DataError: PGRST100 for what cannot be read, PGRST103 for a negative limit, PGRST108 for
            what is said about a relation that is not embedded.
    """
    select = next((text for name, text, _ in shape if name == "select"), "")
    query = Query.of(parse_select(select, limits) if select else (Star(),))
    conditions = 0
    for name, text, place in shape:
        if name in RESERVED:
            continue
        where, last = _split_name(name)
        negated = last in {"and", "or"} and "not" in where
        asked = query.at(step for step in where if not negated or step != "not")
        if not is_reserved(name):
            asked.filters.append(parse_filter(last, text, place, limits))
            conditions += 1
        elif last in {"and", "or"}:
            logic = parse_logic(name, last, text, limits, negated=negated)
            asked.filters.append(logic)
            conditions += count_conditions(logic)
        elif last == "order" and text:
            asked.order = asked.order or parse_order(text, limits)
        elif last in {"limit", "offset"}:
            asked.page = replace(asked.page, **{last: _whole_number(last, text)})
    if conditions > limits.filters:
        raise too_much("filters", limits.filters)
    return query


def parse_order(text: str, limits: Limits) -> tuple[OrderTerm, ...]:
    """Parse the value of `order`: `column.desc.nullslast,relation(column)`.

    Raises:
        DataError: PGRST100.
    """
    scanner = Scanner(text, "order")
    terms = scanner.some(lambda: _order_term(scanner))
    if len(terms) > limits.order_terms:
        raise too_much("order terms", limits.order_terms)
    return terms


ORDER_WORDS = re.compile(r"(?:\.(asc|desc))?(?:\.(nullsfirst|nullslast))?[ \t]*(?=,|\Z)")


def _order_term(scanner: Scanner) -> OrderTerm:
    path, relation = parse_path(scanner), None
    if not path.steps and scanner.accept("("):
        relation, path = path.name, parse_path(scanner)
        scanner.expect(")")
    words = scanner.match(ORDER_WORDS)
    if words is None:
        raise scanner.error("expected asc, desc, nullsfirst or nullslast")
    nulls_first = words[2] == "nullsfirst" if words[2] else None
    return OrderTerm(path, words[1] == "desc", nulls_first, relation)


def _split_name(name: str) -> tuple[list[str], str]:
    """The embedded relations that lead to what a parameter is about, and what it is there."""
    scanner = Scanner(name, name)
    steps = [scanner.name()]
    start = 0
    while scanner.accept("."):
        start = scanner.position
        steps.append(scanner.name())
    return steps[:-1], name[start:]


def parse_columns(text: str) -> frozenset[str]:
    """Parse the value of `columns`: which members of a body count.

    Raises:
        DataError: PGRST100.
    """
    return frozenset(read_whole(text, "columns", lambda scanner: scanner.some(scanner.name)))


def _whole_number(name: str, text: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text):
        raise bad_syntax(f"The '{name}' parameter is not a whole number")
    number = int(text)
    if number < 0:
        raise bad_range(f"{name.capitalize()} should be greater than or equal to zero.")
    return min(number, LARGEST_NUMBER)
