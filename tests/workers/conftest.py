"""A worker as a real process, between real servers and an SMS gateway over real HTTP."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from config.settings import Settings
from outbox.queue import enqueue_sms, make_queue
from outbox.sealed import SealedCodes

ROOT = Path(__file__).parents[2]
PHONE_NUMBER = "+250788123456"
CODE = "493817"


def eventually(probe: Callable[[], Any], seconds: float = 20, what: str = "it") -> Any:
    """The first true answer of a probe; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.05)
    return answer


class Gateway:
    """An HTTP server in the gateway's place: keeps what it receives, answers what it is told to."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.authorization: list[str | None] = []
        self.answers: list[int] = []  # what to answer next; 200 when empty
        self.slow = threading.Event()  # set: hold every request until it is cleared
        self.body = b'{"success": true, "details": [{"messageid": "ref-1"}]}'
        handler = type("Handler", (_GatewayHandler,), {"gateway": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/sms"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.slow.clear()
        self._server.shutdown()
        self._server.server_close()


class _GatewayHandler(BaseHTTPRequestHandler):
    gateway: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.gateway.authorization.append(self.headers["authorization"])
        status = self.gateway.answers.pop(0) if self.gateway.answers else 200
        self.gateway.received.append({key: value[0] for key, value in parse_qs(body).items()})
        while self.gateway.slow.is_set():
            time.sleep(0.05)
        try:
            self.send_response(status)
            self.send_header("content-length", str(len(self.gateway.body)))
            self.end_headers()
            self.wfile.write(self.gateway.body)
        except OSError:
            pass  # the worker that asked is gone

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    yield gateway
    gateway.close()


@pytest.fixture
def environment(
    server: PostgresServer, database: str, redis_url: str, gateway: Gateway, tmp_path: Path
) -> dict[str, str]:
    """The TEKANA_* variables of a worker that sends through the HTTP gateway."""
    return {
        "TEKANA_WORKER_DATABASE_URL": server.url(database, "tekana_worker"),
        "TEKANA_REDIS_URL": redis_url,
        "TEKANA_OTP_SECRET": "a secret of tests, long enough for a key",
        "TEKANA_DATA_DIR": str(tmp_path / "data"),
        "TEKANA_SMS_GATEWAY": "intouch",
        "TEKANA_SMS_URL": gateway.url,
        "TEKANA_SMS_USERNAME": "tekana",
        "TEKANA_SMS_PASSWORD": "gateway-password",
    }


class WorkerProcess:
    def __init__(self, environment: dict[str, str], log_path: Path) -> None:
        self.log_path = log_path
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("TEKANA_")}
        with log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workers"],
                cwd=ROOT,
                env=inherited | environment,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def wait_until_ready(self) -> None:
        eventually(lambda: "worker ready" in self.log or self.process.poll() is not None)
        assert self.process.poll() is None, self.log

    def end(self, signal_number: int = signal.SIGTERM) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(15)


@pytest.fixture
def start_worker(
    environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., WorkerProcess]]:
    """Starts a worker and waits until it is ready, unless told not to."""
    started: list[WorkerProcess] = []
    numbers = count()

    def start(*, ready: bool = True, **overrides: str) -> WorkerProcess:
        log_path = tmp_path / f"worker-{next(numbers)}.log"
        worker = WorkerProcess(environment | overrides, log_path)
        started.append(worker)
        if ready:
            worker.wait_until_ready()
        return worker

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.process.kill()
            worker.process.wait(5)


class Messages:
    """Asks for an SMS as the API does, and looks at what became of it."""

    def __init__(self, url: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch):
        self._connection = psycopg.connect(url, autocommit=True)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        self.settings = Settings()
        self._connection.execute(
            "select tekana.register_customer('Aline', 'Uwase', 'aline@example.com', %s, 'NID',"
            " '1199080012345678', 'FEMALE', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA')",
            [PHONE_NUMBER],
        )
        query = "select user_id from tekana.users where phone_number = %s"
        self._user_id = self._connection.execute(query, [PHONE_NUMBER]).fetchone()[0]

    def ask(self, code: str = CODE, *, sealed: bool = True, enqueued: bool = True) -> int:
        query = "select message_id from tekana.request_otp(%s, interval '300 seconds')"
        message_id = self._connection.execute(query, [self._user_id]).fetchone()[0]
        asyncio.run(self._hand_over(message_id, code, sealed, enqueued))
        return message_id

    async def _hand_over(self, message_id: int, code: str, sealed: bool, enqueued: bool) -> None:
        queue = make_queue(self.settings)
        try:
            if sealed:
                await SealedCodes(queue.redis, self.settings).seal(message_id, code)
            if enqueued:
                assert await enqueue_sms(queue, message_id)
        finally:
            await queue.disconnect()

    def row(self, message_id: int) -> dict[str, Any]:
        cursor = self._connection.cursor(row_factory=psycopg.rows.dict_row)
        query = "select * from tekana.sms_messages where message_id = %s"
        return cursor.execute(query, [message_id]).fetchone()

    def wait_for(self, message_id: int, status: str, seconds: float = 20) -> dict[str, Any]:
        eventually(lambda: self.row(message_id)["status"] == status, seconds, f"status {status}")
        return self.row(message_id)

    def change(self, message_id: int, assignments: str) -> None:
        query = f"update tekana.sms_messages set {assignments} where message_id = %s"
        self._connection.execute(query, [message_id])

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def messages(
    server: PostgresServer,
    database: str,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Messages]:
    messages = Messages(server.url(database), environment, monkeypatch)
    yield messages
    messages.close()
