"""One-time passwords on their way from the API to the SMS gateway: encrypted, and not for long."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from redis.asyncio import Redis

from config.settings import Settings

LIFETIME_SECONDS = 300  # of a code, and of all that is kept of it


class SealError(RuntimeError):
    """A sealed code was not sealed with our key; the message tells nothing about it."""


class SealedCodes:
    """Codes in Valkey, for 300 seconds, readable with a key derived from `TEKANA_OTP_SECRET` only.

    A copy of Valkey's memory or disk without that secret yields no code.
    """

    def __init__(self, valkey: Redis, settings: Settings) -> None:
        self._valkey = valkey
        secret = settings.require("otp_secret").encode()
        # A key of its own (RFC 5869): the HMAC under which codes are checked has another.
        key = HKDF(SHA256(), 32, salt=None, info=b"tekana sealed one-time password").derive(secret)
        self._fernet = Fernet(urlsafe_b64encode(key))

    async def seal(self, message_id: int, code: str) -> None:
        """Leave a code for the worker, before its SMS is committed and enqueued.

        Args:
            message_id: of the row in `tekana.sms_messages`.
            code: the one-time password.

        Raises:
            redis.RedisError: Valkey is away: the code cannot be delivered.
        """
        # The id inside: a sealed code moved to another message's key does not open.
        sealed = self._fernet.encrypt(f"{message_id}:{code}".encode())
        await self._valkey.set(_key(message_id), sealed, ex=LIFETIME_SECONDS)

    async def open(self, message_id: int) -> str | None:
        """The code, or None when it is not there any more: handed over already, or expired.

        Raises:
            SealError: it was sealed with another key, or for another message.
            redis.RedisError: Valkey is away.
        """
        sealed = await self._valkey.get(_key(message_id))
        if sealed is None:
            return None
        try:
            opened = self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise SealError(
                "the sealed code does not open: give the API and the worker the same "
                "TEKANA_OTP_SECRET"
            ) from None
        owner, _, code = opened.partition(":")
        if owner != str(message_id):
            raise SealError("the sealed code belongs to another message")
        return code

    async def forget(self, message_id: int) -> None:
        """Delete a code that was handed over or will never be."""
        await self._valkey.delete(_key(message_id))


def _key(message_id: int) -> str:
    return f"otp:sealed:{message_id}"
