"""One-time passwords: kept in Valkey as an HMAC for 300 seconds, right once at the most."""

import hmac
import re
import secrets
from hashlib import sha256

from redis.asyncio import Redis

from api.errors import slow_down
from api.sign_in_limits import COUNTING
from config.settings import Settings
from outbox.sealed import SealedCodes

DIGITS = 6
LIFETIME_SECONDS = 300
ATTEMPTS = 5

# KEYS: the code that is out for a phone number, the codes issued to it, the wrong codes tried.
# The last two outlive a code: a new one brings no new guesses.
_ISSUE = (
    COUNTING
    + """
local wait = seconds_to_wait(KEYS[3], ARGV[2]) or seconds_to_wait(KEYS[2], ARGV[1])
if wait then return wait end
count(KEYS[2], ARGV[3])
redis.call('del', KEYS[1])
redis.call('hset', KEYS[1], 'message_id', ARGV[5], 'user_id', ARGV[6], 'digest', ARGV[7])
redis.call('expire', KEYS[1], ARGV[4])
return 0
"""
)
# Counts the attempt before anything is compared: however many come at once, five see the digest.
# Only guesses at a code that is out are failures: else any stranger could lock a number out.
_TAKE_AN_ATTEMPT = (
    COUNTING
    + """
local wait = seconds_to_wait(KEYS[2], ARGV[1])
if wait then return wait end
local code = redis.call('hmget', KEYS[1], 'digest', 'user_id', 'message_id')
if not code[1] then return nil end
if redis.call('hincrby', KEYS[1], 'attempts', 1) > tonumber(ARGV[3]) then
    redis.call('del', KEYS[1])
    return nil
end
count(KEYS[2], ARGV[2])
return code
"""
)
# Of many who are right at once, one finds it still there; what was counted was no failure then.
_CONSUME = """
if redis.call('hget', KEYS[1], 'digest') ~= ARGV[1] then return 0 end
redis.call('del', KEYS[2])
return redis.call('del', KEYS[1])
"""


class OneTimePasswords:
    """The one-time passwords that are out: one a phone number, the latest."""

    def __init__(self, valkey: Redis, settings: Settings) -> None:
        self._key = settings.require("otp_secret").encode()
        self._settings = settings
        self._sealed = SealedCodes(valkey, settings)
        self._issue = valkey.register_script(_ISSUE)
        self._take_an_attempt = valkey.register_script(_TAKE_AN_ATTEMPT)
        self._consume = valkey.register_script(_CONSUME)

    async def issue(self, user_id: int, phone_number: str, message_id: int) -> None:
        """Make a code for a user, keep its HMAC for checking and leave it sealed for the worker.

        Args:
            user_id: whose sign-in it confirms.
            phone_number: where it goes, and what it will come back with.
            message_id: of the row in `tekana.sms_messages` that sends it.

        Raises:
            ApiError: 429, too many went out to this number, or too many wrong ones came back.
            redis.RedisError: Valkey is away.
        """
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        name = self._name(phone_number)
        limits = self._settings
        wait = await self._issue(
            keys=[name, f"{name}:issued", f"{name}:failures"],
            args=[
                limits.otp_codes_maximum,
                limits.otp_failures_maximum,
                limits.sign_in_window_seconds,
                LIFETIME_SECONDS,
                *(message_id, user_id, self._digest(message_id, code)),
            ],
        )
        if wait:
            raise slow_down(wait)
        await self._sealed.seal(message_id, code)

    async def check(self, phone_number: str, code: str) -> int | None:
        """Whose code this is, if it is right, not expired and within five attempts; used up then.

        Args:
            phone_number: as the customer typed it, with or without its +.
            code: as the customer typed it.

        Returns:
            Key of the user, or None.

        Raises:
            ApiError: 429, too many wrong ones came for this number, over all its codes.
            redis.RedisError: Valkey is away.
        """
        name = self._name(phone_number)
        limits = self._settings
        found = await self._take_an_attempt(
            keys=[name, f"{name}:failures"],
            args=[limits.otp_failures_maximum, limits.sign_in_window_seconds, ATTEMPTS],
        )
        if found is None:
            return None
        if isinstance(found, int):
            raise slow_down(found)
        digest, user_id, message_id = found
        if not hmac.compare_digest(digest.decode(), self._digest(int(message_id), code)):
            return None
        consumed = await self._consume(keys=[name, f"{name}:failures"], args=[digest])
        return int(user_id) if consumed else None

    def _digest(self, message_id: int, code: str) -> str:
        return hmac.new(self._key, f"otp:{message_id}:{code}".encode(), sha256).hexdigest()

    def _name(self, phone_number: str) -> str:
        # The number itself is nobody's business who reads Valkey.
        digits = re.sub(r"[^0-9]", "", phone_number)
        return "otp:" + hmac.new(self._key, f"phone:{digits}".encode(), sha256).hexdigest()
