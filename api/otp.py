"""One-time passwords: kept in Valkey as an HMAC for 300 seconds, right once at the most."""

import asyncio
import hmac
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.errors import slow_down, wrong_code
from api.sign_in_limits import COUNTING, undo
from config.settings import Settings
from outbox.sealed import LIFETIME_SECONDS, SealedCodes

DIGITS = 6
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
if redis.call('hincrby', KEYS[1], 'attempts', 1) > tonumber(ARGV[3]) then return nil end
count(KEYS[2], ARGV[2])
return code
"""
)
# Of many who are right at once, one finds it still there; what was counted was no failure then.
# KEYS: the code that is out, the wrong codes tried, the code that is being used.
_USE = """
if redis.call('hget', KEYS[1], 'digest') ~= ARGV[1] then return 0 end
redis.call('del', KEYS[2])
redis.call('hincrby', KEYS[1], 'attempts', -1)
redis.call('rename', KEYS[1], KEYS[3])
return 1
"""
# Unless a newer one has gone out, or another one is being used by now.
_PUT_BACK = """
if redis.call('hget', KEYS[2], 'digest') ~= ARGV[1] then return end
if redis.call('renamenx', KEYS[2], KEYS[1]) == 0 then redis.call('del', KEYS[2]) end
"""


class OneTimePasswords:
    """The one-time passwords that are out: one a phone number, the latest."""

    def __init__(self, valkey: Redis, settings: Settings) -> None:
        self._key = settings.require("otp_secret").encode()
        self._settings = settings
        self._valkey = valkey
        self._sealed = SealedCodes(valkey, settings)
        self._issue = valkey.register_script(_ISSUE)
        self._take_an_attempt = valkey.register_script(_TAKE_AN_ATTEMPT)
        self._use = valkey.register_script(_USE)
        self._put_back = valkey.register_script(_PUT_BACK)

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

    @asynccontextmanager
    async def using(self, phone_number: str, code: str) -> AsyncIterator[int]:
        """Use a code up, if it is right, not expired and within five attempts.

        What the block raises, that it is cancelled too, puts the code back: it was of no use.

        Args:
            phone_number: as the customer typed it, with or without its +.
            code: as the customer typed it.

        Yields:
            Key of the user whose code it is.

        Raises:
            ApiError: 400, it is not; 429, too many wrong ones came for this number, over all its
                codes.
            redis.RedisError: Valkey is away.
        """
        name = self._name(phone_number)
        used = f"{name}:used"
        digest, user_id = await self._check(name, code)
        use = self._use(keys=[name, f"{name}:failures", used], args=[digest])
        using = asyncio.create_task(use)

        async def put_back() -> None:
            # Not before it is known whether it was this request that took it.
            if await using:
                await self._put_back(keys=[name, used], args=[digest])

        try:
            if not await asyncio.shield(using):
                raise wrong_code()  # noqa: TRY301 - which gives nothing back
            yield user_id
        except BaseException as error:
            await undo(put_back, error)
            raise
        with suppress(RedisError):  # it is used up, and ends by itself
            await self._valkey.delete(used)

    async def _check(self, name: str, code: str) -> tuple[bytes, int]:
        """The digest of a right code and whose it is; the attempt is counted."""
        limits = self._settings
        found = await self._take_an_attempt(
            keys=[name, f"{name}:failures"],
            args=[limits.otp_failures_maximum, limits.sign_in_window_seconds, ATTEMPTS],
        )
        if isinstance(found, int):
            raise slow_down(found)
        digest, user_id, message_id = found or (b"", 0, 0)
        if not hmac.compare_digest(digest.decode(), self._digest(int(message_id), code)):
            raise wrong_code()
        return digest, int(user_id)

    def _digest(self, message_id: int, code: str) -> str:
        return hmac.new(self._key, f"otp:{message_id}:{code}".encode(), sha256).hexdigest()

    def _name(self, phone_number: str) -> str:
        # The number itself is nobody's business who reads Valkey.
        digits = re.sub(r"[^0-9]", "", phone_number)
        return "otp:" + hmac.new(self._key, f"phone:{digits}".encode(), sha256).hexdigest()
