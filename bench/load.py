"""A load over HTTP: so many connections, each asking again as soon as it is answered."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import uvloop


@dataclass(frozen=True)
class Measured:
    """What a load saw."""

    rate: float  # answers a second
    median_ms: float


class _Client(asyncio.Protocol):
    def __init__(self, requests: Sequence[bytes], first: int, until: float) -> None:
        self.requests, self.next, self.until = requests, first, until
        self.times: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only
        self._ask()

    def _ask(self) -> None:
        self.asked = time.perf_counter()
        self.transport.write(self.requests[self.next % len(self.requests)])
        self.next += 1

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.received[:end]).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        if len(self.received) < end + 4 + length:
            return
        if not head.startswith(b"http/1.1 2"):
            self.done.set_exception(SystemExit(f"bench: refused: {bytes(self.received)!r}"))
            return
        self.received.clear()
        now = time.perf_counter()
        self.times.append(now - self.asked)
        if now < self.until:
            self._ask()
        else:
            self.transport.close()
            self.done.set_result(None)

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(SystemExit("bench: a server closed a connection"))


async def _load(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Measured:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = []
    for number in range(clients):
        first = number * len(requests) // clients
        make = partial(_Client, requests, first, began + seconds)
        _, client = await loop.create_connection(make, "127.0.0.1", port)
        made.append(client)
    await asyncio.gather(*(client.done for client in made))
    times = [one for client in made for one in client.times]
    elapsed = time.perf_counter() - began
    return Measured(len(times) / elapsed, statistics.median(times) * 1000)


def load(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Measured:
    """Ask in turn for each of some requests, over so many connections, for so long.

    Args:
        port: of this machine.
        requests: whole HTTP/1.1 requests.
        clients: connections, each with one request under way.
        seconds: how long.
    """
    return uvloop.run(_load(port, requests, clients, seconds))


def get(path: str, token: str = "") -> bytes:
    """A GET request."""
    head = [f"GET {path} HTTP/1.1", "Host: bench"]
    head += [f"Authorization: Bearer {token}"] if token else []
    return ("\r\n".join(head) + "\r\n\r\n").encode()


def post(path: str, token: str, body: str) -> bytes:
    """A POST request with a JSON body."""
    head = [
        f"POST {path} HTTP/1.1",
        "Host: bench",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()
