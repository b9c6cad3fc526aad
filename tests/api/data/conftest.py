"""A bookshop of the tests' own, and the package serving it alone, as a process of its own."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import psycopg
import pytest

from api.data.catalogue import Catalogue
from api.data.limits import Limits
from api.data.loading import load_catalogue
from api.data.requests import Service
from cli.servers.postgres import PostgresServer
from tests.processes import free_port, start_program
from tests.waiting import answers, eventually

DATABASE = "data_tests"
SECRET = "a secret of the tests that is long enough"


@pytest.fixture(scope="session")
def shop_url(server: PostgresServer) -> str:
    """URL of the bookshop's database, made once; whoever connects may become anybody."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"create database {DATABASE}")
    with psycopg.connect(server.url(DATABASE), autocommit=True) as connection:
        connection.execute(Path(__file__).with_name("schema.sql").read_text())
        connection.execute("analyze")
    return server.url(DATABASE)


@pytest.fixture(scope="session")
def catalogue(shop_url: str) -> Catalogue:
    """What the bookshop offers."""

    async def load() -> Catalogue:
        async with await psycopg.AsyncConnection.connect(shop_url) as connection:
            roles = ["shop_guest", "shop_keeper"]
            return await load_catalogue(connection, ["shop", "cellar"], roles, ["tools"])

    return asyncio.run(load())


@pytest.fixture(scope="session")
def shop(catalogue: Catalogue) -> Service:
    """The catalogue with pages."""
    return Service(catalogue, Limits(default_page=20, largest_page=1000))


@contextmanager
def serving(url: str, log: Path, *options: str) -> Iterator[str]:
    """`python -m api.data` over a database, until the block ends; where it answers."""
    port = free_port()
    told = ["--database-url", url, "--port", str(port), "--jwt-secret", SECRET]
    told += ["--schemas", "shop,cellar", "--anon-role", "shop_guest"]
    process = start_program("api.data", {}, log, *told, *options)
    base = f"http://127.0.0.1:{port}"
    try:
        probe = f"{base}/books?limit=1"
        eventually(lambda: answers(probe) or process.poll() is not None, 30, f"an answer ({log})")
        assert process.poll() is None, log.read_text()
        yield base
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.wait(20)
    assert ended == 0, log.read_text()


@pytest.fixture(scope="session")
def base_url(shop_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the bookshop answers: with pages, plans and a short patience."""
    log = tmp_path_factory.mktemp("shop") / "server.log"
    with serving(
        shop_url,
        log,
        *("--default-page", "20", "--largest-page", "1000"),
        *("--extra-search-path", "tools", "--statement-timeout-ms", "1000", "--plan-enabled"),
    ) as url:
        yield url
    # Nothing that a test sent was more than the server could tell a client about.
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def client(base_url: str) -> Iterator[httpx.Client]:
    """A guest of the bookshop."""
    with httpx.Client(base_url=base_url, timeout=30) as client:
        yield client


def token(role: str | None = "shop_keeper", secret: str = SECRET, **claims: Any) -> dict[str, str]:
    """The header of somebody with a token."""
    known = {"role": role} if role else {}
    encoded = jwt.encode({**known, **claims}, secret, "HS256")
    return {"Authorization": f"Bearer {encoded}"}


Rows = Callable[[str], list[Any]]


@pytest.fixture(scope="session")
def rows(client: httpx.Client) -> Rows:
    """The rows at a path, which must be there."""

    def read(path: str) -> list[Any]:
        response = client.get(path)
        assert response.status_code == 200, response.text
        return json.loads(response.text)

    return read


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """An event loop for tests that are not coroutines themselves."""
    with asyncio.Runner() as runner:
        yield runner


def fuzz_examples(default: int) -> int:
    """How many examples a fuzz test tries."""
    return int(os.environ.get("TEKANA_TEST_FUZZ_EXAMPLES", default))
