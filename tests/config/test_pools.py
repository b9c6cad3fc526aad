"""Whoever waits for a connection gets one soon after PostgreSQL is there again."""

import asyncio
import time
from pathlib import Path

import pytest
from psycopg_pool import PoolTimeout

from api.tx import STAFF, THE_GATEKEEPER, Actor, Database
from cli.servers.postgres import PostgresServer
from config.settings import Settings
from workers.database import Database as WorkersDatabase

# Longer than psycopg's own pools try soon after each other, and shorter than they are waited for.
AWAY_SECONDS = 3.6


def url_by(way: Path, server: PostgresServer, database: str, user: str) -> str:
    """A URL that leads to the server as soon as there is such a way."""
    return f"postgresql://{user}@/{database}?host={way}&port={server.port}"


async def test_who_posts_or_reads_waits_no_longer_than_postgresql_is_away(
    server: PostgresServer, database: str, tmp_path: Path
) -> None:
    way = tmp_path / "way"
    url = url_by(way, server, database, "tekana_authenticator")
    pools = Database(Settings(api_database_url=url))
    await pools.open()
    try:
        await asyncio.sleep(0.5)

        async def post() -> None:
            async with pools.connection(THE_GATEKEEPER, read_only=False) as connection:
                await connection.execute("select 1")

        async def read() -> None:
            await pools.read(Actor(STAFF), lambda connection: connection.execute("select 1"))

        asking = [asyncio.create_task(ask()) for ask in [post, post, read, read, read]]
        await asyncio.sleep(AWAY_SECONDS)
        assert not any(task.done() for task in asking)
        way.symlink_to(server.socket_directory)
        await asyncio.gather(*asking)  # before their patience of 5 s ends
    finally:
        await pools.close()


async def test_nobody_is_tried_to_be_reached_for_nobody(
    server: PostgresServer, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = url_by(tmp_path / "way", server, database, "tekana_authenticator")
    pools = Database(Settings(api_database_url=url))
    await pools.open()
    try:
        with pytest.raises(PoolTimeout):
            async with pools.connection(THE_GATEKEEPER, read_only=False):
                pass
        await asyncio.sleep(1.5)
        caplog.clear()
        await asyncio.sleep(1.5)
        assert not [told for told in caplog.messages if "error connecting" in told]
    finally:
        await pools.close()


async def test_so_does_the_worker(server: PostgresServer, database: str, tmp_path: Path) -> None:
    way = tmp_path / "way"
    url = url_by(way, server, database, "tekana_worker")
    worker = WorkersDatabase(Settings(worker_database_url=url))
    await worker.open()
    try:
        asking = asyncio.create_task(worker.fetch("seal_transactions", most=1))
        await asyncio.sleep(AWAY_SECONDS)
        assert not asking.done()
        way.symlink_to(server.socket_directory)
        began = time.monotonic()
        await asking
        assert time.monotonic() - began < 4
    finally:
        await worker.close()
