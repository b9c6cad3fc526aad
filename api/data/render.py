"""Rendering: a plan becomes SQL. Identifiers come from the catalogue, values are parameters.

Values are bound as text of unknown type: PostgreSQL gives each the type of what it is compared with
or passed to, so indexes serve, and a text that does not fit is an error of class 22. Equal shapes
give equal SQL, limits and lists included, so that prepared statements repeat.
"""

# ruff: noqa: S608 - what is put together here is fragments and aliases of our own

from dataclasses import dataclass
from functools import lru_cache

from api.data.catalogue import Relation, Result
from api.data.fragment import Fragment, identifier, join, parameter
from api.data.operators import COMPARISONS, TRUTHS
from api.data.plan import Call, Comparison, Ordering, Plan, Shape

# Aliases inside the statement; no column of such a name is to be expected.
SOURCE, CALL, PAGE, VALUE = '"data source"', '"data call"', '"data page"', '"data value"'
LISTS = {Shape.ROWS, Shape.VALUES}
PLAIN_VALUES = {Shape.VALUE, Shape.VALUES}


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement with psycopg's `%s` placeholders, and what is expected of its answer.

    It gives one row: the number of rows found (one more than the page when more follow), their
    total or null, and the body as json.
    """

    text: str
    values: tuple[str | None, ...]
    limit: int
    offset: int = 0
    exactly_one: bool = False


def render(plan: Plan) -> Statement:
    """The statement for a plan."""
    before, source = Fragment(), _source(plan.source)
    if isinstance(plan.source, Call) and plan.preferences.count_exact:
        # Called once, whatever it does: the page and the total read the same result.
        before = f"with {CALL} as materialized (select * from " + source + ") "
        source = Fragment(f"{CALL} as {SOURCE}")
    rows = " from " + source + _where(plan.where)
    total = Fragment("null::bigint")
    if plan.preferences.count_exact:
        total = "(select count(*)" + rows + ")"
    page = "select " + _output(plan) + rows + _order(plan.order)
    # One row more than the page tells whether another page follows.
    page += " limit " + parameter(plan.limit + 1) + " offset " + parameter(plan.offset)
    numbered = f"select {PAGE}, row_number() over () as position from (" + page + f") as {PAGE}"
    whole = before + "select count(*), " + total + ", " + _body(plan)
    whole += " from (" + numbered + ") as numbered"
    return Statement(whole.text, whole.values, plan.limit, plan.offset, plan.exactly_one)


def _output(plan: Plan) -> Fragment:
    if plan.shape in PLAIN_VALUES:
        return Fragment(f"{SOURCE}.{VALUE}")
    return join(
        ", ",
        (_column(output.column.name) + " as " + identifier(output.label) for output in plan.output),
    )


def _body(plan: Plan) -> Fragment:
    if plan.shape is Shape.NOTHING:
        return Fragment("null::json")
    item = f"numbered.{PAGE}"
    if plan.shape in PLAIN_VALUES:
        item = f"({item}).{VALUE}"
    if plan.shape in LISTS:
        listed = f"coalesce(json_agg({item}) filter (where position <= "
        return listed + parameter(plan.limit) + "), '[]')"
    return Fragment(f"coalesce(json_agg({item}) -> 0, 'null')")


def _source(source: Relation | Call) -> Fragment:
    if isinstance(source, Relation):
        return identifier(source.schema) + "." + identifier(source.name) + f" as {SOURCE}"
    function = source.function
    arguments = join(
        ", ", (identifier(name) + " => " + parameter(value) for name, value in source.arguments)
    )
    # A plain value has no column name of its own.
    named = f" ({VALUE})" if function.result in {Result.SCALAR, Result.SCALARS} else ""
    name = identifier(function.schema) + "." + identifier(function.name)
    return name + "(" + arguments + f") as {SOURCE}{named}"


def _where(comparisons: tuple[Comparison, ...]) -> Fragment:
    if not comparisons:
        return Fragment()
    return " where " + join(" and ", (_condition(comparison) for comparison in comparisons))


def _condition(comparison: Comparison) -> Fragment:
    condition = _column(comparison.column.name)
    if comparison.operator == "is":
        condition += f" {TRUTHS[comparison.value]}"
    elif comparison.operator == "in":
        condition += " = any(" + parameter(comparison.value) + ")"
    else:
        condition += f" {COMPARISONS[comparison.operator]} " + parameter(comparison.value)
    return "not (" + condition + ")" if comparison.negated else condition


def _order(orderings: tuple[Ordering, ...]) -> Fragment:
    if not orderings:
        return Fragment()
    terms = []
    for ordering in orderings:
        term = _column(ordering.column.name) + (" desc" if ordering.descending else "")
        if ordering.nulls_first is not None:
            term += " nulls first" if ordering.nulls_first else " nulls last"
        terms.append(term)
    return " order by " + join(", ", terms)


@lru_cache(maxsize=4096)
def _column(name: str) -> Fragment:
    return f"{SOURCE}." + identifier(name)
