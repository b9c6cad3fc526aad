"""Rendering: the nodes of a plan become `select`s. Names are the catalogue's, values parameters.

Values are bound as text of unknown type: PostgreSQL gives each the type of what it is compared with
or passed to, so indexes serve, and a text that does not fit is an error of class 22.

What is embedded in a node is joined to it laterally, and the members of its objects are put
together last, in one more lateral `select`:

    select o as item from relation as a
    left join lateral (select …, true as found) as a0 on a0.found
    cross join lateral (select a.id as "id", a0.item as "other") as o
    where … order by … limit …
"""

# ruff: noqa: S608 - what is put together here is fragments and aliases of our own

from collections.abc import Iterator, Sequence

from api.data.catalogue import Kind
from api.data.filters import COMPARISONS, SEARCHES, TRUTHS
from api.data.fragment import NOTHING, Fragment, identifier, join, parameter
from api.data.params import Page
from api.data.plan import (
    Call,
    Child,
    Condition,
    Group,
    Node,
    Ordering,
    Output,
    Presence,
    Test,
    Value,
)

# Aliases inside the statement; no column of such a name is to be expected.
ITEM, FOUND, BODY = '"@item"', '"@found"', '"@body"'


def select_rows(
    node: Node,
    source: Fragment,
    alias: str,
    columns: Sequence[Fragment | str],
    joins: Sequence[Fragment] = (),
) -> Fragment:
    """The rows of a node.

    Args:
        node: of a plan.
        source: what to read from, with its alias.
        alias: the same alias, without quotes.
        columns: what to select of each row: `item`, values and what is embedded.
        joins: conditions that tie the rows to those that they are embedded in.
    """
    text = "select " + join(", ", columns) + select_from(node, source, alias, joins)
    if node.order:
        text += " order by " + join(", ", (_ordering(node, one, alias) for one in node.order))
    return text + limited(node.page)


def select_from(
    node: Node,
    source: Fragment,
    alias: str,
    joins: Sequence[Fragment] = (),
    *,
    counting: bool = False,
) -> Fragment:
    """The clauses from `from` to `where`.

    Args:
        node: of a plan.
        source: what to read from, with its alias.
        alias: the same alias, without quotes.
        joins: conditions that tie the rows to those that they are embedded in.
        counting: whether only the number of rows matters, and not what is in them.
    """
    text = " from " + source
    wanted: set[int | None] = set(_presences(node.where))
    if not counting:
        wanted |= {output.child for output in node.outputs}
        wanted |= {ordering.child for ordering in node.order}
    for number, child in enumerate(node.children):
        joined = f'"{alias}{number}"'
        if child.inner or number in wanted:
            text += f" {'inner' if child.inner else 'left'} join lateral ("
            text += _embedded(node, number, alias)
            text += f") as {joined} on " + (f"{joined}.{FOUND}" if child.inner else "true")
    if not counting and not node.is_plain:
        members = join(", ", (_member(output, alias) for output in node.outputs))
        text += " cross join lateral (select " + members + f') as "{alias}o"'
    conditions = [*joins, *(_condition(one, alias) for one in node.where)]
    return text + " where " + join(" and ", conditions) if conditions else text


def item(node: Node, alias: str) -> str:
    """The object that a row becomes, or the plain value that a function gave."""
    return f'"{alias}".{ITEM}' if node.is_plain else f'"{alias}o"'


def limited(page: Page) -> Fragment:
    """The clauses for a page; its size is ours and part of the shape, so that it is planned for."""
    text = NOTHING if page.limit is None else Fragment(f" limit {page.limit:d}")
    return text + " offset " + parameter(page.offset) if page.offset else text


def value(of: Value, alias: str, *, output: bool = False) -> Fragment:
    """A value of a row.

    Args:
        of: the column and the way from there.
        alias: the row's, without quotes.
        output: whether it is to be shown, as its domain says.
    """
    column = of.column
    row = identifier(alias)
    found = row + "." + identifier(column.name)
    if column.function:
        found = identifier(*column.function) + "(" + row + ")"
    if of.steps and (column.type.kind is not Kind.JSON or column.type.is_array):
        found = "to_jsonb(" + found + ")"
    elif output and column.type.to_json and not of.steps:
        found = identifier(*column.type.to_json) + "(" + found + ")"
    for arrow, key in of.steps:
        found += f" {arrow} "
        found += f"({key:d})" if isinstance(key, int) else parameter(key)
    return "cast(" + found + f" as {of.cast})" if of.cast else found


def call(of: Call, alias: str) -> Fragment:
    """A function as something to read from."""
    function, before = of.function, NOTHING
    known = {parameter.name: parameter for parameter in function.parameters}
    if of.from_body:
        members = (identifier(name) + " " + known[name].sql_type for name in of.from_body)
        before = "json_to_record(" + parameter(of.body) + f"::json) as {BODY} ("
        before += join(", ", members) + "), lateral "
    arguments = [(name, f"{BODY}." + identifier(name)) for name in of.from_body]
    arguments += [(name, parameter(operand)) for name, operand in of.direct]
    named = [
        ("variadic " if known[name].variadic else "") + identifier(name) + " => " + written
        for name, written in arguments
    ]
    if of.whole_body is not None:
        named = [parameter(of.whole_body) + f"::{function.parameters[0].sql_type}"]
    called = identifier(function.schema, function.name) + "(" + join(", ", named) + ")"
    if function.rows is None:
        called = "(select " + called + f" as {ITEM})"
    return before + called + f' as "{alias}"'


