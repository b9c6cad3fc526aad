"""Where the arguments of a call come from: the query string, the body, headers."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.data.bodies import (
    FORM,
    JSON,
    bad_body,
    content_type,
    not_an_object,
    read_form,
    read_json,
    read_text,
)
from api.data.calls import is_unnamed, takes_whole
from api.data.catalogue import Function
from api.data.filters import Operand, as_given, find_operator
from api.data.fragment import array_literal
from api.data.params import Pairs, is_reserved, parse_columns
from api.data.plan import Call

GIVEN_TWICE = "is given in the body and as a header"


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
            elif not any(takes_whole(function, JSON) for function in overloads):
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
        """The call of a function that takes these arguments, and its operands."""
        if is_unnamed(function):
            return Call(function, whole_body=Operand(first_place, as_given)), [self.body]
        operands: list[Any] = []
        direct = []
        for parameter in function.parameters:
            values = [value for name, value in self.pairs if name == parameter.name]
            if values:
                direct.append((parameter.name, Operand(first_place + len(operands), as_given)))
                operands.append(array_literal(values) if parameter.variadic else values[-1])
        members = tuple(one.name for one in function.parameters if one.name in self.members)
        if not members:
            return Call(function, direct=tuple(direct)), operands
        body = Operand(first_place + len(operands), as_given)
        return Call(function, body, members, tuple(direct)), [*operands, self.body]


def from_headers(
    headers: Mapping[str, str],
    overloads: Sequence[Function],
    header_arguments: Mapping[str, str],
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
            return name not in columns or not find_operator(value)
        return not (is_reserved(name) or "." in name or find_operator(value) or name in columns)

    arguments = [pair for pair in pairs if is_argument(*pair)]
    return arguments, [pair for pair in pairs if not is_argument(*pair)]
