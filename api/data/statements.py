"""Statements: the SQL that answers a whole request, around the rows of its plan.

Equal shapes of queries give equal SQL, so that prepared statements repeat.
"""

# ruff: noqa: S608 - what is put together here is fragments and aliases of our own

from dataclasses import replace

from api.data.catalogue import Relation
from api.data.fragment import NOTHING, Fragment, identifier, join, parameter
from api.data.headers import Media
from api.data.params import Page
from api.data.plan import ROOT, Call, Plan
from api.data.rows import ITEM

LINES = '"@lines"'  # the cursor
FIRST, CALL, KEY, PLACE, BODY = '"@first"', '"@call"', '"@key"', '"@place"', '"@body"'
COUNTED = {"exact", "estimated"}  # preferences for which rows are counted
# What a function may say about the response: PostgREST's settings, and response.error, the body of
# an error whose transaction commits all the same.
SETTINGS = ("response.status", "response.headers", "response.error")


def answer_statement(plan: Plan, introduction: Fragment | None = None) -> Fragment:
    """The statement that gives the whole answer in one row.

    Its columns: the number of rows found (one more than the page when more follow), their total or
    null, the body, the key of the last row or null; for a call, SETTINGS.

    Args:
        plan: of a query.
        introduction: a `select` of one row with one true column `ready`, which is evaluated before
            anything else. Where nothing else may be done it raises, which undoes all.
    """
    before, source = _source(plan)
    columns = [Fragment("count(*)"), _total(plan, source), _body(plan), _last_key(plan)]
    if plan.writer or not isinstance(plan.source, Relation):
        columns += [Fragment(f"nullif(current_setting('{name}', true), '')") for name in SETTINGS]
    rows = _page(plan, source)
    if plan.rows.page.limit is not None:
        rows = f"select *, row_number() over () as {PLACE} from (" + rows + ") as p"
    answer = before + "select " + join(", ", columns) + " from (" + rows + ") as n"
    if introduction is not None:
        # A lateral join depends on what stands before it: that is evaluated first.
        answer = (
            f"with {FIRST} as materialized (" + introduction + ") "
            f"select a.* from {FIRST} cross join lateral (" + answer + f" where {FIRST}.ready) as a"
        )
    if plan.accept.explain:
        words = [f"format {plan.accept.explain}", *plan.accept.options]
        answer = f"explain ({', '.join(words)}) " + answer
    return answer.numbered()


def lines_statement(plan: Plan) -> Fragment:
    """The statement that opens a cursor over the body as lines of text, a row each."""
    before, source = _source(plan)
    lines = before + "select " + _line(plan) + " from (" + _page(plan, source) + ") as p"
    return (f"declare {LINES} no scroll cursor for " + lines).numbered()


def count_statement(plan: Plan) -> Fragment:
    """The statement that counts all rows; for an estimate no more than are counted for one."""
    before, source = _source(plan)
    return (before + "select " + _total(plan, source)).numbered()


def estimate_statement(plan: Plan) -> Fragment:
    """The statement that tells, as a plan in JSON, how many rows PostgreSQL expects."""
    before, source = _source(plan)
    rows = before + "select 1" + plan.rows.clauses(source, counting=True)
    return ("explain (format json) " + rows).numbered()


def header_line(plan: Plan) -> str:
    """The first line of a body of lines: names of columns for CSV."""
    if plan.accept.media != Media.CSV:
        return ""
    named = plan.source if isinstance(plan.source, Relation) else plan.source.function
    labels = list(plan.rows.outputs or ()) or [named.name]
    return ",".join(map(_quoted, labels))


def _quoted(text: str) -> str:
    """A field of CSV (RFC 4180)."""
    plain = not any(symbol in text for symbol in '",\r\n')
    return text if plain else '"' + text.replace('"', '""') + '"'


def _source(plan: Plan) -> tuple[Fragment, Fragment]:
    """What must stand before the statement, and what the root reads from."""
    source = plan.source
    if isinstance(source, Relation):
        return NOTHING, identifier(source.schema, source.name) + f' as "{ROOT}"'
    called = _called(source)
    if plan.preferences.count is None:
        return NOTHING, called
    # Called once, whatever it does: the page and the total read the same result.
    before = f'with {CALL} as materialized (select "{ROOT}".* from ' + called + ") "
    return before, Fragment(f'{CALL} as "{ROOT}"')


