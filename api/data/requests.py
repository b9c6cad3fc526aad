"""From the parts of an HTTP request to a plan, whatever the server; pure."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from api.data.arguments import check_arguments, check_text_arguments, choose_function
from api.data.bodies import bad_fields, parse_body
from api.data.catalogue import Catalogue
from api.data.errors import DataError
from api.data.headers import Media, Preferences, parse_accept, parse_prefer, parse_range
from api.data.params import RESERVED, Query, parse_query
from api.data.plan import Plan, plan_call, plan_read

Pairs = Sequence[tuple[str, str]]
Headers = Mapping[str, str]  # looked up in lower case
READING = ("GET", "HEAD")
NO_ARGUMENTS: Mapping[str, str] = MappingProxyType({})


def plan_relation(
    catalogue: Catalogue, name: str, method: str, pairs: Pairs, headers: Headers
) -> Plan:
    """The plan of a request for a relation.

    Args:
        catalogue: what there is.
        name: of the relation, as the path has it.
        method: of HTTP.
        pairs: from `read_pairs`.
        headers: of the request.

    Raises:
        DataError: what is wrong with the request; 405 (PGRST117) for a method that would write.
    """
    relation = catalogue.relation(name)
    if method not in READING:
        message = f"'{relation.name}' can only be read here"
        hint = "Rows are written by functions: see /rpc/ in the documentation"
        raise DataError(405, "PGRST117", message, hint=hint, headers={"Allow": "GET, HEAD"})
    return plan_read(relation, parse_query(pairs), *_wishes(headers, method))


def plan_function(
    catalogue: Catalogue,
    name: str,
    method: str,
    pairs: Pairs,
    headers: Headers,
    body: bytes,
    header_arguments: Mapping[str, str] = NO_ARGUMENTS,
) -> Plan:
    """The plan of a request for a function: arguments in the body, or for GET in the query.

    Args:
        catalogue: what there is.
        name: of the function, as the path has it.
        method: of HTTP.
        pairs: from `read_pairs`.
        headers: of the request.
        body: of the request.
        header_arguments: headers that are arguments of the functions that have such a parameter.

    Raises:
        DataError: what is wrong with the request; 405 (PGRST101) for a method that cannot be, such
            as GET where the function may change something.
    """
    overloads = catalogue.overloads(name)
    if method == "POST":
        values = with_headers(catalogue, name, parse_body(body), headers, header_arguments)
        function = choose_function(catalogue, name, values)
        arguments = check_arguments(function, values)
        return plan_call(function, arguments, parse_query(pairs), *_wishes(headers, method))
    readable = [function for function in overloads if not function.volatile]
    if method not in READING or not readable:
        allowed = "GET, HEAD, POST" if readable else "POST"
        message = f"'{overloads[0].name}' cannot be called by {method}"
        raise DataError(405, "PGRST101", message, headers={"Allow": allowed})
    names = {parameter.name for function in readable for parameter in function.parameters}
    filterable = any(function.columns for function in readable)

    def is_argument(name: str) -> bool:
        # Where there are no columns to filter by, an unknown word can only be a wrong argument.
        return name in names or not (filterable or name in RESERVED)

    given = [pair for pair in pairs if is_argument(pair[0])]
    rest = [pair for pair in pairs if not is_argument(pair[0])]
    function = choose_function(catalogue, name, (name for name, _ in given))
    if function.volatile:
        message = f"'{function.name}' cannot be called by {method} with these arguments"
        raise DataError(405, "PGRST101", message, headers={"Allow": "POST"})
    arguments = check_text_arguments(function, given)
    return plan_call(function, arguments, parse_query(rest), *_wishes(headers, method))


def with_headers(
    catalogue: Catalogue,
    function: str,
    values: Mapping[str, Any],
    headers: Headers,
    header_arguments: Mapping[str, str],
) -> dict[str, Any]:
    """The arguments of a call with those that came as headers.

    Args:
        catalogue: what there is.
        function: its name.
        values: the arguments in the body.
        headers: of the request.
        header_arguments: header, in lower case, to the parameter that it is the value of.

    Raises:
        DataError: 400, an argument came both ways; PGRST202, there is no such function.
    """
    overloads = catalogue.overloads(function)
    known = {parameter.name for overload in overloads for parameter in overload.parameters}
    found = {
        argument: headers[header]
        for header, argument in header_arguments.items()
        if argument in known and header in headers
    }
    if twice := found.keys() & values.keys():
        raise bad_fields([f"{name}: is given in the body and as a header" for name in twice])
    return {**values, **found}


def plan_one(catalogue: Catalogue, relation: str, pairs: Pairs) -> Plan:
    """The plan that reads the one row of a relation that filters single out.

    For hand-written routes; run, it raises PGRST116 (406) unless there is exactly one.

    Args:
        catalogue: what there is.
        relation: its name.
        pairs: filters, as `("email", "eq.a@b.c")`; they may come straight from a client.

    Raises:
        DataError: a filter is wrong.
    """
    return plan_read(catalogue.relation(relation), parse_query(pairs), Media.OBJECT)


def plan_values(catalogue: Catalogue, function: str, values: Mapping[str, Any]) -> Plan:
    """The plan that calls a function by a JSON object of `parse_body`.

    For hand-written routes, which may have added to the object or taken from it.

    Raises:
        DataError: 400; `details` names every field that is unknown, missing or wrong.
    """
    chosen = choose_function(catalogue, function, values)
    return plan_call(chosen, check_arguments(chosen, values), Query())


def _wishes(
    headers: Headers, method: str
) -> tuple[Media, Preferences, tuple[int, int | None] | None]:
    rows = None
    if method in READING:  # RFC 9110, 14.2: Range means nothing to other methods
        rows = parse_range(headers.get("range"), headers.get("range-unit"))
    return parse_accept(headers.get("accept")), parse_prefer(headers.get("prefer")), rows
