"""Posting transactions for whoever asks: those that ask at the same time, by one statement."""

import asyncio
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import psycopg

from api.gathering import Gatherer
from api.queries import QUERIES
from api.tx import IN_THE_WAY, STAFF, THE_GATEKEEPER, Actor, Database

# As many as a statement can post while those who wait for it do not notice.
MOST_AT_ONCE = 128
# A batch that has to wait longer for a wallet is taken apart: one slow payer slows nobody else.
LOCK_MILLISECONDS = 200
# How long to ask what became of a posting, and how often; PostgreSQL restarts within some seconds.
PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.1


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
        self._gatherer: Gatherer[Mapping[str, Any], Posted] = Gatherer(
            self._post, self._post_alone, MOST_AT_ONCE
        )

    async def post(self, actor: Actor, arguments: Mapping[str, str | None]) -> Posted:
        """Post for somebody who is signed in.

        Args:
            actor: who asks.
            arguments: those of `api.post_transaction`, by name.

        Raises:
            psycopg.Error: PostgreSQL refused it, or cannot be reached.
            psycopg_pool.PoolTimeout: no connection is free or to be had.
        """
        user_id = actor.claims["sub"]
        key = arguments.get("idempotency_key")
        return await self._gatherer.ask(
            {
                **arguments,
                "idempotency_key": f"made up {uuid.uuid4()}" if key is None else key,
                "session_id": actor.claims.get("sid"),
                "actor_id": user_id,
                "customer_id": None if actor.role == STAFF else user_id,
            }
        )

    async def _post(
        self, postings: Sequence[Mapping[str, Any]], lock_milliseconds: int = LOCK_MILLISECONDS
    ) -> list[Posted]:
        values = {"postings": json.dumps(postings), "lock_milliseconds": lock_milliseconds}
        async with self._database.connection(THE_GATEKEEPER, read_only=False) as connection:
            cursor = await connection.execute(QUERIES["post_gathered"], values)
            return [Posted(*row) for row in await cursor.fetchall()]

    async def _post_alone(self, posting: Mapping[str, Any]) -> Posted:
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                (posted,) = await self._post([posting], lock_milliseconds=0)
            except psycopg.OperationalError as error:
                if not _is_worth_another_try(error) or time.monotonic() > until:
                    raise
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return posted


def _is_worth_another_try(error: psycopg.OperationalError) -> bool:
    # Without a code of its own the connection was lost, and perhaps only the answer. Class 57P: the
    # server is stopping, starting or was told to end this connection.
    code = error.sqlstate
    return code is None or code.startswith("57P") or isinstance(error, IN_THE_WAY)
