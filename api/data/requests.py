"""From the parts of an HTTP request to a statement, whatever the server; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

from api.data.bodies import JSON
from api.data.calls import (
    READING,
    Given,
    allow,
    cannot_be_called,
    choose_function,
    methods_of,
    split_arguments,
)
from api.data.catalogue import Catalogue, Relation
from api.data.errors import DataError
from api.data.filters import Operand
from api.data.fragment import Fragment
from api.data.headers import not_acceptable, parse_accept, parse_prefer, parse_range
from api.data.limits import Limits
from api.data.params import Page, Pairs, Shape, parse_query, split_shape
from api.data.plan import Call, Plan, Wishes, make_plan
from api.data.statements import answer_statement

Headers = Mapping[str, str]  # looked up in lower case
WISHES = ("accept", "prefer", "range", "range-unit")
MOST_SHAPES = 512  # of queries, whose plans are kept


@dataclass(eq=False)
class Service:
    """A catalogue, how it is served, and the plans of what has been asked of it."""

    catalogue: Catalogue
    limits: Limits = field(default_factory=Limits)
    # What every statement begins with: see `answer_statement`.
    introduction: Fragment | None = None
    # Headers, in lower case, that are arguments of the functions that have such a parameter.
    header_arguments: Mapping[str, str] = field(default_factory=dict)
    # Other names of schemas: clients may have a default of their own.
    aliases: Mapping[str, str] = field(default_factory=dict)
    # Whether EXPLAIN may be asked for.
    explains: bool = False

    def __post_init__(self) -> None:
        """Plans are the service's own: they end with the catalogue that they are of."""
        self.prepared = lru_cache(MOST_SHAPES)(partial(_prepared, self))
        self.wishes = lru_cache(MOST_SHAPES)(partial(_wishes, self))

    def schema(self, method: str, headers: Headers) -> str:
        """The schema that a request is about.

        Raises:
            DataError: PGRST106, it is not exposed.
        """
        exposed = self.catalogue.schemas
        wanted = headers.get("content-profile" if method == "POST" else "accept-profile")
        wanted = self.aliases.get(wanted or "", wanted or exposed[0])
        if wanted in exposed:
            return wanted
        hint = f"Only the following schemas are exposed: {', '.join(exposed)}"
        raise DataError(406, "PGRST106", f"Invalid schema: {wanted}", hint=hint)


@dataclass(slots=True)
class Task:
    """One request, ready to be run."""

    plan: Plan
    statement: Fragment
    operands: Sequence[Any]
    # Whether PostgreSQL's guess of a number of rows may be told: it is made of all rows, also of
    # those that row-level security hides.
    guesses: bool = True

    def values(self, statement: Fragment | None = None) -> list[Any]:
        """What to bind to the statement, or to another one of the same plan.

        Raises:
            DataError: PGRST100, an operand cannot be read.
        """
        operands = self.operands
        return [
            one.read(operands[one.place]) if type(one) is Operand else one
            for one in (statement or self.statement).values
        ]


def read_task(service: Service, name: str, method: str, pairs: Pairs, headers: Headers) -> Task:
    """The task of a request for a relation.

    Args:
        service: what there is, and how it is served.
        name: of the relation, as the path has it.
        method: of HTTP.
        pairs: from `read_pairs`.
        headers: of the request.

    Raises:
        DataError: what is wrong with the request; 405 (PGRST117) for a method that would write.
    """
    catalogue = service.catalogue
    relation = catalogue.relation(name, service.schema(method, headers))
    if method not in READING:
        message = f"'{relation.name}' can only be read here"
        hint = "Rows are written by functions: see /rpc/ in the documentation"
        raise DataError(405, "PGRST117", message, hint=hint, headers=allow(("OPTIONS", *READING)))
    shape, operands = split_shape(pairs, relation.choices)
    wishes = service.wishes(method, *map(headers.get, WISHES))
    return Task(*service.prepared(relation, shape, wishes), operands)


