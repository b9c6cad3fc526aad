"""A database of the tests' own, and the package served over it on a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_response

from api.data.blueprint import data_blueprint
from api.data.catalogue import Catalogue
from api.data.errors import DataError
from api.data.loading import load_catalogue
from api.data.running import Answer, prepare_connection, run
from cli.servers.postgres import PostgresServer

DATABASE = "data_tests"
_numbers = count()  # Sanic wants a name of its own for each application


@pytest.fixture(scope="session")
def shop_url(server: PostgresServer) -> str:
    """URL of the bookshop's database, made once."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"create database {DATABASE}")
    with psycopg.connect(server.url(DATABASE), autocommit=True) as connection:
        connection.execute(Path(__file__).with_name("schema.sql").read_text())
    return server.url(DATABASE)


@pytest.fixture(scope="session")
def catalogue(shop_url: str) -> Catalogue:
    """What the bookshop offers."""

    async def load() -> Catalogue:
        async with await psycopg.AsyncConnection.connect(shop_url) as connection:
            return await load_catalogue(connection, ["shop"], ["shop_guest", "shop_keeper"])

    return asyncio.run(load())


def example_app(shop_url: str, catalogue: Catalogue) -> Sanic:
    """The smallest application: everybody is shop_guest, SQLSTATEs of classes 22 and 42 are 400."""
    app = Sanic(f"shop_{next(_numbers)}")
    # Sanic rewrites its own methods at start (touch up), which works once in a process only.
    app.config.update(MOTD=False, AUTO_EXTEND=False, TOUCHUP=False, REQUEST_MAX_HEADER_SIZE=16_384)
    pool = AsyncConnectionPool(shop_url, min_size=1, max_size=4, open=False, configure=configure)

    async def execute(request: Request, statement, *, read_only: bool) -> Answer:
        async with pool.connection() as connection, connection.transaction():
            await connection.execute("set local role shop_guest")
            if read_only:
                await connection.execute("set transaction read only")
            return await run(connection, statement)

    @app.exception(DataError)
    async def refuse(request: Request, error: DataError) -> HTTPResponse:
        return json_response(error.body(), error.status, error.headers)

    @app.exception(psycopg.Error)
    async def map_error(request: Request, error: psycopg.Error) -> HTTPResponse:
        state = error.sqlstate or ""
        status = 403 if state == "42501" else 400 if state[:2] in {"22", "42", "23"} else 500
        return json_response({"code": state, "message": str(error)}, status)

    @app.before_server_start
    async def open_pool(app: Sanic) -> None:
        await pool.open()

    @app.after_server_stop
    async def close_pool(app: Sanic) -> None:
        await pool.close()

    app.blueprint(data_blueprint(lambda _: catalogue, execute, url_prefix="/api/v1"))
    return app


async def configure(connection: psycopg.AsyncConnection) -> None:
    prepare_connection(connection)


@pytest.fixture
def app(shop_url: str, catalogue: Catalogue) -> Sanic:
    """The application, to which a test may add routes before it asks for `base_url`."""
    return example_app(shop_url, catalogue)


@pytest.fixture
async def base_url(app: Sanic) -> AsyncIterator[str]:
    """Where the application answers: a free port of this machine."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.after_start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1"
    await server.before_stop()
    await server.close()
    await server.after_stop()


@pytest.fixture
async def client(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of the application."""
    async with httpx.AsyncClient(base_url=base_url) as client:
        yield client


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """An event loop for tests that are not coroutines themselves."""
    with asyncio.Runner() as runner:
        yield runner
