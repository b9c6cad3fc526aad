"""Running tasks of the data layer for a request, as whoever asks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from sanic import Request

from api.data.calls import READING
from api.data.plan import Call
from api.data.requests import Service, Task
from api.data.running import Answer, run
from api.errors import ApiError, busy, not_signed_in
from api.requests import check_body_of_stranger, note_function, who_asks
from api.services import Services
from api.tx import ANONYMOUS, IN_THE_WAY, SOMEBODY, STAFF, Actor

# How often a transaction that got into another's way is done again.
TRIES = 4


class RequestTransactions:
    """Transactions as whoever sent a request (`api.data.blueprint.Transactions`)."""

    def identify(self, request: Request[Any, Any], relation: str = "", function: str = "") -> None:
        """Find out who is asking, before anything else.

        Raises:
            ApiError: 401, the token is not valid, or there is none and it takes one; 413, there is
                none, and the body is large.
        """
        services: Services = request.app.ctx.services
        if who_asks(request, services.tokens) is SOMEBODY:
            check_body_of_stranger(request)
            if _takes_a_token(request, services.service, relation, function):
                raise not_signed_in()  # before it is told what else is wrong

    async def execute(self, request: Request[Any, Any], task: Task) -> Answer:
        """Run a task in a transaction of its own and commit.

        Raises:
            DataError, psycopg.Error: the statement failed, or the session of the token has ended;
                nothing is committed.
        """
        services: Services = request.app.ctx.services
        actor = _actor(request, task)
        if not task.plan.runs_apart:
            # One statement and no other: it is a transaction by itself, and introduces the actor.
            task.operands = [*task.operands, *actor.introduction]
        for _ in range(TRIES - 1):
            with suppress(*IN_THE_WAY):
                return await self._execute(services, actor, task)
        return await self._execute(services, actor, task)

    async def _execute(self, services: Services, actor: Actor, task: Task) -> Answer:
        plan = task.plan
        if plan.runs_apart:
            async with services.database.transaction(
                actor, read_only=plan.read_only, timezone=plan.preferences.timezone
            ) as connection:
                return await run(connection, task)
        if plan.read_only:
            return await services.database.read(actor, partial(run, task=task))
        async with services.database.connection(actor, read_only=False) as connection:
            return await run(connection, task)

    @asynccontextmanager
    async def transaction(
        self, request: Request[Any, Any], task: Task
    ) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """A transaction for a stream, of which there are only so many at once.

        Raises:
            ApiError: 503, there are as many as there may be.
            TimeoutError: this one takes too long.
        """
        services: Services = request.app.ctx.services
        actor = _actor(request, task)
        if services.streams.locked():
            raise busy("too many large downloads are running")
        async with (
            services.streams,
            asyncio.timeout(services.settings.stream_seconds_maximum),
            services.database.transaction(
                actor, read_only=True, timezone=task.plan.preferences.timezone
            ) as connection,
        ):
            yield connection


def _takes_a_token(
    request: Request[Any, Any], service: Service, relation: str, function: str
) -> bool:
    """Whether what a request asks for is there, knows its method, and is not for everybody.

    Raises:
        DataError: 404, no relation is; 406, the schema is not exposed.
    """
    catalogue, schema = service.catalogue, service.schema(request.method, request.headers)
    if function:
        overloads = catalogue.overloads(function, schema)
        open_to_all = any(ANONYMOUS in one.callers for one in overloads)
        return bool(overloads) and not open_to_all and request.method in {*READING, "POST"}
    readers = catalogue.relation(relation, schema).readers
    return ANONYMOUS not in readers and request.method in READING


def _actor(request: Request[Any, Any], task: Task) -> Actor:
    services: Services = request.app.ctx.services
    actor = who_asks(request, services.tokens)
    if isinstance(task.plan.source, Call):
        note_function(request, task.plan.source.function)
    if task.plan.accept.explain and actor.role != STAFF:
        raise ApiError("DENYD", "query plans are for staff", hint="Request the rows instead.")
    task.guesses = actor.role == STAFF
    return actor
