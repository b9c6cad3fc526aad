"""Checking fields against the parameters of a function, and writing them for PostgreSQL."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from api.data.catalogue import DataType, Function, Kind
from api.data.fragment import array_literal
from api.fields.bodies import LARGEST_EXPONENT, LONGEST_NUMBER, bad_fields

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


Arguments = dict[str, str | None]  # by name, as PostgreSQL's text
Problems = dict[str, str]  # by name, what is wrong


def read_arguments(function: Function, values: Mapping[str, Any]) -> tuple[Arguments, Problems]:
    """The arguments that can be read from a JSON object, and what is wrong with the others.

    For callers who have more to find wrong and tell it all at once; others take `check_arguments`.
    """
    return _read(function, values)


def check_arguments(function: Function, values: Mapping[str, Any]) -> Arguments:
    """The arguments of a call, from a JSON object of `parse_body`, as PostgreSQL's text.

    Raises:
        DataError: 400; `details` names every unknown, missing or wrong field, one on each line.
    """
    arguments, problems = _read(function, values)
    if problems:
        raise bad_fields([f"{name}: {problem}" for name, problem in problems.items()])
    return arguments


class _WrongValueError(ValueError):
    """A value that does not fit its type; the text says what it must be."""


def _read(function: Function, values: Mapping[str, Any]) -> tuple[Arguments, Problems]:
    known = {parameter.name: parameter for parameter in function.parameters}
    problems = {name: _unknown(name, known) for name in values if name not in known}
    arguments: Arguments = {}
    for name, parameter in known.items():
        if name in values:
            try:
                arguments[name] = _text(values[name], parameter.type)
            except _WrongValueError as error:
                problems[name] = str(error)
        elif parameter.required:
            problems[name] = "is required"
    return arguments, problems


def _unknown(name: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(name, list(known), n=1)
    return "is not known" + (f", perhaps you meant '{nearest[0]}'" if nearest else "")


def _text(value: Any, data_type: DataType) -> str | None:
    if data_type.is_array and value is not None:
        if not isinstance(value, list):
            raise _WrongValueError("must be an array")
        element = DataType(data_type.name, data_type.kind)
        return array_literal(_text(member, element) for member in value)
    if data_type.kind is Kind.JSON:
        return write_json(value)
    if value is None:
        return None
    return _WRITERS[data_type.kind](value, data_type)


def _number(value: Any, data_type: DataType) -> str:
    # bool is an int to Python, and not to us. A string of digits is let through for decimals
    # only: there a client without exact numbers has no other way to be exact.
    allowed = (str, int, Decimal) if data_type.kind is not Kind.INTEGER else (int, Decimal)
    if isinstance(value, bool) or not isinstance(value, allowed):
        whole = data_type.kind is Kind.INTEGER
        raise _WrongValueError("must be a whole number" if whole else "must be a number")
    if isinstance(value, Decimal) and data_type.kind is Kind.INTEGER:
        if value != value.to_integral_value():
            raise _WrongValueError("must be a whole number")
        value = int(value)
    # Spelt out: 1E+2 and 100 are the same number, and the digits are counted below.
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if problem := number_problem(text, data_type):
        raise _WrongValueError(problem)
    return text


def _boolean(value: Any, _: DataType) -> str:
    if not isinstance(value, bool):
        raise _WrongValueError("must be true or false")
    return "true" if value else "false"


def _string(value: Any, _: DataType) -> str:
    if not isinstance(value, str):
        raise _WrongValueError("must be a string")
    return value


_WRITERS: Mapping[Kind, Callable[[Any, DataType], str]] = {
    Kind.INTEGER: _number,
    Kind.DECIMAL: _number,
    Kind.FLOAT: _number,
    Kind.BOOLEAN: _boolean,
    Kind.TEXT: _string,
    Kind.OTHER: _string,
}


def write_json(value: Any) -> str:
    """JSON text of a parsed value, every number exactly as precise as it came."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        members = (f"{json.dumps(key)}:{write_json(member)}" for key, member in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write_json(member) for member in value) + "]"
    return json.dumps(value)
