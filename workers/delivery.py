"""The delivery of one SMS: asked of PostgreSQL, handed to the gateway, told to PostgreSQL."""

import asyncio
import logging

import psycopg
from redis.exceptions import RedisError

from outbox.sealed import LIFETIME_SECONDS, SealedCodes, SealError
from workers.database import Database
from workers.sms import SmsGateway, SmsRefused, SmsUnavailable

logger = logging.getLogger(__name__)

# Six digits nowhere else in the text: phones and people look for them.
_TEXT = (
    f"{{code}} is your Tekana code. It expires in {LIFETIME_SECONDS // 60} minutes. "
    "Never share it with anyone."
)
_LONGEST_PAUSE_SECONDS = 30.0
_PAUSE_WITHOUT_SERVERS_SECONDS = 2.0
_RECORDING_TRIES = 10
_RECORDING_PAUSE_SECONDS = 1.0


class TryAgain(RuntimeError):  # noqa: N818 - an instruction to the queue rather than an error
    """The SMS is not sent yet; try again after a pause."""

    def __init__(self, why: str, pause_seconds: float) -> None:
        super().__init__(why)
        self.pause_seconds = pause_seconds


class SmsDelivery:
    """Delivers, at least once: dying between handing over and telling sends an SMS twice."""

    def __init__(
        self, database: Database, codes: SealedCodes, gateway: SmsGateway, gateway_name: str
    ) -> None:
        self._database = database
        self._codes = codes
        self._gateway = gateway
        self._gateway_name = gateway_name

    async def deliver(self, message_id: int) -> None:
        """Send an SMS, unless it was sent, has expired or was given up.

        Args:
            message_id: of the row in `tekana.sms_messages`.

        Raises:
            TryAgain: it was not sent, and may be later.
        """
        try:
            await self._deliver(message_id)
            # It was handed over, or never will be.
            await self._codes.forget(message_id)
        except (psycopg.Error, RedisError) as error:
            raise TryAgain(
                f"PostgreSQL or Valkey did not answer: {type(error).__name__}",
                _PAUSE_WITHOUT_SERVERS_SECONDS,
            ) from None

    async def _deliver(self, message_id: int) -> None:
        rows = await self._database.fetch("begin_sms", message_id=message_id)
        if not rows:
            return
        to, attempt = rows[0]["phone_number"], rows[0]["attempt"]
        try:
            code = await self._codes.open(message_id)
        except SealError as error:
            await self._record_failure(message_id, str(error), permanent=True)
            return
        if code is None:
            gone = "the code is gone: it expired, or Valkey lost it"
            await self._record_failure(message_id, gone, permanent=True)
            return
        try:
            reference = await self._gateway.send(to, _TEXT.format(code=code))
        except SmsRefused as refusal:
            await self._record_failure(message_id, str(refusal), permanent=True)
        except SmsUnavailable as problem:
            await self._postpone(message_id, attempt, str(problem))
        except Exception as error:  # noqa: BLE001 - a gateway's own mistake
            # Its type only: nobody knows whether its text repeats the code.
            await self._postpone(message_id, attempt, f"the gateway raised {type(error).__name__}")
        else:
            await self._record_sent(message_id, reference)
            logger.info("SMS sent", extra={"message_id": message_id, "attempt": attempt})

    async def _record_sent(self, message_id: int, reference: str | None) -> None:
        # Stubbornly: what is sent and not recorded will be sent again.
        for remaining in reversed(range(_RECORDING_TRIES)):
            try:
                await self._database.fetch(
                    "record_sms_sent",
                    message_id=message_id,
                    gateway=self._gateway_name,
                    reference=reference,
                )
            except psycopg.Error:
                if not remaining:
                    raise
                await asyncio.sleep(_RECORDING_PAUSE_SECONDS)
            else:
                return

    async def _postpone(self, message_id: int, attempt: int, problem: str) -> None:
        if not await self._record_failure(message_id, problem, permanent=False):
            raise TryAgain(problem, min(2.0 ** (attempt - 1), _LONGEST_PAUSE_SECONDS))

    async def _record_failure(self, message_id: int, problem: str, *, permanent: bool) -> bool:
        """Whether it is given up for that, and was not sent or of no use already."""
        rows = await self._database.fetch(
            "record_sms_failure",
            message_id=message_id,
            gateway=self._gateway_name,
            problem=problem,
            permanent=permanent,
        )
        is_given_up = bool(rows[0]["is_given_up"])
        if is_given_up:
            logger.error("SMS given up: %s", problem, extra={"message_id": message_id})
        return is_given_up
