"""Running a task on a psycopg connection, inside whatever transaction the caller opened."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, AsyncRawCursor

from api.data.errors import DataError, bad_range, not_a_single_object
from api.data.headers import Media
from api.data.plan import Plan
from api.data.requests import Task
from api.data.statements import (
    Statement,
    count_statement,
    estimate_statement,
    header_line,
    lines_statement,
)

LINES_AT_ONCE = 2000
BYTEA = 17  # pg_type.oid; written as \x and hexadecimal digits


@dataclass(slots=True)
class Answer:
    """What a statement gives."""

    found: int = 0  # rows found, at most one more than the page
    total: int | None = None  # rows in all, where that was asked for
    body: bytes | None = None  # as PostgreSQL wrote it
    last_key: str | None = None  # of the last row of the page
    status: str | None = None  # what a function said about the response
    headers: str | None = None
    error: str | None = None


async def run(
    connection: AsyncConnection[Any], task: Task, *, introduced: bool = False
) -> Answer | None:
    """Run a task's statement.

    Args:
        connection: in a transaction, unless the task's plan needs none.
        task: from `api.data.requests`.
        introduced: whether the statement begins with an introduction.

    Returns:
        The answer; None when the introduction was not ready to let the rest be evaluated.

    Raises:
        DataError: PGRST116, exactly one row was wanted, or PGRST103, the page begins beyond the
            last row, …; the transaction is to be rolled back.
        psycopg.Error: PostgreSQL refused.
    """
    cursor = AsyncRawCursor(connection)
    await cursor.execute(task.statement.text.encode(), task.values())
    result = cursor.pgresult
    assert result is not None
    if task.plan.accept.explain:
        lines = [result.get_value(row, 0) or b"" for row in range(result.ntuples)]
        return Answer(body=b"\n".join(lines))
    fields = [result.get_value(0, column) for column in range(result.nfields)]
    if introduced and fields.pop(0) != b"t":
        return None
    found, total, body, *texts = fields
    if body is not None and result.ftype(result.nfields - len(texts) - 1) == BYTEA:
        body = bytes.fromhex(body[2:].decode())
    if task.plan.accept.media in {Media.CSV, Media.LINES} and task.plan.writer is None:
        body = _framed(task.plan, body or b"", first=True)
    answer = Answer(
        int(found or 0),
        None if total is None else int(total),
        body,
        *(None if text is None else text.decode() for text in texts),
    )
    if task.plan.preferences.count in {"planned", "estimated"}:
        answer.total = await count(connection, task)
    _check(task.plan, answer)
    return answer


async def stream(connection: AsyncConnection[Any], task: Task) -> AsyncIterator[tuple[bytes, int]]:
    """The body of a task that streams, in pieces of some thousand lines, and how many they are.

    However many rows there are, no more than a piece of them is in memory, here or in PostgreSQL.

    Args:
        connection: in a transaction, which must last until the last piece is taken.
        task: one whose plan streams.

    Raises:
        psycopg.Error: PostgreSQL refused, at once or after any number of pieces.
    """
    statement = lines_statement(task.plan)
    cursor = AsyncRawCursor(connection)
    text = f"declare lines no scroll cursor for {statement.text}".encode()
    await cursor.execute(text, task.values(statement), prepare=False)
    first, more = True, True
    while more:
        await cursor.execute(f"fetch forward {LINES_AT_ONCE} from lines".encode())
        result = cursor.pgresult
        assert result is not None
        lines = [result.get_value(row, 0) or b"" for row in range(result.ntuples)]
        yield _framed(task.plan, b"\n".join(lines), first=first), len(lines)
        first, more = False, len(lines) == LINES_AT_ONCE


def _framed(plan: Plan, lines: bytes, *, first: bool) -> bytes:
    """Some lines of a body: in CSV a newline stands before each but the header, else after each."""
    if plan.accept.media != Media.CSV:
        return lines + b"\n" if lines else b""
    header = header_line(plan) if first else b""
    return header + b"\n" + lines if lines else header


async def count(connection: AsyncConnection[Any], task: Task) -> int | None:
    """The number of all rows, as exactly as the request wants it; None: it does not.

    Estimated: counted while they are few, else as many as PostgreSQL expects.

    Raises:
        psycopg.Error: PostgreSQL refused.
    """
    plan, total = task.plan, None
    if plan.preferences.count in {"exact", "estimated"}:
        total = int(await _single(connection, task, count_statement(plan)))
    if plan.preferences.count == "planned" or (
        plan.preferences.count == "estimated" and total is not None and total > (plan.counted or 0)
    ):
        explained = json.loads(await _single(connection, task, estimate_statement(plan)))
        total = max(int(explained[0]["Plan"]["Plan Rows"]), total or 0)
    return total


async def _single(connection: AsyncConnection[Any], task: Task, statement: Statement) -> bytes:
    cursor = AsyncRawCursor(connection)
    await cursor.execute(statement.text.encode(), task.values(statement))
    assert cursor.pgresult is not None
    return cursor.pgresult.get_value(0, 0) or b""


def _check(plan: Plan, answer: Answer) -> None:
    limit = plan.node.page.limit
    rows = answer.found if limit is None else min(answer.found, limit)
    if plan.exactly_one and rows != 1:
        raise not_a_single_object(rows)
    most = plan.preferences.max_affected
    if most is not None and rows > most:
        message = "Query result exceeds max-affected preference constraint"
        raise DataError(400, "PGRST124", message, f"The query affects {rows} rows")
    offset = plan.node.page.offset
    if answer.total is not None and offset > answer.total:
        raise bad_range(
            f"An offset of {offset} was requested, but there are only {answer.total} rows.",
            {"Content-Range": f"*/{answer.total}"},
        )