def _called(call: Call) -> Fragment:
    """A function as something to read from."""
    function, before = call.function, NOTHING
    known = {one.name: one for one in function.parameters}
    if call.from_body:
        members = (identifier(name) + " " + known[name].sql_type for name in call.from_body)
        before = "json_to_record(" + parameter(call.body) + f"::json) as {BODY} ("
        before += join(", ", members) + "), lateral "
    arguments = [(name, f"{BODY}." + identifier(name)) for name in call.from_body]
    arguments += [(name, parameter(operand)) for name, operand in call.direct]
    named = [
        ("variadic " if known[name].variadic else "") + identifier(name) + " => " + written
        for name, written in arguments
    ]
    if function.whole:
        named = [parameter(call.body) + f"::{function.parameters[0].sql_type}"]
    called = identifier(function.schema, function.name) + "(" + join(", ", named) + ")"
    if function.rows is None:
        called = "(select " + called + f" as {ITEM})"
    return before + called + f' as "{ROOT}"'


def _page(plan: Plan, source: Fragment) -> Fragment:
    """The rows of the page, each an item and the key that pages go by, and one row more.

    That one tells whether another page follows; a stream needs no telling. Where a call may give
    so many rows at most, all are counted.
    """
    rows, limit = plan.rows, plan.rows.page.limit
    if limit is not None and not plan.streams:
        most = limit + 1 if plan.most_affected is None else None
        rows = replace(rows, page=Page(most, rows.page.offset))
    row = Fragment(rows.item)
    if plan.writer and plan.writer.rows_of:
        row = identifier(ROOT) + "::" + identifier(*plan.writer.rows_of)
    key = [identifier(ROOT, plan.page_key[0]) + f" as {KEY}"] if plan.page_key else []
    return rows.select(source, [row + f" as {ITEM}", *key])


def _total(plan: Plan, source: Fragment) -> Fragment:
    if plan.preferences.count not in COUNTED:
        return Fragment("null::bigint")
    rows = "select 1" + plan.rows.clauses(source, counting=True)
    if plan.preferences.count == "estimated" and plan.counted is not None:
        rows += f" limit {plan.counted + 1:d}"
    return "(select count(*) from (" + rows + ") as counted)"


def _within(plan: Plan) -> str:
    limit = plan.rows.page.limit
    return "" if limit is None else f" filter (where {PLACE} <= {limit:d})"


def _body(plan: Plan) -> Fragment:
    if not plan.body:
        return Fragment("null::json")
    if plan.gives_nothing:
        return Fragment(f"to_json(count({ITEM}))")  # nothing to show, but it must run
    if plan.writer and plan.writer.aggregate:
        return identifier(*plan.writer.aggregate) + f"({ITEM}){_within(plan)}"
    if plan.writer:
        return Fragment(f"(array_agg({ITEM}))[1]")
    if plan.accept.media in {Media.CSV, Media.LINES}:
        lines = "string_agg(" + _line(plan) + ", '')" + _within(plan)
        return "concat(" + parameter(header_line(plan)) + "::text, " + lines + ")"
    body = f"json_agg({ITEM}){_within(plan)}"
    if plan.accept.strip_nulls:
        body = f"json_strip_nulls({body})"
    if plan.is_list:
        return Fragment(f"coalesce({body}, '[]')")
    return Fragment(f"coalesce({body} -> 0, 'null')")


def _line(plan: Plan) -> Fragment:
    """A row as a line: in CSV a newline stands before each, so that none ends the body."""
    if plan.accept.media == Media.LINES:
        # A newline between two values of a list, or in a value of type json, is only space.
        return Fragment(f"coalesce(replace(to_json({ITEM})::text, e'\\n', ' '), 'null') || e'\\n'")
    # PostgreSQL writes a row as CSV in parentheses, except that it doubles backslashes.
    row = f"row({ITEM})" if plan.rows.outputs is None else ITEM
    return Fragment(f"e'\\n' || replace(right(left({row}::text, -1), -1), '\\\\', '\\')")


def _last_key(plan: Plan) -> Fragment:
    """The key after which the next page begins; null where the row after it has the same one."""
    limit = plan.rows.page.limit
    if plan.page_key is None or limit is None:
        return Fragment("null::text")
    # Made a text of two rows alone: some types have no greatest value, but each has one as a text.
    last, next_one = (f"max({KEY}::text) filter (where {PLACE} = {limit + n:d})" for n in (0, 1))
    return Fragment(f"nullif({last}, {next_one})")
