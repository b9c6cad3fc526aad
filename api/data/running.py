"""Running a statement on a psycopg connection, inside whatever transaction the caller opened."""

from typing import Any, NamedTuple

from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.rows import tuple_row

from api.data.errors import bad_range, not_a_single_object
from api.data.render import Statement


class Answer(NamedTuple):
    """The one row that a statement gives."""

    found: int  # rows found, at most one more than the page
    total: int | None  # rows in all, where that was asked for
    body: bytes | None  # JSON, as PostgreSQL wrote it


class _RawJson(Loader):
    """JSON as the bytes that came: PostgreSQL wrote the body, Python only passes it on."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def prepare_connection(connection: AsyncConnection[Any]) -> None:
    """Make a connection give `json` as bytes; once for each, in the pool's configuration."""
    connection.adapters.register_loader("json", _RawJson)


async def run(connection: AsyncConnection[Any], statement: Statement) -> Answer:
    """Run a statement.

    Args:
        connection: one that went through `prepare_connection`, in a transaction.
        statement: from `render`.

    Raises:
        DataError: PGRST116, exactly one row was wanted, or PGRST103, the page begins beyond the
            last row; the transaction is to be rolled back.
        psycopg.Error: PostgreSQL refused.
    """
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(statement.text.encode(), statement.values)
        row = await cursor.fetchone()
    assert row is not None  # an aggregate without group by gives exactly one
    answer = Answer(*row)
    if statement.exactly_one and (rows := min(answer.found, statement.limit)) != 1:
        raise not_a_single_object(rows)
    if answer.total is not None and statement.offset > answer.total:
        raise bad_range(
            f"An offset of {statement.offset} was requested, but there are only "
            f"{answer.total} rows.",
            {"Content-Range": f"*/{answer.total}"},
        )
    return answer
