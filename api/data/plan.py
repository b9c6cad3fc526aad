"""Planning: a parsed query meets the catalogue and becomes a tree of known things only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from api.data.catalogue import Column, Function, Kind, Relation, Result, find_column
from api.data.errors import bad_range, bad_syntax
from api.data.headers import Media, Preferences
from api.data.limits import DEFAULT_PAGE, LARGEST_PAGE
from api.data.literals import array_literal, number_problem
from api.data.operators import PATTERNS, FilterValue
from api.data.params import Query
from api.data.selection import Embed, Field, Path, SelectItem, Star


class Shape(Enum):
    """What the body is."""

    ROWS = "an array of objects"
    ROW = "an object"
    VALUES = "an array of values"
    VALUE = "a value"
    NOTHING = "empty"


@dataclass(frozen=True, slots=True)
class Call:
    """A function with the arguments it gets, as PostgreSQL's text form of them."""

    function: Function
    arguments: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A column of the answer and the key it gets there."""

    column: Column
    label: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition: a column, an operator of the dialect, and PostgreSQL's text of the value."""

    column: Column
    operator: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Ordering:
    """A column to order by."""

    column: Column
    descending: bool = False
    nulls_first: bool | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides the SQL."""

    source: Relation | Call
    shape: Shape
    output: tuple[Output, ...] = ()
    where: tuple[Comparison, ...] = ()
    order: tuple[Ordering, ...] = ()
    limit: int = DEFAULT_PAGE
    offset: int = 0
    preferences: Preferences = field(default_factory=Preferences)
    exactly_one: bool = False  # else it is an error, and the transaction is undone

    @property
    def read_only(self) -> bool:
        """Whether it may run in a transaction that cannot write, or on a replica."""
        return isinstance(self.source, Relation) or not self.source.function.volatile


LISTS = {Shape.ROWS, Shape.VALUES}
SHAPES = {
    Result.VOID: Shape.NOTHING,
    Result.SCALAR: Shape.VALUE,
    Result.SCALARS: Shape.VALUES,
    Result.ROW: Shape.ROW,
    Result.ROWS: Shape.ROWS,
}


def plan_read(
    relation: Relation,
    query: Query,
    media: Media = Media.JSON,
    preferences: Preferences | None = None,
    rows: tuple[int, int | None] | None = None,
) -> Plan:
    """The plan that reads a relation.

    Args:
        relation: from the catalogue.
        query: from `parse_query`.
        media: from `parse_accept`.
        preferences: from `parse_prefer`.
        rows: from `parse_range`; what it and limit and offset have in common is read.

    Raises:
        DataError: a name is unknown, or an operator or value does not suit its column.
    """
    plan = Plan(relation, Shape.ROWS)
    plan = _with_query(plan, relation.columns, relation.name, query)
    if not plan.order:
        # Pages must not overlap: without a wish, rows come in the order of their key.
        plan = replace(plan, order=tuple(Ordering(relation.column(name)) for name in relation.key))
    return _with_page(plan, query, media, preferences, rows)


def plan_call(
    function: Function,
    arguments: Mapping[str, str | None],
    query: Query | None = None,
    media: Media = Media.JSON,
    preferences: Preferences | None = None,
    rows: tuple[int, int | None] | None = None,
) -> Plan:
    """The plan that calls a function; arguments are those of `check_arguments`.

    Raises:
        DataError: as `plan_read`; also when a result without columns is filtered.
    """
    call = Call(function, tuple(sorted(arguments.items())))
    plan = Plan(call, SHAPES[function.result])
    query = query or Query()
    if function.columns:
        plan = _with_query(plan, function.columns, function.name, query)
    elif query.select or query.filters or query.order:
        raise bad_syntax(
            f"The result of '{function.name}' has no columns to select, filter or order by"
        )
    if plan.shape in LISTS:
        return _with_page(plan, query, media, preferences, rows)
    if query.filters or query.order or query.limit is not None or query.offset:
        # What such a function did would be done, and its answer left out.
        raise bad_syntax(
            f"The result of '{function.name}' is no list: it has no rows to filter, order or page"
        )
    return _with_page(plan, query, media, None, None)


def _with_query(plan: Plan, columns: Sequence[Column], owner: str, query: Query) -> Plan:
    return replace(
        plan,
        output=_output(columns, owner, query.select),
        where=tuple(
            _comparison(_plain_column(columns, owner, condition.path), condition.value)
            for condition in query.filters
        ),
        order=tuple(
            Ordering(_plain_column(columns, owner, term.path), term.descending, term.nulls_first)
            for term in query.order
        ),
    )


def _with_page(
    plan: Plan,
    query: Query,
    media: Media,
    preferences: Preferences | None,
    rows: tuple[int, int | None] | None,
) -> Plan:
    offset, limit = query.offset, query.limit
    if rows is not None:
        first, last = rows
        end = None if limit is None else offset + limit
        offset = max(offset, first)
        ends = [one for one in (end, None if last is None else last + 1) if one is not None]
        limit = min(ends) - offset if ends else None
        if limit is not None and limit < 0:
            raise bad_range("The Range header and limit or offset have no row in common.")
    one = media is Media.OBJECT and plan.shape in {Shape.ROWS, Shape.ROW}
    return replace(
        plan,
        shape=Shape.ROW if one else plan.shape,
        limit=DEFAULT_PAGE if limit is None else min(limit, LARGEST_PAGE),
        offset=offset,
        preferences=preferences or Preferences(),
        exactly_one=one,
    )


def _output(
    columns: Sequence[Column], owner: str, items: tuple[SelectItem, ...] | None
) -> tuple[Output, ...]:
    outputs: dict[str, Output] = {}
    for item in (Star(),) if items is None else items:
        if isinstance(item, Star):
            outputs |= {column.name: Output(column, column.name) for column in columns}
        else:
            output = _output_field(columns, owner, item)
            outputs[output.label] = output
    return tuple(outputs.values())


def _output_field(columns: Sequence[Column], owner: str, item: Field | Embed) -> Output:
    if isinstance(item, Embed):
        raise bad_syntax(
            f"Embedding '{item.relation}' is not supported here",
            hint="Read the relations one after the other",
        )
    if item.cast is not None:
        raise bad_syntax(f"The cast '::{item.cast}' in select is not supported here")
    column = _plain_column(columns, owner, item.path)
    return Output(column, item.alias or column.name)


def _plain_column(columns: Sequence[Column], owner: str, path: Path) -> Column:
    if path.steps:
        raise bad_syntax(f"The JSON path on '{path.name}' is not supported here")
    return find_column(columns, path.name, owner)


def _comparison(column: Column, wanted: FilterValue) -> Comparison:
    value = wanted.value
    if wanted.operator == "is":
        if "null" not in value and (column.type.kind is not Kind.BOOLEAN or column.type.is_array):
            raise bad_syntax(f"'is.{value}' needs a boolean column, and '{column.name}' is not")
    elif wanted.operator in PATTERNS:
        if column.type.kind is not Kind.TEXT or column.type.is_array:
            raise bad_syntax(
                f"'{wanted.operator}' needs a text column, and '{column.name}' is "
                f"{column.type.name}"
            )
    else:
        if wanted.operator == "in" and column.type.is_array:
            raise bad_syntax(f"'in' cannot be used on '{column.name}', which is an array")
        values = wanted.values if wanted.operator == "in" else (value,)
        for text in () if column.type.is_array else values:
            if problem := number_problem(text, column.type):
                raise bad_syntax(f"'{column.name}' {problem}", f"{column.name}: {problem}")
        value = array_literal(wanted.values) if wanted.operator == "in" else value
    return Comparison(column, wanted.operator, value, wanted.negated)
