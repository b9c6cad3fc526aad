"""An API with narrow limits on a Valkey of its own, and what its tests have in common."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import redis
from psycopg import sql
from redis.asyncio import Redis

from cli.servers.valkey import ValkeyServer
from config.settings import Settings
from outbox.sealed import SealedCodes
from tests.people import PASSWORD, fresh_details

CODES, FAILURES, PASSWORD_FAILURES, WINDOW = 4, 7, 6, 600
OTP_SECRET = "a secret of tests that seals one-time passwords"


class House:
    """An API with narrow limits on a Valkey of its own; the test itself delivers the SMS."""

    def __init__(
        self, client: httpx.Client, valkey: ValkeyServer, database_url: str, log: Path
    ) -> None:
        self.client, self.valkey, self.database_url, self.log = client, valkey, database_url, log
        self.keys = redis.Redis.from_url(valkey.url)

    def register(self) -> dict[str, Any]:
        details = fresh_details()
        assert self.client.post("/customers/register", json=details).status_code == 201
        return details

    def log_in(self, email: str, password: str = PASSWORD, seconds: float = 60) -> httpx.Response:
        body = {"email": email, "password": password}
        return self.client.post("/customers/login", json=body, timeout=seconds)

    def ask_for_code(self, person: dict[str, Any]) -> str:
        answer = self.log_in(person["email"])
        assert answer.status_code == 200, answer.text
        newest = max(int(key.rpartition(b":")[2]) for key in self.keys.keys("otp:sealed:*"))
        return asyncio.run(self._open(newest))

    async def _open(self, message_id: int) -> str:
        async with Redis.from_url(self.valkey.url) as valkey:
            code = await SealedCodes(valkey, Settings(otp_secret=OTP_SECRET)).open(message_id)
        assert code is not None
        return code

    def validate(self, person: dict[str, Any], code: str, seconds: float = 60) -> httpx.Response:
        body = {"phone_number": person["phone_number"], "otp": code}
        return self.client.put("/customers/validateOtp", json=body, timeout=seconds)

    def let_pass(self, seconds: int) -> None:
        """Everything in Valkey grows older."""
        for key in self.keys.keys("*"):
            if (left := self.keys.ttl(key)) > 0:
                self.keys.expire(key, left - seconds)

    def longest_transaction_seconds(self) -> float:
        with psycopg.connect(self.database_url) as connection:
            (seconds,) = connection.execute(
                "select coalesce(max(extract(epoch from now() - xact_start)), 0)::float"
                " from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            ).fetchone()
        return seconds

    @contextmanager
    def locked(self, table: str) -> Iterator[psycopg.Connection]:
        """Meanwhile whoever needs the table waits for it; the connection that holds it."""
        with psycopg.connect(self.database_url) as holder:
            holder.execute(sql.SQL("lock table {}").format(sql.Identifier("tekana", table)))
            yield holder

    @contextmanager
    def valkey_hangs(self) -> Iterator[None]:
        assert self.valkey.process is not None
        os.kill(self.valkey.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.valkey.process.pid, signal.SIGCONT)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def assert_slowed(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (429, "SLOWD")
    assert 0 < int(answer.headers["retry-after"]) <= WINDOW
