"""A PostgreSQL that hangs without closing its connections: reading from it, listening to it."""

import asyncio
import time

import httpx
import psycopg

from api.data import loading
from api.data.limits import Limits
from api.data.loading import Keeper, load_catalogue
from api.data.requests import Service
from config.connections import AsyncPromptConnection
from tests.api.data.conftest import serving
from tests.silence import stopped, stopped_process
from tests.waiting import eventually


def test_requests_are_answered_and_all_works_again_afterwards(server, shop_url, tmp_path):
    with serving(shop_url, tmp_path / "log", "--statement-timeout-ms", "1000") as url:
        assert httpx.get(f"{url}/books?limit=1").status_code == 200
        with stopped(server):
            began = time.monotonic()
            answer = httpx.get(f"{url}/books?limit=1", timeout=60)
            assert time.monotonic() - began < 15
        assert answer.status_code in {503, 504}
        assert answer.json()["code"] in {"PGRST001", "PGRST003"}
        eventually(lambda: httpx.get(f"{url}/books?limit=1").status_code == 200, 6, "reading again")


async def test_who_listens_to_a_server_that_is_gone_listens_anew(shop_url, monkeypatch):
    monkeypatch.setattr(loading, "LISTENING_SECONDS", 0.2)
    loads, listeners = [], []

    async def connect():
        connection = await AsyncPromptConnection.connect(
            shop_url, answer_seconds=0.5, autocommit=True
        )
        listeners.append(connection.info.backend_pid)
        return connection

    async def load() -> Service:
        async with await connect() as connection:
            listeners.pop()
            loads.append(await load_catalogue(connection, ["shop"]))
        return Service(loads[-1], Limits())

    keeper = Keeper(connect, load)
    await keeper.open(10)
    try:
        assert (len(loads), len(listeners)) == (1, 1)
        with stopped_process(listeners[0]):
            deadline = time.monotonic() + 10
            while len(loads) < 2:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
        with psycopg.connect(shop_url, autocommit=True) as connection:
            connection.execute("notify pgrst")
        while len(loads) < 3:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
    finally:
        await keeper.close()
    assert len(listeners) == 2
