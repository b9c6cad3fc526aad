"""One-time passwords: kept in Valkey as an HMAC for 300 seconds, right once at the most."""

import hmac
import re
import secrets
from hashlib import sha256

from redis.asyncio import Redis

from config.settings import Settings
from outbox.sealed import SealedCodes

DIGITS = 6
LIFETIME_SECONDS = 300
ATTEMPTS = 5

# Counts the attempt before anything is compared: however many come at once, five see the digest.
_TAKE_AN_ATTEMPT = """
local digest = redis.call('hget', KEYS[1], 'digest')
if not digest then return nil end
if redis.call('hincrby', KEYS[1], 'attempts', 1) > tonumber(ARGV[1]) then
    redis.call('del', KEYS[1])
    return nil
end
return {digest, redis.call('hget', KEYS[1], 'user_id'), redis.call('hget', KEYS[1], 'message_id')}
"""
# Of many who are right at once, one finds it still there.
_CONSUME = """
if redis.call('hget', KEYS[1], 'digest') ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])
"""


class OneTimePasswords:
    """The one-time passwords that are out: one a phone number, the latest."""

    def __init__(self, valkey: Redis, settings: Settings) -> None:
        self._key = settings.require("otp_secret").encode()
        self._valkey = valkey
        self._sealed = SealedCodes(valkey, settings)
        self._take_an_attempt = valkey.register_script(_TAKE_AN_ATTEMPT)
        self._consume = valkey.register_script(_CONSUME)

    async def issue(self, user_id: int, phone_number: str, message_id: int) -> None:
        """Make a code for a user, keep its HMAC for checking and leave it sealed for the worker.

        Args:
            user_id: whose sign-in it confirms.
            phone_number: where it goes, and what it will come back with.
            message_id: of the row in `tekana.sms_messages` that sends it.

        Raises:
            redis.RedisError: Valkey is away.
        """
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        name = self._name(phone_number)
        await self._sealed.seal(message_id, code)
        fields: dict[str | bytes, bytes | float | int | str] = {
            "digest": self._digest(message_id, code),
            "user_id": user_id,
            "message_id": message_id,
        }
        async with self._valkey.pipeline(transaction=True) as pipeline:
            pipeline.delete(name)
            pipeline.hset(name, mapping=fields)
            pipeline.expire(name, LIFETIME_SECONDS)
            await pipeline.execute()

    async def check(self, phone_number: str, code: str) -> int | None:
        """Whose code this is, if it is right, not expired and within five attempts; used up then.

        Args:
            phone_number: as the customer typed it, with or without its +.
            code: as the customer typed it.

        Returns:
            Key of the user, or None.

        Raises:
            redis.RedisError: Valkey is away.
        """
        name = self._name(phone_number)
        found = await self._take_an_attempt(keys=[name], args=[ATTEMPTS])
        if found is None:
            return None
        digest, user_id, message_id = found
        if not hmac.compare_digest(digest.decode(), self._digest(int(message_id), code)):
            return None
        return int(user_id) if await self._consume(keys=[name], args=[digest]) else None

    def _digest(self, message_id: int, code: str) -> str:
        return hmac.new(self._key, f"otp:{message_id}:{code}".encode(), sha256).hexdigest()

    def _name(self, phone_number: str) -> str:
        # The number itself is nobody's business who reads Valkey.
        digits = re.sub(r"[^0-9]", "", phone_number)
        return "otp:" + hmac.new(self._key, f"phone:{digits}".encode(), sha256).hexdigest()
