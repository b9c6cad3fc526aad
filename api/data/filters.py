"""Parsing of filters: `path=operator.value` and trees of them under `and` and `or`.

https://docs.postgrest.org/en/v12/references/api/tables_views.html#horizontal-filtering
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from api.data.errors import bad_syntax, too_much
from api.data.fragment import array_literal
from api.data.limits import Limits
from api.data.scanner import Scanner, read_whole
from api.data.selection import Path, parse_path

# Operators of the dialect, and those of SQL. These can be asked of any or all of several values:
QUANTIFIABLE = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
QUANTIFIABLE |= {"like": "like", "ilike": "ilike", "match": "~", "imatch": "~*"}
PATTERNS = {"like", "ilike"}
COMPARISONS = QUANTIFIABLE | {"neq": "<>", "isdistinct": "is distinct from"}
COMPARISONS |= {"in": "="}  # any of several
COMPARISONS |= {"cs": "@>", "cd": "<@", "ov": "&&"}  # contains, is contained in, overlaps
COMPARISONS |= {"sl": "<<", "sr": ">>", "nxr": "&<", "nxl": "&>", "adj": "-|-"}  # of ranges
SEARCHES = {"fts": "to", "plfts": "plainto", "phfts": "phraseto", "wfts": "websearch_to"}
# `is` takes one of these words, which are keywords in SQL: never text from the client.
TRUTHS = {"null": "null", "not_null": "not null"}
TRUTHS |= {word: word for word in ("true", "false", "unknown")}
OPERATORS = {*COMPARISONS, *SEARCHES, "is"}
# What encoders of lists write behind a name: `name[0]=…&name[1]=…`. PostgREST ignores it.
PLACES = re.compile(r"(?:\[[0-9]*\])+")
# What stands before a value: `not.`, the name of an operator, its modifier.
OPERATION = re.compile(rf"(not\.)?({'|'.join(OPERATORS)})(?:\(([\w $]+)\))?\.", re.ASCII)


def as_given(value: Any) -> Any:
    """Reads an operand as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Operand:
    """A value that comes with each request of the same shape: which one, and how it is read."""

    place: int
    read: Callable[[Any], Any] = as_given


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition."""

    path: Path
    operator: str
    value: str | Operand
    negated: bool = False
    modifier: str | None = None  # any or all; of a text search, its language


@dataclass(frozen=True, slots=True)
class Logic:
    """Conditions of which all (`and`) or any (`or`) must hold."""

    operator: str
    parts: "tuple[Condition, ...]"
    negated: bool = False


Condition = Comparison | Logic


def split_operation(text: str) -> tuple[str, str | None]:
    """The part of a filter's value that gives the query its shape, and the value compared with.

    A value without a known operator is compared for equality. `is` has no value to compare with:
    its words are part of the shape.
    """
    found = OPERATION.match(text)
    if found is None:
        return "eq.", text
    return (text, None) if found[2] == "is" else (found[0], text[found.end() :])


def parse_filter(name: str, operation: str, place: int | None, limits: Limits) -> Comparison:
    """Parse a filter of the query string.

    Args:
        name: of the parameter: the path.
        operation: from `split_operation`.
        place: which of the request's operands it compares with.
        limits: of lists.

    Raises:
        DataError: PGRST100.
    """
    scanner = Scanner(name, name)
    path = parse_path(scanner)
    scanner.match(PLACES)
    scanner.expect_end()
    found = _operation(Scanner(operation, name))
    if place is None:
        return _compare(path, found, operation[found.end() :], name)
    read: Callable[[str], str] = str
    if found[2] == "in":
        read = partial(read_whole, parameter=name, step=partial(_list, most=limits.list_values))
    elif found[2] in PATTERNS:
        read = _stars
    return _compare(path, found, Operand(place, read), name)


def parse_logic(name: str, operator: str, text: str, limits: Limits, *, negated: bool) -> Logic:
    """Parse the value of a parameter `and` or `or`: conditions in parentheses.

    Raises:
        DataError: PGRST100.
    """
    parts = read_whole(text, name, partial(_conditions, limits=limits, depth=0))
    return Logic(operator, parts, negated)


def count_conditions(condition: Condition) -> int:
    """How many comparisons there are in a tree."""
    return sum(map(count_conditions, condition.parts)) if isinstance(condition, Logic) else 1


def _conditions(scanner: Scanner, limits: Limits, depth: int) -> tuple[Condition, ...]:
    if depth > limits.embedding_depth:
        most = f"at most {limits.embedding_depth} levels"
        raise bad_syntax("Conditions are nested too deeply", most)
    return scanner.enclosed(lambda: _condition(scanner, limits, depth))


NESTED = re.compile(r"[ \t]*(not\.)?(and|or)(?=[ \t]*\()")


def _condition(scanner: Scanner, limits: Limits, depth: int) -> Condition:
    if nested := scanner.match(NESTED):
        parts = _conditions(scanner, limits, depth + 1)
        return Logic(nested[2], parts, nested[1] is not None)
    path = parse_path(scanner)
    scanner.expect(".")
    found = _operation(scanner)
    scanner.position = found.end()
    if found[2] == "in":
        value = _list(scanner, limits.list_values)
    else:
        value = scanner.value(array=True)
        value = _stars(value) if found[2] in PATTERNS else value
    return _compare(path, found, value, scanner.parameter)


def _operation(scanner: Scanner) -> re.Match[str]:
    found = OPERATION.match(scanner.text, scanner.position)
    if found is None:
        raise scanner.error("expected an operator (eq, gt, …)")
    return found


def _compare(path: Path, found: re.Match[str], value: str | Operand, name: str) -> Comparison:
    operator, modifier = found[2], found[3]
    if operator == "is" and isinstance(value, str):
        value = value.lower()
        if value not in TRUTHS:
            raise bad_syntax(f"'is' in '{name}' takes one of: {', '.join(TRUTHS)}")
    known = operator in SEARCHES or (operator in QUANTIFIABLE and modifier in {"any", "all"})
    if modifier and not known:
        raise bad_syntax(f"The operator '{operator}({modifier})' in '{name}' is not known")
    return Comparison(path, operator, value, found[1] is not None, modifier)


def _stars(value: str) -> str:
    """A percent sign is a nuisance in a URL, so a star stands for it in patterns."""
    return value.replace("*", "%")


def _list(scanner: Scanner, most: int) -> str:
    """The values of `in`, as the text of an array."""
    values = scanner.enclosed(scanner.value)
    if len(values) > most:
        raise too_much(f"values in '{scanner.parameter}'", most)
    return array_literal(() if values == ("",) else values)
