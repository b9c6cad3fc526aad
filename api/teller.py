"""Posting transactions for whoever asks: those that ask at the same time, by one statement."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

import psycopg

from api.errors import LOCKED, ApiError, locked, unavailable
from api.gathering import Gatherer
from api.queries import QUERIES
from api.tx import IN_THE_WAY, THE_GATEKEEPER, Actor, Database, was_lost

# As many as a statement can post while those who wait for it do not notice.
MOST_AT_ONCE = 128
# A batch waits no longer; what needs something that is held for longer is posted by itself.
LOCK_MILLISECONDS = 200
# How long to ask what became of a posting, and how often; PostgreSQL restarts within some seconds.
PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.1
# What is posted by itself is at a few connections, and who waits for something that is held at some
# of their own, in turn. They look in now and then, and hold the wallets of others no longer: they
# slow nobody else.
ALONE_AT_ONCE = 2
LOCK_MILLISECONDS_ALONE = 10
Found = TypeVar("Found")


class Posted(NamedTuple):
    """What became of a posting; code and what follows: why it was declined or refused."""

    transaction: bytes | None  # JSON, as its actor may see it
    is_replayed: bool | None
    code: str | None
    message: str | None
    details: str | None
    hint: str | None


class Teller:
    """Posts what is asked of this process, in batches; every posting has a key.

    With the key a posting whose batch was lost, or whose answer was, can be asked for again: it is
    done once, and answered as it was done.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._room = asyncio.Semaphore(ALONE_AT_ONCE)
        self._waiting_room = asyncio.Semaphore(ALONE_AT_ONCE)
        self._gatherer: Gatherer[Mapping[str, Any], Posted] = Gatherer(
            self._post, self._post_alone, MOST_AT_ONCE
        )

    async def post(self, actor: Actor, arguments: Mapping[str, str | None]) -> Posted:
        """Post for somebody who is signed in.

        Args:
            actor: who asks.
            arguments: those of `api.post_transaction`, by name.

        Raises:
            ApiError: 503, what it needs is held, or cannot be asked about, for too long.
            psycopg.Error: PostgreSQL refused it, or cannot be reached.
            psycopg_pool.PoolTimeout: no connection is free or to be had.
        """
        key = arguments.get("idempotency_key")
        posting = {
            **arguments,
            "idempotency_key": f"made up {uuid.uuid4()}" if key is None else key,
            "session_id": actor.claims["sid"],
        }
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                posted = await self._gatherer.ask(posting)
        except TimeoutError:
            # It may be under way, and done: its key says so whoever asks.
            raise unavailable("the database") from None
        return await self._post_alone(posting, waits=True) if posted.code == LOCKED else posted

    async def _post(
        self, postings: Sequence[Mapping[str, Any]], lock_milliseconds: int = LOCK_MILLISECONDS
    ) -> list[Posted]:
        values = {"postings": json.dumps(postings), "lock_milliseconds": lock_milliseconds}
        async with self._database.connection(THE_GATEKEEPER, read_only=False) as connection:
            cursor = await connection.execute(QUERIES["post_gathered"], values)
            return [Posted(*row) for row in await cursor.fetchall()]

    async def _post_alone(self, posting: Mapping[str, Any], *, waits: bool = False) -> Posted:
        until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            async with _entered(self._waiting_room if waits else self._room, until, waits=waits):
                try:
                    longest = LOCK_MILLISECONDS_ALONE if waits else LOCK_MILLISECONDS
                    (posted,) = await self._post([posting], longest)
                except psycopg.OperationalError as error:
                    waits = error.sqlstate == LOCKED
                    if not waits and (_is_over(until) or not _is_worth_another_try(error)):
                        raise
                else:
                    waits = posted.code == LOCKED
                    if not waits:
                        return posted
                if _is_over(until):
                    raise _too_long(waits=waits)
                await asyncio.sleep(PAUSE_SECONDS)


@asynccontextmanager
async def _entered(room: asyncio.Semaphore, until: float, *, waits: bool) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(until):
            await room.acquire()
    except TimeoutError:
        raise _too_long(waits=waits) from None
    try:
        yield
    finally:
        room.release()


def _is_over(until: float) -> bool:
    return asyncio.get_running_loop().time() > until


def _too_long(*, waits: bool) -> ApiError:
    # Of what does not wait nobody knows what became of it.
    return locked() if waits else unavailable("the database")


async def ask_on(ask: Callable[[], Awaitable[Found]]) -> Found:
    """Ask PostgreSQL something that is done or found once however often it is asked.

    Raises:
        psycopg.Error: it refused, or could not be reached for too long.
    """
    until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        try:
            return await ask()
        except psycopg.OperationalError as error:
            if _is_over(until) or not _is_worth_another_try(error):
                raise
        await asyncio.sleep(PAUSE_SECONDS)


def _is_worth_another_try(error: psycopg.OperationalError) -> bool:
    return was_lost(error) or isinstance(error, IN_THE_WAY)