def _embedded(parent: Node, number: int, parent_alias: str) -> Fragment:
    """What of a child goes into one row of its parent, and whether there is any."""
    child, alias = parent.children[number], f"{parent_alias}{number}_"
    node, found = child.node, f"true as {FOUND}"
    source, joins = _child_source(parent, child, parent_alias, alias)
    labels = [identifier(one.label) for one in node.outputs] if child.spread else [Fragment(ITEM)]
    members: list[Fragment | str] = [f'"{alias}o".' + label + " as " + label for label in labels]
    if child.relationship.is_to_one:
        columns = members if child.spread else [f"row_to_json({item(node, alias)}) as {ITEM}"]
        order = [
            value(one.value, alias) + f' as "@order{place}"'
            for place, one in enumerate(parent.order)
            if one.child == number
        ]
        return select_rows(node, source, alias, [*columns, found, *order], joins)
    columns = members if child.spread else [f"{item(node, alias)} as {ITEM}"]
    rows = select_rows(node, source, alias, [*columns, found], joins)
    lists = ["coalesce(json_agg(" + label + "), '[]') as " + label for label in labels]
    selected = join(", ", [*lists, f"count(*) > 0 as {FOUND}"])
    return "select " + selected + " from (" + rows + ') as "@rows"'


def _child_source(
    parent: Node, child: Child, parent_alias: str, alias: str
) -> tuple[Fragment, list[Fragment]]:
    way = child.relationship
    if way.function:
        row = identifier(parent_alias)
        if isinstance(parent.source, Call):
            row += "::" + identifier(*way.relation)
        return identifier(*way.function) + "(" + row + f') as "{alias}"', []
    source = identifier(*way.target) + f' as "{alias}"'
    if way.junction is None:
        return source, list(_equal(alias, way.target_columns, parent_alias, way.columns))
    middle = f"{alias}j"
    source += ", " + identifier(*way.junction.name) + f' as "{middle}"'
    ours = _equal(middle, way.junction.columns, parent_alias, way.columns)
    theirs = _equal(alias, way.target_columns, middle, way.junction.target_columns)
    return source, [*ours, *theirs]


def _equal(
    alias: str, columns: Sequence[str], other_alias: str, other_columns: Sequence[str]
) -> Iterator[Fragment]:
    for column, other in zip(columns, other_columns, strict=True):
        yield identifier(alias, column) + " = " + identifier(other_alias, other)


def _member(output: Output, alias: str) -> Fragment:
    if output.value is not None:
        shown = value(output.value, alias, output=True)
    elif output.spread is not None:
        shown = identifier(f"{alias}{output.child}", output.spread)
    else:
        shown = Fragment(f'"{alias}{output.child}".{ITEM}')
    return shown + " as " + identifier(output.label)


def _ordering(node: Node, one: Ordering, alias: str) -> Fragment:
    if one.child is None:
        term = value(one.value, alias)
    else:
        term = Fragment(f'"{alias}{one.child}"."@order{node.order.index(one)}"')
    term += " desc" if one.descending else ""
    nulls = {None: "", True: " nulls first", False: " nulls last"}[one.nulls_first]
    return term + nulls


def _presences(conditions: Sequence[Condition]) -> Iterator[int]:
    for condition in conditions:
        if isinstance(condition, Presence):
            yield condition.child
        elif isinstance(condition, Group):
            yield from _presences(condition.parts)


def _condition(condition: Condition, alias: str) -> Fragment:
    if isinstance(condition, Presence):
        truth = "is true" if condition.exists else "is not true"
        return Fragment(f'"{alias}{condition.child}".{FOUND} {truth}')
    if isinstance(condition, Group):
        parts = (_condition(part, alias) for part in condition.parts)
        found = "(" + join(f" {condition.operator} ", parts) + ")"
        return "not " + found if condition.negated else found
    found = _test(condition, alias)
    return "not (" + found + ")" if condition.comparison.negated else found


def _test(test: Test, alias: str) -> Fragment:
    comparison, data_type = test.comparison, test.value.column.type
    operator, found = comparison.operator, value(test.value, alias)
    if operator == "is":
        return found + f" {TRUTHS[str(comparison.value)]}"
    operand = parameter(comparison.value)
    if operator in SEARCHES:
        language = parameter(comparison.modifier) + "::regconfig, " if comparison.modifier else ""
        if data_type.name != "tsvector" or test.value.steps:
            found = "to_tsvector(" + language + found + ")"
        return found + f" @@ {SEARCHES[operator]}(" + language + operand + ")"
    reader = data_type.from_text if not test.value.steps else None
    if operator == "in":
        if reader:
            read = identifier(*reader) + '("@text")'
            operand = "array(select " + read + " from unnest(" + operand + '::text[]) as "@text")'
        return found + " = any(" + operand + ")"
    if reader:
        operand = identifier(*reader) + "(" + operand + ")"
    if comparison.modifier:
        operand = f"{comparison.modifier}(" + operand + ")"
    return found + f" {COMPARISONS[operator]} " + operand
