"""Checking arguments against a function's parameters, and writing them as PostgreSQL reads them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from api.data.bodies import bad_fields, write_json
from api.data.catalogue import Catalogue, DataType, Function, Kind
from api.data.errors import DataError
from api.data.literals import array_literal, number_problem


def choose_function(
    catalogue: Catalogue, name: str, given: Iterable[str], schema: str | None = None
) -> Function:
    """The function that a name and the names of its arguments mean.

    Raises:
        DataError: PGRST202 (404) no overload takes these arguments, PGRST203 (300) several do.
            A function without overloads is returned whatever was given, for `check_arguments` to
            tell what is wrong.
    """
    overloads = catalogue.overloads(name, schema)
    if len(overloads) == 1:
        return overloads[0]
    names = sorted(set(given))
    fitting = [function for function in overloads if function.accepts(names)]
    if len(fitting) == 1:
        return fitting[0]
    called = f"{overloads[0].schema}.{overloads[0].name}"
    known = "; ".join(_parameter_names(function) for function in fitting or overloads)
    if fitting:
        message = f"Could not choose the best candidate function between those named {called}"
        raise DataError(300, "PGRST203", message, f"They take: {known}")
    message = f"Could not find the function {called} with these arguments in the schema cache"
    given_names = f"Given were: {', '.join(names) or 'none'}"
    raise DataError(404, "PGRST202", message, given_names, f"It takes: {known}")


Arguments = dict[str, str | None]  # by name, as PostgreSQL's text
Problems = dict[str, str]  # by name, what is wrong


def read_arguments(function: Function, values: Mapping[str, Any]) -> tuple[Arguments, Problems]:
    """The arguments that can be read from a JSON object, and what is wrong with the others.

    For callers who have more to find wrong and tell it all at once; others take `check_arguments`.
    """
    return _read(function, values, _text_of_json)


def check_arguments(function: Function, values: Mapping[str, Any]) -> Arguments:
    """The arguments of a call, from a JSON object of `parse_body`, as PostgreSQL's text.

    Raises:
        DataError: 400; `details` names every unknown, missing or wrong field, one on each line.
    """
    return _check(function, values, _text_of_json)


def check_text_arguments(
    function: Function, pairs: Sequence[tuple[str, str]]
) -> dict[str, str | None]:
    """The arguments of a call, from the query string of a GET, as PostgreSQL's text.

    Raises:
        DataError: 400, as `check_arguments`; also when one is given twice.
    """
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = [name for name in values if names.count(name) > 1]
        raise bad_fields([f"{name}: is given more than once" for name in twice])
    return _check(function, values, _text_of_text)


Writer = Callable[[Any, DataType], str | None]


class _WrongValueError(ValueError):
    """A value that does not fit its type; the text says what it must be."""


def _check(function: Function, values: Mapping[str, Any], write: Writer) -> Arguments:
    arguments, problems = _read(function, values, write)
    if problems:
        raise bad_fields([f"{name}: {problem}" for name, problem in problems.items()])
    return arguments


def _read(
    function: Function, values: Mapping[str, Any], write: Writer
) -> tuple[Arguments, Problems]:
    known = {parameter.name: parameter for parameter in function.parameters}
    problems = {name: _unknown(name, known) for name in values if name not in known}
    arguments: Arguments = {}
    for name, parameter in known.items():
        if name in values:
            try:
                arguments[name] = write(values[name], parameter.type)
            except _WrongValueError as error:
                problems[name] = str(error)
        elif parameter.required:
            problems[name] = "is required"
    return arguments, problems


def _unknown(name: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(name, list(known), n=1)
    return "is not known" + (f", perhaps you meant '{nearest[0]}'" if nearest else "")


def _text_of_text(value: str, data_type: DataType) -> str:
    problem = None if data_type.is_array else number_problem(value, data_type)
    if problem:
        raise _WrongValueError(problem)
    return value


def _text_of_json(value: Any, data_type: DataType) -> str | None:
    if data_type.is_array and value is not None:
        if not isinstance(value, list):
            raise _WrongValueError("must be an array")
        element = DataType(data_type.name, data_type.kind)
        return array_literal(tuple(_text_of_json(member, element) for member in value))
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


def _parameter_names(function: Function) -> str:
    return f"({', '.join(parameter.name for parameter in function.parameters)})"
