"""Texts of values: what is let through to PostgreSQL, which reads more than we mean.

PostgreSQL 16 and later take '1_000' and '0x10' for numbers, and every version takes ' 7 '. What one
version refuses is refused for all.
"""

import re
from collections.abc import Callable, Iterable

from api.data.catalogue import DataType, Kind
from api.data.errors import DataError

WHOLE = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|NaN|[+-]?Infinity")
NUMBERS = {Kind.INTEGER: WHOLE, Kind.DECIMAL: DECIMAL, Kind.FLOAT: DECIMAL}


def reader(data_type: DataType, *, blanks: bool = False) -> Callable[[str], str]:
    """What reads a text as a value of a type: it gives the text, or raises DataError 22P02.

    Args:
        data_type: any; only numbers are looked at.
        blanks: whether blanks may stand around it, as between the conditions of an `and`.
    """
    read_by_database = data_type.is_array or data_type.from_text is not None
    pattern = None if read_by_database else NUMBERS.get(data_type.kind)
    if pattern is None:
        return str

    def read(text: str) -> str:
        if not pattern.fullmatch(text.strip(" \t") if blanks else text):
            problem = f'invalid input syntax for type {data_type.name}: "{text[:40]}"'
            raise DataError(400, "22P02", problem)
        return text

    return read


def array_literal(values: Iterable[str | None]) -> str:
    """PostgreSQL's text form of an array of texts, every element quoted."""
    return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
