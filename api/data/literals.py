"""Numbers written as text: what is let through to PostgreSQL, which reads more than we mean.

PostgreSQL 16 and later take '1_000' and '0x10' for integers, and every version takes ' 7 '.
"""

import re

from api.data.catalogue import DataType, Kind
from api.data.limits import LARGEST_EXPONENT, LONGEST_NUMBER

INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
DECIMAL = re.compile(r"[+-]?(?P<digits>[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE](?P<exponent>[+-]?[0-9]+))?")
LARGEST_INTEGERS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}


def number_problem(text: str, data_type: DataType) -> str | None:
    """What is wrong with a text as a number of that type; None when nothing is.

    Args:
        text: as the client wrote it.
        data_type: any; texts for types that are no numbers are left to PostgreSQL.
    """
    if data_type.kind is Kind.INTEGER:
        if not INTEGER.fullmatch(text):
            return "must be a whole number"
        # Compared as text first: Python refuses to read integers of thousands of digits.
        if len(text) > LONGEST_NUMBER:
            return "is out of range"
        largest = LARGEST_INTEGERS[data_type.name]
        return None if -largest <= int(text) < largest else "is out of range"
    if data_type.kind in {Kind.DECIMAL, Kind.FLOAT}:
        return _decimal_problem(text)
    return None


def _decimal_problem(text: str) -> str | None:
    # The lengths are looked at before the pattern, so that no text is long to match.
    if len(text) > LONGEST_NUMBER + LARGEST_EXPONENT or not (found := DECIMAL.fullmatch(text)):
        return "must be a decimal number"
    if len(found["digits"].replace(".", "")) > LONGEST_NUMBER:
        return f"must have at most {LONGEST_NUMBER} digits"
    exponent = found["exponent"]
    if exponent and (len(exponent) > LONGEST_NUMBER or abs(int(exponent)) > LARGEST_EXPONENT):
        return "is out of range"
    return None


def array_literal(values: tuple[str | None, ...]) -> str:
    """PostgreSQL's text form of an array of texts, every element quoted."""
    return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
