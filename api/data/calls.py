"""Which function a call means, and where its arguments come from.

https://docs.postgrest.org/en/v12/references/api/functions.html
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.data.bodies import (
    FORM,
    JSON,
    WHOLE,
    bad_body,
    content_type,
    not_an_object,
    read_form,
    read_json,
    read_text,
    some_shown,
)
from api.data.catalogue import Catalogue, Function, names_in
from api.data.errors import DataError, nearest, not_found
from api.data.filters import OPERATION, Operand
from api.data.fragment import array_literal
from api.data.params import Pairs, is_reserved, parse_columns
from api.data.plan import Call

READING = ("GET", "HEAD")
GIVEN_TWICE = "is given in the body and as a header"


def choose_function(
    catalogue: Catalogue, schema: str, name: str, given: frozenset[str], content: str | None
) -> Function:
    """The function that a name and the names of its arguments mean.

    Args:
        catalogue: what there is.
        schema: of the request.
        name: as the path has it.
        given: names of the arguments.
        content: the media type of the body, None where there is none: that may be the one argument
            of a function that has no name for it.

    Raises:
        DataError: PGRST202 (404) none takes these arguments, PGRST203 (300) several do.
    """
    overloads = catalogue.overloads(name, schema)
    fitting = [one for one in overloads if one.accepts(given) and not one.whole]
    if content in WHOLE or not fitting:
        fitting = [one for one in overloads if one.whole and one.whole == content]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise _not_found(catalogue, schema, name, given, content)
    among = ", ".join(map(_signature, fitting))
    message = f"Could not choose the best candidate function between: {among}"
    hint = "Try renaming the parameters or the function itself in the database so function "
    hint += "overloading can be resolved"
    raise DataError(300, "PGRST203", message, hint=hint)


def methods_of(overloads: Sequence[Function]) -> tuple[str, ...]:
    """The methods that functions can be called by: not GET where all may change something."""
    reading = READING if any(not one.volatile for one in overloads) else ()
    return ("OPTIONS", *reading, "POST")


def allow(methods: Iterable[str]) -> dict[str, str]:
    """The header that tells which methods there are."""
    return {"Allow": ", ".join(methods)}


def cannot_be_called(overloads: Sequence[Function], method: str) -> DataError:
    """A method that functions of one name cannot be called by."""
    message = f"Cannot use the {method} method on RPC"
    changes = f"'{overloads[0].name}' may change something: call it by POST"
    hint = changes if method in READING else None
    return DataError(405, "PGRST101", message, None, hint, allow(methods_of(overloads)))


def _signature(function: Function) -> str:
    parameters = (f"{one.name} => {one.sql_type}" for one in function.parameters)
    return f"{function.schema}.{function.name}({', '.join(parameters)})"


def _not_found(
    catalogue: Catalogue, schema: str, name: str, given: frozenset[str], content: str | None
) -> DataError:
    called = f"{schema}.{name}"
    some, more = some_shown(sorted(given))
    names = ", ".join(some) + (f" and {more} more" if more else "")
    told = f"({names})" if given else " without parameters"
    searched = f" with parameter{'s' if len(given) > 1 else ''} {names}" if given else told
    meant = None
    if whole := WHOLE.get(content or ""):
        told, searched = "", f" with a single unnamed {whole} parameter"
    else:
        meant = _meant(catalogue, schema, name, f"({names})")
        searched += " or with a single unnamed json/jsonb parameter" if content == JSON else ""
    details = f"Searched for the function {called}{searched}, but no matches were found"
    details += " in the schema cache."
    return not_found(404, "PGRST202", f"the function {called}{told}", meant, details)


def _meant(catalogue: Catalogue, schema: str, name: str, given: str) -> str | None:
    overloads = catalogue.overloads(name, schema)
    known = [f"({', '.join(sorted(one.name for one in each.parameters))})" for each in overloads]
    if overloads:
        name, found = overloads[0].name, nearest(given, known, 0.5)
    else:
        name, found = "", nearest(name, names_in(schema, catalogue.functions))
    return found and f"to call the function {schema}.{name}{found}"


class Given:
    """The arguments that a request brings."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str | None]] = []
        self.content: str | None = None
        self.body: str | bytes = ""
        self.members: frozenset[str] = frozenset()

    def read_body(
        self,
        headers: Mapping[str, str],
        body: bytes,
        overloads: Sequence[Function],
        header_arguments: Mapping[str, str],
    ) -> None:
        """Take the body of a POST apart."""
        self.content = content_type(headers.get("content-type"), body)
        if self.content == FORM:
            self.pairs = list(read_form(read_text(body)))
        elif self.content == JSON:
            self.body = read_text(body) or "{}"
            found = read_json(self.body)
            if isinstance(found, dict):
                self.members = frozenset(found)
            elif JSON not in {function.whole for function in overloads}:
                raise not_an_object()
        else:
            self.body = body if self.content == "application/octet-stream" else read_text(body)
        for argument, value in from_headers(headers, overloads, header_arguments):
            if argument in self.members:
                raise bad_body(f"{argument}: {GIVEN_TWICE}")
            self.pairs.append((argument, value))

    def names(self, pairs: Pairs) -> frozenset[str]:
        """The names of the arguments; `columns` says which members of a body count."""
        columns = next((value for name, value in pairs if name == "columns"), None)
        if columns and self.content == JSON:
            self.members &= parse_columns(columns)
        return self.members | {name for name, _ in self.pairs}

    def call(self, function: Function, first_place: int) -> tuple[Call, list[Any]]:
        """The call of a function that takes these arguments, and its operands: first the body."""
        operands: list[Any] = [self.body]
        direct = []
        for parameter in function.parameters:
            values = [value for name, value in self.pairs if name == parameter.name]
            if values:
                direct.append((parameter.name, Operand(first_place + len(operands))))
                operands.append(array_literal(values) if parameter.variadic else values[-1])
        members = tuple(one.name for one in function.parameters if one.name in self.members)
        return Call(function, Operand(first_place), members, tuple(direct)), operands


def from_headers(
    headers: Mapping[str, str], overloads: Sequence[Function], header_arguments: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The arguments of functions that come as headers.

    Args:
        headers: of a request.
        overloads: what may be called.
        header_arguments: headers, in lower case, and the arguments that they are.
    """
    known = {parameter.name for function in overloads for parameter in function.parameters}
    return [
        (argument, headers[header])
        for header, argument in header_arguments.items()
        if argument in known and header in headers
    ]


def split_arguments(
    overloads: Sequence[Function], pairs: Pairs
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The pairs of a query string that are arguments, and those that filter, order and page.

    A parameter's name means the argument, unless it is also a column of the result and has an
    operator. What is neither can only be a mistaken argument.
    """
    known = {parameter.name for one in overloads for parameter in one.parameters}
    columns = {name for one in overloads if one.rows for name in one.rows.columns}

    def is_argument(name: str, value: str) -> bool:
        if name in known:
            return name not in columns or not OPERATION.match(value)
        return not (is_reserved(name) or "." in name or OPERATION.match(value) or name in columns)

    arguments = [pair for pair in pairs if is_argument(*pair)]
    return arguments, [pair for pair in pairs if not is_argument(*pair)]
