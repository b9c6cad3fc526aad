"""Whoever waits for PostgreSQL waits so long and no longer."""

import asyncio
import time

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from config.connections import AsyncPromptConnection, NoAnswer, PromptConnection
from tests.silence import stopped


def test_a_url_may_say_otherwise(server: PostgresServer) -> None:
    async def parameters(url: str) -> dict[str, str]:
        connection = await AsyncPromptConnection.connect(url)
        async with connection:
            return connection.info.get_parameters()

    ours = {"connect_timeout": "5", "keepalives_idle": "10", "tcp_user_timeout": "25000"}
    ours |= {"keepalives_interval": "5", "keepalives_count": "3"}
    assert ours.items() <= asyncio.run(parameters(server.url())).items()
    assert asyncio.run(parameters(server.url() + "&keepalives_idle=77"))["keepalives_idle"] == "77"


async def test_what_answers_in_time_is_let_be_and_so_is_a_wait_for_news(
    server: PostgresServer,
) -> None:
    connection = await AsyncPromptConnection.connect(
        server.url(), answer_seconds=0.5, autocommit=True
    )
    async with connection:
        for _ in range(3):
            await connection.execute("select pg_sleep(0.3)")
        await connection.execute("listen news")
        assert [news async for news in connection.notifies(timeout=1)] == []
        await connection.execute("notify news")
        assert not connection.closed


async def test_what_does_not_is_closed(server: PostgresServer) -> None:
    connection = await AsyncPromptConnection.connect(
        server.url(), answer_seconds=0.5, autocommit=True
    )
    with stopped(server):
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="does not answer"):
            await connection.execute("select 1")
        assert 0.5 <= time.monotonic() - began < 1
    assert connection.closed


def test_of_a_command_likewise(server: PostgresServer) -> None:
    url = server.url() + "&keepalives_idle=77"
    with PromptConnection.connect(url, answer_seconds=0.2, autocommit=True) as connection:
        assert connection.info.get_parameters()["keepalives_idle"] == "77"
        assert list(connection.notifies(timeout=0.3)) == []
        with stopped(server), pytest.raises(NoAnswer, match="does not answer"):
            connection.execute("select 1")
        assert connection.closed


async def test_who_stops_waiting_need_not_wait_for_that(server: PostgresServer) -> None:
    connection = await AsyncPromptConnection.connect(
        server.url(), answer_seconds=20, autocommit=True
    )
    with stopped(server):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await connection.execute("select 1")
        assert time.monotonic() - began < 2
    assert connection.closed


async def test_where_postgresql_hears_of_that_the_connection_goes_on(
    server: PostgresServer,
) -> None:
    connection = await AsyncPromptConnection.connect(
        server.url(), answer_seconds=20, autocommit=True
    )
    async with connection:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await connection.execute("select pg_sleep(60)")
        assert await (await connection.execute("select 1")).fetchone() == (1,)


async def test_connecting_takes_so_long_and_no_longer(server: PostgresServer) -> None:
    with stopped(server):
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            await AsyncPromptConnection.connect(server.url(), connect_timeout=2)
        assert time.monotonic() - began < 3
