"""Whoever waits for a connection gets one soon after PostgreSQL is there again."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import ReadOnlySqlTransaction

from api.errors import ApiError
from api.services import find_row, one_row
from api.tx import STAFF, THE_GATEKEEPER, Actor, Database
from cli.servers.postgres import PostgresServer
from config.pools import RECONNECT_SECONDS
from config.settings import Settings
from tests.api.pooler import pooling
from workers.database import Database as WorkersDatabase

# Longer than psycopg's own pools try soon after each other, and shorter than they are waited for.
AWAY_SECONDS = 3.6
API, WORKER = "tekana_authenticator", "tekana_worker"
# As a server that restarts.
END_CONNECTIONS = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"


def url_by(way: Path, server: PostgresServer, database: str, user: str) -> str:
    """A URL that leads to the server as soon as there is such a way."""
    return f"postgresql://{user}@/{database}?host={way}&port={server.port}"


async def test_who_posts_or_reads_or_works_waits_no_longer_than_postgresql_is_away(
    server: PostgresServer, database: str, tmp_path: Path
) -> None:
    way = tmp_path / "way"
    pools = Database(Settings(api_database_url=url_by(way, server, database, API)))
    worker = WorkersDatabase(Settings(worker_database_url=url_by(way, server, database, WORKER)))
    await pools.open()
    await worker.open()
    try:
        await asyncio.sleep(0.5)

        async def post() -> None:
            async with pools.connection(THE_GATEKEEPER, read_only=False) as connection:
                await connection.execute("select 1")

        async def read() -> None:
            await pools.read(Actor(STAFF), lambda connection: connection.execute("select 1"))

        async def work() -> None:
            await worker.fetch("seal_transactions", most=1)

        asking = [asyncio.create_task(ask()) for ask in [post, post, read, read, read, work]]
        await asyncio.sleep(AWAY_SECONDS)
        assert not any(task.done() for task in asking)
        way.symlink_to(server.socket_directory)
        async with asyncio.timeout(4):
            await asyncio.gather(*asking)  # those of the API before their patience of 5 s ends
    finally:
        await pools.close()
        await worker.close()


async def test_what_a_connection_does_is_its_own_to_say(
    server: PostgresServer, database: str
) -> None:
    asked = ("isolation", "read_only")
    settings = ", ".join(f"current_setting('default_transaction_{name}')" for name in asked)
    query = f"select current_setting('idle_in_transaction_session_timeout'), {settings}"

    async def told(connection: psycopg.AsyncConnection) -> tuple[str, ...] | None:
        return await (await connection.execute(query)).fetchone()

    with psycopg.connect(server.url(), autocommit=True) as connection:
        setting = "default_transaction_isolation = 'serializable'"
        connection.execute(f"alter database {database} set {setting}")
    pools = Database(Settings(api_database_url=server.url(database, API)))
    worker = WorkersDatabase(Settings(worker_database_url=server.url(database, WORKER)))
    await pools.open()
    await worker.open()
    try:
        # It refuses any other isolation.
        assert len(await worker.fetch("seal_transactions", most=1)) == 1
        assert await pools.read(Actor(STAFF), told) == ("1min", "read committed", "on")
        async with pools.connection(Actor(STAFF), read_only=False) as connection:
            assert await told(connection) == ("1min", "read committed", "off")
    finally:
        await pools.close()
        await worker.close()


@pytest.fixture
def pooled(server: PostgresServer, tmp_path: Path) -> Iterator[Path]:
    """A way to the server on which all share a connection."""
    with pooling(server.socket_path, tmp_path):
        yield tmp_path


@pytest.mark.parametrize("who", ["API", "worker"])
async def test_where_statements_are_not_to_be_prepared_none_is(
    server: PostgresServer, database: str, pooled: Path, who: str
) -> None:
    """Of two who share a connection, each would prepare what the other has prepared."""
    settings = Settings(
        api_database_url=url_by(pooled, server, database, API),
        worker_database_url=url_by(pooled, server, database, WORKER),
        prepare_statements=False,
    )

    async def ask(asking: Database | WorkersDatabase) -> None:
        if isinstance(asking, WorkersDatabase):
            await asking.fetch("find_waiting_sms", older_than_seconds=3, most=1)
        else:
            async with asking.connection(THE_GATEKEEPER, read_only=True) as connection:
                await one_row(connection, "missing_schemas", names=["api"])

    kind = {"API": Database, "worker": WorkersDatabase}[who]
    both = [kind(settings) for _ in range(2)]
    for one in both:
        await one.open()
    try:
        for _ in range(20):  # it takes some before one is prepared
            for one in both:
                await ask(one)
    finally:
        for one in both:
            await one.close()


@pytest.mark.parametrize("who", ["API", "worker"])
async def test_who_writes_goes_on_when_the_database_can_be_written_again(
    server: PostgresServer, database: str, who: str
) -> None:
    pools = Database(Settings(api_database_url=server.url(database, API), database_pool_size=4))
    worker = WorkersDatabase(Settings(worker_database_url=server.url(database, WORKER)))

    async def write() -> None:
        if who == "worker":
            await worker.fetch("seal_transactions", most=1)
        else:
            async with pools.connection(THE_GATEKEEPER, read_only=False) as connection:
                await find_row(connection, "close_session", refresh_token_hash=b"")

    refusal = (ReadOnlySqlTransaction, ApiError)
    # As the host of a full one does; who connected meanwhile does not hear of its end.
    setting = f"alter database {database} {{}} default_transaction_read_only"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(setting.format("set") + " = on")
        await (worker if who == "worker" else pools).open()
        try:
            with pytest.raises(refusal):
                await write()
            connection.execute(setting.format("reset"))
            for _ in range(3):  # what may be left of four connections
                with suppress(*refusal):
                    await write()
            await write()
        finally:
            await (worker if who == "worker" else pools).close()


async def test_the_worker_asks_nothing_over_a_connection_that_has_ended(
    server: PostgresServer, database: str
) -> None:
    worker = WorkersDatabase(Settings(worker_database_url=server.url(database, WORKER)))
    await worker.open()
    try:
        await worker.fetch("seal_transactions", most=1)
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(END_CONNECTIONS, [database])
        assert len(await worker.fetch("seal_transactions", most=1)) == 1
    finally:
        await worker.close()


async def test_nobody_is_tried_to_be_reached_for_nobody(
    server: PostgresServer, database: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pools = Database(Settings(api_database_url=url_by(tmp_path / "way", server, database, API)))
    await pools.open()
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1), pools.connection(THE_GATEKEEPER, read_only=False):
                pass
        assert "error connecting" in caplog.text
        await asyncio.sleep(2 * RECONNECT_SECONDS)
        caplog.clear()
        await asyncio.sleep(3 * RECONNECT_SECONDS)
        assert "error connecting" not in caplog.text
    finally:
        await pools.close()