def call_task(
    service: Service, name: str, method: str, pairs: Pairs, headers: Headers, body: bytes = b""
) -> Task:
    """The task of a request for a function: arguments in the body, or for GET in the query.

    Args:
        service: what there is, and how it is served.
        name: of the function, as the path has it.
        method: of HTTP.
        pairs: from `read_pairs`.
        headers: of the request.
        body: of the request.

    Raises:
        DataError: what is wrong with the request; 405 (PGRST101) for a method that cannot be, such
            as GET where the function may change something.
    """
    catalogue, reading = service.catalogue, method in READING
    schema = service.schema(method, headers)
    overloads = catalogue.overloads(name, schema)
    if overloads and method not in methods_of(overloads):
        raise cannot_be_called(overloads, method)
    given = Given()
    if reading:
        arguments, pairs = split_arguments(overloads, pairs)
        given.pairs = list(arguments)
    else:
        given.read_body(headers, body, overloads, service.header_arguments)
    chosen = choose_function(catalogue, schema, name, given.names(pairs), given.content)
    if reading and chosen.volatile:
        raise cannot_be_called([chosen], method)
    shape, operands = split_shape(pairs, chosen.rows.choices if chosen.rows else {})
    call, more = given.call(chosen, len(operands))
    wishes = service.wishes(method, *map(headers.get, WISHES))
    return Task(*service.prepared(call, shape, wishes), [*operands, *more])


def values_task(
    service: Service, schema: str, name: str, arguments: Mapping[str, str | None]
) -> Task:
    """The task of calling a function, for hand-written routes.

    Args:
        service: what there is, and how it is served.
        schema: of the function.
        name: of the function.
        arguments: by name, as PostgreSQL's texts.

    Raises:
        DataError: PGRST202, no such function takes these.
    """
    given = Given()
    given.pairs = list(arguments.items())
    chosen = choose_function(service.catalogue, schema, name, given.names(()), JSON)
    call, operands = given.call(chosen, 0)
    return Task(*service.prepared(call, (), Wishes()), operands)


def allowed_methods(
    service: Service, headers: Headers, *, relation: str = "", function: str = ""
) -> tuple[str, ...]:
    """The methods that a relation or a function knows.

    Raises:
        DataError: 404, there is none.
    """
    catalogue, schema = service.catalogue, service.schema("OPTIONS", headers)
    if relation:
        catalogue.relation(relation, schema)
        return ("OPTIONS", *READING)
    overloads = catalogue.overloads(function, schema)
    if not overloads:
        choose_function(catalogue, schema, function, frozenset(), None)
    return methods_of(overloads)


def _prepared(
    service: Service, source: Relation | Call, shape: Shape, wishes: Wishes
) -> tuple[Plan, Fragment]:
    """What requests of one shape have in common."""
    query = parse_query(shape, service.limits)
    plan = make_plan(service.catalogue, service.limits, source, query, wishes)
    statement = answer_statement(plan, None if plan.runs_apart else service.introduction)
    # Where a column or an argument has another type now, what PostgreSQL has prepared reads values
    # as the old one: another catalogue has other statements.
    text = f"/* {service.catalogue.version} */ {statement.text}"
    return plan, replace(statement, text=text)


def _wishes(service: Service, method: str, *headers: str | None) -> Wishes:
    """What the headers of a request ask for: `WISHES`, in that order."""
    accept, prefer, rows, unit = headers
    known = parse_accept(accept)
    accepts = tuple(one for one in known if service.explains or not one.explain)
    if known and not accepts:
        raise not_acceptable(known)
    preferences = parse_prefer(prefer, service.catalogue.timezones)
    # RFC 9110, 14.2: Range means nothing to other methods.
    page = parse_range(rows, unit) if method == "GET" else Page()
    return Wishes(accepts, preferences, page, method != "HEAD")
