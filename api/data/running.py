"""Running a task on a psycopg connection, inside whatever transaction the caller opened."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.pq.abc import PGresult

from api.data.errors import DataError, bad_range, can_be_sent
from api.data.fragment import Fragment
from api.data.plan import Call, Plan
from api.data.requests import Task
from api.data.statements import (
    COUNTED,
    LINES,
    count_statement,
    estimate_statement,
    header_line,
    lines_statement,
)

LINES_AT_ONCE = 2000
CONNECTION_LOST = "08000"  # connection exception, the class
STATUS = re.compile(rb"[2-5][0-9]{2}")
BYTEA = 17  # pg_type.oid; written as \x and hexadecimal digits


@dataclass(slots=True)
class Answer:
    """What a statement gives."""

    rows: int | None = 0  # on the page; None: nobody knows yet
    more: bool = False  # whether there is one behind it
    total: int | None = None  # rows in all, where that was asked for
    body: bytes | None = None  # as PostgreSQL wrote it
    last_key: str | None = None  # of the last row of the page
    # What a function said about the response:
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    error: dict[str, Any] | None = None


async def run(connection: AsyncConnection[Any], task: Task) -> Answer:
    """Run a task's statement.

    Args:
        connection: in a transaction, unless the task's plan needs none.
        task: from `api.data.requests`.

    Raises:
        DataError: PGRST116, exactly one row was wanted, PGRST103, the page begins beyond the last
            row, PGRST111 and PGRST112, what a function said of the response is not as it must be;
            the transaction is to be rolled back.
        psycopg.Error: PostgreSQL refused.
    """
    result = await _execute(connection, task, task.statement, prepare=None)
    if task.plan.accept.explain:
        return Answer(body=b"\n".join(_lines(result)))
    fields = [result.get_value(0, column) for column in range(result.nfields)]
    found, total, body, last_key, *texts = fields
    if body is not None and result.ftype(2) == BYTEA:
        body = bytes.fromhex(body[2:].decode())
    limit, number = task.plan.rows.page.limit, int(found or 0)
    rows = number if limit is None else min(number, limit)
    answer = Answer(
        rows,
        number > rows,
        None if total is None else int(total),
        body,
        last_key.decode() if last_key else None,
        *_said(*texts),
    )
    answer.total = await _estimated(connection, task, answer.total)
    _check(task.plan, answer, number)
    return answer


async def open_stream(
    connection: AsyncConnection[Any], task: Task
) -> tuple[Answer, AsyncIterator[bytes]]:
    """The answer of a task that streams, but for its body, and that in pieces of many lines.

    However many rows there are, no more than a piece of them is in memory, here or in PostgreSQL.

    Args:
        connection: in a transaction, which must last until the last piece is taken.
        task: one whose plan streams.

    Raises:
        DataError: PGRST103, the page begins beyond the last row.
        psycopg.Error: PostgreSQL refused, at once or with any of the pieces.
    """

    async def fetch() -> list[bytes]:
        more = Fragment(f"fetch forward {LINES_AT_ONCE} from {LINES}")
        return _lines(await _execute(connection, task, more))

    async def pieces(lines: list[bytes]) -> AsyncIterator[bytes]:
        yield header_line(task.plan).encode() + b"".join(lines)
        while len(lines) == LINES_AT_ONCE:
            lines = await fetch()
            yield b"".join(lines)

    total = await count(connection, task)
    _check_offset(task.plan, total)
    await _execute(connection, task, lines_statement(task.plan))
    # Before anything is sent: what goes wrong until here is an error like any other.
    first = await fetch()
    rows = len(first) if len(first) < LINES_AT_ONCE else None
    return Answer(rows, total=total), pieces(first)


async def count(connection: AsyncConnection[Any], task: Task) -> int | None:
    """The number of all rows, as exactly as the request wants it; None: it does not.

    Raises:
        psycopg.Error: PostgreSQL refused.
    """
    exactly = task.plan.preferences.count in COUNTED
    total = await _counted(connection, task, task.plan) if exactly else None
    return await _estimated(connection, task, total)


async def _counted(connection: AsyncConnection[Any], task: Task, plan: Plan) -> int:
    result = await _execute(connection, task, count_statement(plan))
    return int(result.get_value(0, 0) or 0)


async def _estimated(connection: AsyncConnection[Any], task: Task, total: int | None) -> int | None:
    """As many rows as PostgreSQL expects, where that is wanted and they are too many to count."""
    plan, wish = task.plan, task.plan.preferences
    beyond = plan.counted is not None and (total or 0) > plan.counted
    wanted = wish.count == "planned" or (wish.count == "estimated" and beyond)
    if not wanted or isinstance(plan.source, Call):  # nothing is called twice
        return total
    if not task.guesses:
        exactly = replace(plan, preferences=replace(wish, count="exact"))
        return await _counted(connection, task, exactly)
    result = await _execute(connection, task, estimate_statement(plan))
    expected = json.loads(result.get_value(0, 0) or b"")[0]["Plan"]["Plan Rows"]
    return max(int(expected), total or 0)


async def _execute(
    connection: AsyncConnection[Any], task: Task, statement: Fragment, prepare: bool | None = False
) -> PGresult:
    cursor = AsyncRawCursor(connection)
    await cursor.execute(statement.text.encode(), task.values(statement), prepare=prepare)
    assert cursor.pgresult is not None
    return cursor.pgresult


def _lines(result: PGresult) -> list[bytes]:
    return [result.get_value(row, 0) or b"" for row in range(result.ntuples)]


def sqlstate_of(error: psycopg.Error) -> str:
    """The SQLSTATE of an error, also of what PostgreSQL was not or could not be asked."""
    if error.sqlstate is not None:
        return error.sqlstate
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return CONNECTION_LOST
    return "22000" if isinstance(error, psycopg.DataError) else "XX000"


def _said(
    status: bytes | None = None, headers: bytes | None = None, error: bytes | None = None
) -> tuple[int | None, list[tuple[str, str]], dict[str, Any] | None]:
    """What a function wants the response to be: its settings, read."""
    if status is headers is error is None:  # most say nothing
        return None, [], None
    if status is not None and not STATUS.fullmatch(status):
        raise DataError(500, "PGRST112", "response.status guc must be a valid status code")
    try:
        listed = json.loads(headers or b"[]")
        pairs = [pair for one in listed for (pair,) in [one.items()]]
        fits = isinstance(listed, list) and can_be_sent(pairs)
    except (ValueError, TypeError, AttributeError):
        fits = False
    if not fits:
        message = "response.headers guc must be a JSON array composed of objects with a single key"
        raise DataError(500, "PGRST111", f"{message} and a string value")
    return int(status) if status else None, pairs, json.loads(error) if error else None


def _check(plan: Plan, answer: Answer, number: int) -> None:
    if plan.exactly_one and answer.rows != 1:
        message = "Cannot coerce the result to a single JSON object"
        raise DataError(406, "PGRST116", message, f"The result contains {answer.rows} rows")
    if plan.most_affected is not None and number > plan.most_affected:
        message = "Query result exceeds max-affected preference constraint"
        raise DataError(400, "PGRST124", message, f"The query affects {number} rows")
    _check_offset(plan, answer.total)


def _check_offset(plan: Plan, total: int | None) -> None:
    """The page must not begin beyond the last row, where it is known which that is."""
    offset = plan.rows.page.offset
    if total is not None and offset > total:
        details = f"An offset of {offset} was requested, but there are only {total} rows."
        raise bad_range(details, **{"Content-Range": f"*/{total}"})
