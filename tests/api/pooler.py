"""A pooler in transaction mode, as PgBouncer is with `pool_mode = transaction`: many clients share
one connection of PostgreSQL, which each has for a transaction at a time.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

READY, IDLE, TERMINATE = b"Z", b"I", b"X"


@contextmanager
def pooling(socket: Path, directory: Path) -> Iterator[None]:
    """Pool transactions for a PostgreSQL that asks for no password.

    Args:
        socket: of the server.
        directory: where the pooler's own socket, of the same name, is to be.
    """
    loop = asyncio.new_event_loop()
    pooler = _Pooler(socket)
    listener = loop.run_until_complete(
        asyncio.start_unix_server(pooler.serve, directory / socket.name)
    )
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(pooler.end(listener), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Pooler:
    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.server: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._greeting = b""
        self._turn = asyncio.Lock()
        self._clients: list[asyncio.StreamWriter] = []

    async def end(self, listener: asyncio.Server) -> None:
        listener.close()
        for writer in [*self._clients, *([self.server[1]] if self.server else [])]:
            writer.close()
        await asyncio.sleep(0.1)  # until everybody has heard of it

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._greet(reader, writer)
            while await self._transaction(reader, writer):
                pass
        writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        startup = await _rest(reader)
        async with self._turn:
            if self.server is None:
                self.server = await asyncio.open_unix_connection(self.socket)
                self.server[1].write(startup)
                self._greeting, _ = await self._answer()
        writer.write(self._greeting)

    async def _transaction(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        kind = await reader.readexactly(1)
        async with self._turn:
            assert self.server is not None
            while kind != TERMINATE:
                self.server[1].write(kind + await _rest(reader))
                if kind in (b"Q", b"S"):  # a simple query, or the end of an extended one
                    answer, state = await self._answer()
                    writer.write(answer)
                    if state == IDLE:
                        return True
                kind = await reader.readexactly(1)
            return False

    async def _answer(self) -> tuple[bytes, bytes]:
        """What the server says until it is ready, and its state then."""
        assert self.server is not None
        said = b""
        while True:
            kind = await self.server[0].readexactly(1)
            rest = await _rest(self.server[0])
            said += kind + rest
            if kind == READY:
                return said, rest[-1:]


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """The length of a message, and its contents."""
    length = await reader.readexactly(4)
    return length + await reader.readexactly(int.from_bytes(length) - 4)
