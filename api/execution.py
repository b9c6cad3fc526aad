"""Running a statement for a request, as whoever asks."""

import json
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from sanic import Request

from api.data.render import Statement
from api.data.running import Answer, run
from api.errors import ApiError
from api.requests import who_asks
from api.services import Services, run_query


async def execute(request: Request[Any, Any], statement: Statement, *, read_only: bool) -> Answer:
    """Run a statement of the data layer in a transaction of its own and commit.

    A function may say what the response must be (PostgREST's settings `response.status` and
    `response.headers`) and, with `response.error`, that it is an error although the transaction
    commits: a declined transaction is recorded.

    Raises:
        ApiError: after the commit, what the function put into `response.error`.
        DataError, psycopg.Error: the statement failed; nothing is committed.
    """
    services: Services = request.app.ctx.services
    actor = who_asks(request, services.tokens)
    async with services.database.transaction(actor, read_only=read_only) as connection:
        answer = await run(connection, statement)
        error = None if read_only else await _response_settings(connection, request)
    if error is not None:
        raise error
    return answer


async def _response_settings(
    connection: AsyncConnection[TupleRow], request: Request[Any, Any]
) -> ApiError | None:
    row = await run_query(connection, "response_settings")
    status, headers, error = row or (None, None, None)
    for header in json.loads(headers) if headers else []:
        request.ctx.response_headers.update(header)
    if error is None:
        return None
    told = json.loads(error)
    return ApiError(
        int(status or 400), told["code"], told["message"], told.get("details"), told.get("hint")
    )
