"""What is told of changes is heard, however it comes."""

import asyncio
from functools import partial
from typing import Any

import psycopg

from api.data.catalogue import Catalogue
from api.data.limits import Limits
from api.data.loading import Keeper
from api.data.requests import Service

TOLD = "notify pgrst, 'reload schema'"


async def test_a_change_told_while_the_schema_is_read_is_read_afterwards(shop_url: str) -> None:
    is_read = asyncio.Event()
    read: list[int] = []

    async def load(connection: psycopg.AsyncConnection[Any]) -> Service:
        read.append(len(read))
        is_read.set()
        # In which the notices of the moment arrive.
        await connection.execute("select pg_sleep(0.5)")
        return Service(Catalogue(("shop",), {}, {}), Limits())

    async def times(number: int) -> None:
        while len(read) < number:
            is_read.clear()
            await asyncio.wait_for(is_read.wait(), 10)

    connect = partial(psycopg.AsyncConnection.connect, shop_url, autocommit=True)
    keeper = Keeper(connect, load)
    await keeper.open(0)
    try:
        async with await connect() as teller:
            for number in (1, 2):
                await times(number)
                await teller.execute(TOLD)
                await teller.execute(TOLD)
            await times(3)
            await asyncio.sleep(1)  # those that came together brought one reading
            assert len(read) == 3
    finally:
        await keeper.close()
