"""The operators of filters: how they are written, and the SQL each stands for."""

import re
from dataclasses import dataclass

from api.data.errors import bad_syntax
from api.data.limits import MOST_LIST_VALUES
from api.data.scanner import Scanner

# Operator of the dialect -> operator of SQL, for those that compare with one value.
COMPARISONS = {
    "eq": "=",
    "neq": "<>",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "like": "like",
    "ilike": "ilike",
}
PATTERNS = {"like", "ilike"}
# `is` takes one of these words, which are keywords in SQL: never text from the client.
TRUTHS = {
    "null": "is null",
    "not_null": "is not null",
    "true": "is true",
    "false": "is false",
    "unknown": "is unknown",
}
# Known to PostgREST and not here: refused by name, so that none is mistaken for a bare value.
UNSUPPORTED = {"match", "imatch", "isdistinct", "fts", "plfts", "phfts", "wfts"} | {
    *("cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj")
}
OPERATOR = re.compile(r"(not\.)?([a-z]+)(\([^()]*\))?\.", re.ASCII)


@dataclass(frozen=True, slots=True)
class FilterValue:
    """What stands after the `=` of a filter: `not.operator.value`, or a bare value."""

    operator: str
    value: str
    values: tuple[str, ...] = ()  # of `in`
    negated: bool = False


def parse_filter_value(name: str, text: str) -> FilterValue:
    """Parse the value of a filter; without a known operator it is a bare value: equality.

    Args:
        name: of the query parameter, for messages.
        text: its value.

    Raises:
        DataError: PGRST100.
    """
    found = OPERATOR.match(text)
    operator = found[2] if found else ""
    known = operator in COMPARISONS or operator in {"is", "in"} or operator in UNSUPPORTED
    if found is None or not known:
        return FilterValue("eq", text)
    if operator in UNSUPPORTED or found[3]:
        raise bad_syntax(
            f"The operator '{operator}{found[3] or ''}' in '{name}' is not supported here",
            hint=f"To compare with this very text, write '{name}=eq.{text[:40]}'",
        )
    value, negated = text[found.end() :], found[1] is not None
    if operator == "in":
        return FilterValue("in", "", _list_values(name, value), negated)
    if operator == "is":
        value = value.lower()
        if value not in TRUTHS:
            raise bad_syntax(f"'is' in '{name}' takes one of: {', '.join(TRUTHS)}")
    elif operator in PATTERNS:
        # A percent sign is a nuisance in a URL, so a star stands for it.
        value = value.replace("*", "%")
    return FilterValue(operator, value, (), negated)


def _list_values(name: str, text: str) -> tuple[str, ...]:
    scanner = Scanner(text, name)
    scanner.expect("(")
    if scanner.accept(")") and scanner.at_end:
        return ()
    values = [scanner.value()]
    while scanner.accept(","):
        values.append(scanner.value())
        if len(values) > MOST_LIST_VALUES:
            raise bad_syntax(f"Too many values in '{name}'", f"at most {MOST_LIST_VALUES}")
    scanner.expect(")")
    if not scanner.at_end:
        raise scanner.error("expected the end")
    return tuple(values)
