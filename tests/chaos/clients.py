"""Clients who pay each other over HTTP, and ask again, with the same key, what they do not know."""

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any, NamedTuple

from tests.waiting import eventually

PATIENCE_SECONDS = 10.0  # of a client with one answer
PAUSE_SECONDS = 0.3  # before asking again
HOLDS = 0.05  # of all
NEW_CONNECTIONS = 0.05  # so that a process that is new gets its share


@dataclass(frozen=True)
class Payer:
    """A customer who pays."""

    token: str = field(repr=False)
    wallet_id: int


@dataclass
class Payment:
    """What was asked with one key, and all that was answered."""

    key: str
    payer: Payer
    body: dict[str, Any]
    status: int | None = None  # of the answer that told what became of it
    answer: dict[str, Any] = field(default_factory=dict)
    was_unknown: bool = False
    was_done: bool = False  # before the request that was answered: its first answer was lost

    @property
    def is_acknowledged(self) -> bool:
        """Whether the client knew at the first time."""
        return self.status is not None and not self.was_unknown


class Answer(NamedTuple):
    status: int
    is_replayed: bool
    body: dict[str, Any]


class Connection:
    """One connection, opened again when it is lost."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def pay(self, payment: Payment) -> Answer:
        """Ask once.

        Raises:
            OSError, EOFError, TimeoutError: nobody knows what became of it.
        """
        body = json.dumps(payment.body).encode()
        head = (
            "POST /api/v1/transactions HTTP/1.1\r\nHost: chaos\r\n"
            f"Authorization: Bearer {payment.payer.token}\r\n"
            f"Idempotency-Key: {payment.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                if self._streams is None:
                    self._streams = await asyncio.open_connection("127.0.0.1", self._port)
                reader, writer = self._streams
                writer.write(head.encode() + body)
                return await _read(reader)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    status_line, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    body = await reader.readexactly(int(headers["content-length"]))
    is_replayed = headers.get("idempotency-replayed") == "true"
    return Answer(int(status_line.split()[1]), is_replayed, json.loads(body))


class Load:
    """Many clients, in a thread of their own, until the block ends; then each knows everything."""

    def __init__(self, port: int, payers: list[Payer], clients: int = 32) -> None:
        self.payments: list[Payment] = []
        self.answered = 0
        self.longest_wait = 0.0
        self._port, self._payers, self._clients = port, payers, clients
        self._is_stopping = self._gives_up = False
        self._errors: list[BaseException] = []
        self._thread = Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._is_stopping = True
        self._gives_up = kind is not None  # what went wrong may never answer again
        self._thread.join()
        if self._errors and not self._gives_up:
            raise self._errors[0]

    def let_it_run(self, answers: int) -> None:
        """Wait for so many more answers.

        Raises:
            AssertionError: they do not come.
        """
        wanted, alive = self.answered + answers, self._thread.is_alive
        eventually(lambda: self.answered >= wanted or not alive(), 60, "an answer to clients")
        assert alive(), self._errors

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as clients:
                for number in range(self._clients):
                    payer = self._payers[number % len(self._payers)]
                    clients.create_task(self._client(payer))
        except BaseExceptionGroup as errors:
            self._errors += errors.exceptions

    async def _client(self, payer: Payer) -> None:
        connection = Connection(self._port)
        while not self._is_stopping:
            payment = Payment(str(uuid.uuid4()), payer, self._body(payer))
            self.payments.append(payment)
            await self._find_out(connection, payment)
            if random.random() < NEW_CONNECTIONS:
                connection.close()
            await asyncio.sleep(random.uniform(0, 0.01))
        connection.close()

    def _body(self, payer: Payer) -> dict[str, Any]:
        others = [other.wallet_id for other in self._payers if other != payer]
        body = {
            "transaction_type": "TRANSFER",
            "debited_wallet_id": payer.wallet_id,
            # Many pay the same one.
            "credited_wallet_id": others[0] if random.random() < 0.3 else random.choice(others),
            "amount": random.randint(1, 100),
            "channel_type": "APP",
            "external_reference_number": str(uuid.uuid4()),
        }
        if random.random() < HOLDS:
            end = datetime.now(UTC) + timedelta(seconds=random.uniform(2, 5))
            body |= {"status": "PENDING", "expires_at": end.isoformat()}
        return body

    async def _find_out(self, connection: Connection, payment: Payment) -> None:
        """Ask until there is an answer; all that it takes is the same key."""
        began = time.monotonic()
        while not self._gives_up:
            try:
                answer = await connection.pay(payment)
            except (OSError, EOFError, TimeoutError):
                answer = None
            if answer is not None and answer.status < 500:
                break
            payment.was_unknown = True
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return
        # A hold that would end before it begins, because it took so long: it was not made.
        is_late = "expires_at" in str(answer.body.get("details"))
        if answer.status not in (201, 422) and not is_late:
            raise AssertionError(f"{payment} was answered with {answer}")
        payment.status, payment.answer = answer.status, answer.body
        payment.was_done = answer.is_replayed
        self.answered += 1
        self.longest_wait = max(self.longest_wait, time.monotonic() - began)


async def ask_again(port: int, payments: list[Payment]) -> list[Answer]:
    """What each is answered when it is asked for once more."""
    connection = Connection(port)
    answers = [await connection.pay(payment) for payment in payments]
    connection.close()
    return answers
