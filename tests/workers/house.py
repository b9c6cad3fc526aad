"""What the worker's tests are told with: the process, and the one who asks it for SMS."""

import asyncio
import signal
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from config.settings import Settings
from outbox.queue import enqueue_sms, make_queue
from outbox.sealed import SealedCodes
from tests.processes import start_program
from tests.waiting import eventually

CODE = "493817"
OTP_SECRET = "a secret of tests, long enough for a key"
_customers = count(1)


class WorkerProcess:
    """`python -m workers`."""

    def __init__(self, environment: dict[str, str], log_path: Path) -> None:
        self.log_path = log_path
        self.process = start_program("workers", environment, log_path)

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def wait_until_ready(self) -> None:
        eventually(lambda: "worker ready" in self.log or self.process.poll() is not None)
        assert self.process.poll() is None, self.log

    def end(self, signal_number: int = signal.SIGTERM) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(40)


class Messages:
    """Asks for SMS to a new customer as the API does, and looks at what became of them."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        number = next(_customers)
        self.phone_number = f"+25078812{number:04d}"
        self._connection.execute(
            "select tekana.register_customer('Aline', 'Uwase', %s, %s, 'NID', %s, 'FEMALE',"
            " '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA')",
            [f"aline{number}@example.com", self.phone_number, f"119908001234{number:04d}"],
        )
        query = "select user_id from tekana.users where phone_number = %s"
        self._user_id = self._connection.execute(query, [self.phone_number]).fetchone()[0]

    def ask(self, *, sealed_with: str | None = OTP_SECRET, enqueued: bool = True) -> int:
        # As tekana.request_otp does, but that a newer one ends no older one of the same user.
        query = """
            insert into tekana.sms_messages (user_id, purpose, expires_at)
            values (%s, 'OTP', now() + interval '300 seconds') returning message_id
        """
        message_id = self._connection.execute(query, [self._user_id]).fetchone()[0]
        asyncio.run(self._hand_over(message_id, sealed_with, enqueued))
        return message_id

    async def _hand_over(self, message_id: int, sealed_with: str | None, enqueued: bool) -> None:
        queue = make_queue(Settings())
        try:
            if sealed_with:
                sealing = Settings(otp_secret=sealed_with)
                await SealedCodes(queue.redis, sealing).seal(message_id, CODE)
            if enqueued:
                assert await enqueue_sms(queue, message_id)
        finally:
            await queue.disconnect()

    def row(self, message_id: int) -> dict[str, Any]:
        cursor = self._connection.cursor(row_factory=psycopg.rows.dict_row)
        query = "select * from tekana.sms_messages where message_id = %s"
        return cursor.execute(query, [message_id]).fetchone()

    def wait_for(self, message_id: int, status: str) -> dict[str, Any]:
        eventually(lambda: self.row(message_id)["status"] == status, what=f"status {status}")
        return self.row(message_id)

    def wait_for_problem(self, message_id: int) -> str:
        return str(eventually(lambda: self.row(message_id)["problem"], what="a problem"))

    def change(self, message_id: int, assignments: str) -> None:
        query = f"update tekana.sms_messages set {assignments} where message_id = %s"
        self._connection.execute(query, [message_id])

    def close(self) -> None:
        self._connection.close()
