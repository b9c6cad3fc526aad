"""Parsing: a query string becomes a tree that knows the syntax and nothing of the database."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from api.data.errors import bad_range, bad_syntax
from api.data.limits import LARGEST_OFFSET, LONGEST_QUERY_STRING, MOST_FILTERS, MOST_ORDER_TERMS
from api.data.operators import FilterValue, parse_filter_value
from api.data.scanner import Scanner
from api.data.selection import Path, SelectItem, parse_path, parse_select

ORDER_WORDS = {"asc", "desc", "nullsfirst", "nullslast"}
RESERVED = {"select", "order", "limit", "offset"}
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: `path=operator.value`."""

    path: Path
    value: FilterValue


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One term of `order`; no nulls_first: PostgreSQL's default for the direction."""

    path: Path
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query string, parsed."""

    select: tuple[SelectItem, ...] | None = None  # None: not given, so everything
    filters: tuple[Filter, ...] = ()
    order: tuple[OrderTerm, ...] = ()
    limit: int | None = None
    offset: int = 0


def read_pairs(query_string: str) -> list[tuple[str, str]]:
    """The name=value pairs of a query string, percent-decoded, in order.

    Raises:
        DataError: PGRST100, it is too long, or not UTF-8 text without NUL characters.
    """
    if len(query_string) > LONGEST_QUERY_STRING:
        longest = f"at most {LONGEST_QUERY_STRING} bytes are read"
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


def parse_query(pairs: Sequence[tuple[str, str]]) -> Query:
    """Parse the pairs of a query string.

    Of a reserved parameter given twice the first counts, as in PostgREST.

    Raises:
        DataError: PGRST100 for what cannot be read, PGRST103 for a negative limit or offset.
    """
    reserved: dict[str, str] = {}
    filters = []
    for name, value in pairs:
        if name in RESERVED:
            reserved.setdefault(name, value)
        else:
            filters.append(Filter(_filter_path(name), parse_filter_value(name, value)))
    if len(filters) > MOST_FILTERS:
        raise bad_syntax("Too many filters", f"at most {MOST_FILTERS} are allowed")
    return Query(
        parse_select(reserved["select"]) if "select" in reserved else None,
        tuple(filters),
        parse_order(reserved["order"]) if reserved.get("order") else (),
        _whole_number("limit", reserved["limit"]) if "limit" in reserved else None,
        _whole_number("offset", reserved["offset"]) if "offset" in reserved else 0,
    )


def parse_order(text: str) -> tuple[OrderTerm, ...]:
    """Parse the value of `order`: `column.desc.nullslast,other`.

    Raises:
        DataError: PGRST100.
    """
    scanner = Scanner(text, "order")
    terms = [_order_term(scanner)]
    while scanner.accept(","):
        terms.append(_order_term(scanner))
        if len(terms) > MOST_ORDER_TERMS:
            raise bad_syntax("Too many order terms", f"at most {MOST_ORDER_TERMS} are allowed")
    if not scanner.at_end:
        raise scanner.error("expected ',' or '.asc', '.desc', '.nullsfirst', '.nullslast'")
    return tuple(terms)


def _order_term(scanner: Scanner) -> OrderTerm:
    path = parse_path(scanner)
    words = []
    while scanner.accept("."):
        word = scanner.accept(*ORDER_WORDS)
        if word is None:
            raise scanner.error("expected asc, desc, nullsfirst or nullslast")
        words.append(word)
    directions = [word for word in words if word in {"asc", "desc"}]
    nulls = [word for word in words if word not in {"asc", "desc"}]
    if len(directions) > 1 or len(nulls) > 1 or words != directions + nulls:
        raise scanner.error("expected one direction and then one place for nulls")
    return OrderTerm(path, directions == ["desc"], nulls == ["nullsfirst"] if nulls else None)


def _filter_path(name: str) -> Path:
    """What a filter is about: the parameter's name."""
    if name.removeprefix("not.") in {"and", "or"}:
        raise bad_syntax(f"'{name}' is not supported here: filters given side by side are all met")
    scanner = Scanner(name, name)
    path = parse_path(scanner)
    if scanner.accept("."):
        raise bad_syntax(
            f"'{name}' names an embedded relation, and embedding is not supported here"
        )
    if not scanner.at_end:
        raise scanner.error("expected the name of a column")
    return path


def _whole_number(name: str, text: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text):
        raise bad_syntax(f"The '{name}' parameter is not a whole number")
    number = int(text)
    if number < 0:
        raise bad_range(f"{name.capitalize()} should be greater than or equal to zero.")
    return min(number, LARGEST_OFFSET)
