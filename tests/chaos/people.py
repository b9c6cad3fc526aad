"""Who pays, and whose phone rings, in a stack that was just started."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event

import psycopg

from api.tokens import Session, Tokens
from config.settings import Settings
from outbox.queue import enqueue_sms, make_queue
from outbox.sealed import SealedCodes
from tests.chaos.clients import Payer
from tests.chaos.stack import SECRETS, Stack
from tests.db.kit import Person, cash_in, make_customer, make_staff, open_wallet
from tests.waiting import eventually

PAYERS = 10
MUCH = 1_000_000


def make_payers(connection: psycopg.Connection) -> list[Payer]:
    """Customers who are signed in and have money; the last one has little."""
    staff = make_staff(connection)
    settings = Settings(jwt_secret=SECRETS["TEKANA_JWT_SECRET"], access_token_seconds=86_400)
    tokens = Tokens(settings)
    payers = []
    for number in range(PAYERS):
        customer = make_customer(connection)
        wallet_id = open_wallet(customer)
        cash_in(staff, wallet_id, MUCH if number < PAYERS - 1 else 100)
        payers.append(Payer(tokens.issue(_session(connection, customer)), wallet_id))
    return payers


def _session(connection: psycopg.Connection, customer: Person) -> Session:
    query = (
        "insert into tekana.sessions (user_id, expires_at) values (%s, now() + interval '1 day')"
        " returning session_id"
    )
    assert customer.user_id is not None
    (session_id,) = connection.execute(query, [customer.user_id]).fetchone()
    return Session(session_id, customer.user_id, "CUSTOMER")


class Phones:
    """People who are sent one-time passwords by SMS."""

    def __init__(self, stack: Stack, connection: psycopg.Connection) -> None:
        self._stack, self._connection = stack, connection
        self._user_id = make_customer(connection).user_id
        self._settings = Settings(
            redis_url=stack.valkey.url, otp_secret=SECRETS["TEKANA_OTP_SECRET"]
        )
        self._codes = count(100_000)
        self.asked: dict[int, str] = {}

    @contextmanager
    def ringing(self) -> Iterator[None]:
        """Ask all the time, until the block ends."""
        ended = Event()

        def keep_asking() -> None:
            while not ended.wait(0.05):
                self.ask()

        with ThreadPoolExecutor(1) as thread:
            asking = thread.submit(keep_asking)
            try:
                yield
            finally:
                ended.set()
            asking.result()

    def ask(self, many: int = 5) -> None:
        """Ask for some as the API does, but that a newer one ends no older one of the same user."""
        query = """
            insert into tekana.sms_messages (user_id, purpose, expires_at)
            values (%s, 'OTP', now() + interval '300 seconds') returning message_id
        """
        new = {
            self._connection.execute(query, [self._user_id]).fetchone()[0]: str(next(self._codes))
            for _ in range(many)
        }
        asyncio.run(self._hand_over(new))
        self.asked |= new

    async def _hand_over(self, messages: dict[int, str]) -> None:
        queue = make_queue(self._settings)
        codes = SealedCodes(queue.redis, self._settings)
        for message_id, code in messages.items():
            await codes.seal(message_id, code)
            await enqueue_sms(queue, message_id)
        await queue.disconnect()

    def wait_until_sent(self) -> None:
        """Wait until PostgreSQL knows that all went out.

        Raises:
            AssertionError: some do not.
        """
        query = "select count(*) from tekana.sms_messages where status <> 'SENT'"
        eventually(lambda: self._connection.execute(query).fetchone() == (0,), 60, "every SMS")

    def received(self) -> dict[str, int]:
        """How often each code arrived."""
        texts = [sms.get("message", "") for sms in list(self._stack.gateway.received)]
        # A worker that was killed while it sent leaves half a text.
        often = Counter(text.split()[0] for text in texts if text.endswith("anyone."))
        return {code: often[code] for code in self.asked.values()}
