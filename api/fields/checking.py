"""Checking fields against the parameters of a function, and writing them for PostgreSQL."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from api.data.bodies import Number, some_shown
from api.data.catalogue import DataType, Function, Kind
from api.data.errors import nearest
from api.fields.bodies import Problems, Unreadable

# Fast to match however long a text is: what follows a digit never takes more digits.
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
LONGEST_NUMBER = 30  # digits, once it is spelt out
LARGEST_INTEGERS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}

Arguments = dict[str, str | None]  # by name, as PostgreSQL's text


def read_arguments(function: Function, values: Mapping[str, Any]) -> tuple[Arguments, Problems]:
    """The arguments of a call that can be read, and what is wrong with the others.

    Args:
        function: what is called.
        values: by name, from `parse_body`. A required one that is missing is null, which
            PostgreSQL names along with whatever else it refuses.
    """
    arguments: Arguments = {}
    problems: dict[str, str] = {}
    for parameter in function.parameters:
        if parameter.required or parameter.name in values:
            try:
                arguments[parameter.name] = _text(values.get(parameter.name), parameter.type)
            except _WrongValueError as error:
                problems[parameter.name] = str(error)
    known = {parameter.name for parameter in function.parameters}
    unknown, more = some_shown([name for name in values if name not in known])
    for name in unknown:
        problems[name] = _unknown(name, known)
    if more:
        problems[f"{more} more"] = "are not known"
    return arguments, problems


def missing_arguments(function: Function, arguments: Arguments) -> Problems:
    """Those that are required and were read as null."""
    required = (parameter.name for parameter in function.parameters if parameter.required)
    return {name: "is required" for name in required if arguments.get(name, "") is None}


class _WrongValueError(ValueError):
    """A value that does not fit its type; the text says what it must be."""


def _unknown(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known, 0.6)
    return "is not known" + (f", perhaps you meant '{near}'" if near else "")


def _text(value: Any, data_type: DataType) -> str | None:
    if value is None:
        return None
    if isinstance(value, Unreadable):
        raise _WrongValueError(value.problem)
    return _WRITERS[data_type.kind](value, data_type)


def _integer(value: Any, data_type: DataType) -> str:
    problem = "must be a whole number"
    if not isinstance(value, Number):
        raise _WrongValueError(f"{problem}, not a text" if isinstance(value, str) else problem)
    whole, _, fraction = _spelt_out(value.decode(), problem).partition(".")
    if fraction.strip("0"):
        raise _WrongValueError(problem)
    largest = LARGEST_INTEGERS[data_type.name]
    if not -largest <= int(whole) < largest:
        raise _WrongValueError("is out of range")
    return whole


def _decimal(value: Any, _: DataType) -> str:
    # A string of digits will do: a client without exact numbers has no other way to be exact.
    problem = "must be a number"
    text = value.decode() if isinstance(value, Number) else value
    if not isinstance(text, str):
        raise _WrongValueError(problem)
    return _spelt_out(text, problem)


def _spelt_out(text: str, problem: str) -> str:
    """A number without an exponent, which would let a few characters stand for very many."""
    if not NUMBER.fullmatch(text):
        raise _WrongValueError(problem)
    with suppress(InvalidOperation):  # of an exponent that is too long by itself
        number = Decimal(text)
        if abs(number.adjusted()) < LONGEST_NUMBER:
            spelt_out = format(number, "f")
            if sum(map(str.isdigit, spelt_out)) <= LONGEST_NUMBER:
                return spelt_out
    raise _WrongValueError(f"must have at most {LONGEST_NUMBER} digits")


def _boolean(value: Any, _: DataType) -> str:
    if not isinstance(value, bool):
        raise _WrongValueError("must be true or false")
    return "true" if value else "false"


def _string(value: Any, _: DataType) -> str:
    if not isinstance(value, str):
        raise _WrongValueError("must be a string")
    if "\0" in value:
        raise _WrongValueError("contains a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _WrongValueError("contains an unpaired surrogate") from None
    return value


_WRITERS: Mapping[Kind, Callable[[Any, DataType], str]] = {
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.TEXT: _string,
    Kind.OTHER: _string,
}
