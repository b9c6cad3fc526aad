"""How often signing in may fail, and send an SMS, in a window of time: counters in Valkey."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from hashlib import sha256

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.errors import slow_down
from config.settings import Settings

# For Lua scripts that count. A window begins with the first that is counted and is not prolonged.
COUNTING = """
local function seconds_to_wait(counter, most)
    if tonumber(redis.call('get', counter) or '0') < tonumber(most) then return nil end
    return math.max(math.ceil(redis.call('pttl', counter) / 1000), 1)
end
local function count(counter, window_seconds)
    if redis.call('incr', counter) == 1 then redis.call('expire', counter, window_seconds) end
end
"""
# Counts before the password is looked at: however many come at once, no more than that are tried.
_TAKE_AN_ATTEMPT = (
    COUNTING
    + """
local wait = seconds_to_wait(KEYS[1], ARGV[1])
if wait then return wait end
count(KEYS[1], ARGV[2])
return 0
"""
)
# An attempt that came to nothing was no failure; its window may have ended meanwhile. Nothing is
# left of the first: or whoever is told to come later would fill Valkey, at no cost.
_GIVE_BACK = """
local counted = tonumber(redis.call('get', KEYS[1]) or '0')
if counted > 1 then redis.call('decr', KEYS[1]) else redis.call('del', KEYS[1]) end
"""


async def undo(undoing: Callable[[], Awaitable[object]], error: BaseException) -> None:
    """Undo in Valkey what was done for a request that failed or was given up on.

    Args:
        undoing: does it, even when the request is cancelled meanwhile.
        error: why. Where Valkey itself is away nothing is undone: nobody waits for it twice.
    """
    if not isinstance(error, RedisError):
        with suppress(RedisError):
            await asyncio.shield(undoing())


class PasswordAttempts:
    """The passwords tried for each email address, whether anybody has it or not."""

    def __init__(self, valkey: Redis, settings: Settings) -> None:
        self._key = settings.require("otp_secret").encode()
        self._valkey = valkey
        self._limits = (settings.password_failures_maximum, settings.sign_in_window_seconds)
        self._take_an_attempt = valkey.register_script(_TAKE_AN_ATTEMPT)
        self._give_back = valkey.register_script(_GIVE_BACK)

    async def count(self, email: str, find_user: Callable[[], Awaitable[int | None]]) -> int | None:
        """Find a user by a password: that there is none is a failure, a user ends all failures.

        Args:
            email: as it was typed.
            find_user: looks. What keeps it from an answer, giving up too, is no failure.

        Returns:
            What was found.

        Raises:
            ApiError: 429, there were too many.
            redis.RedisError: Valkey is away.
        """
        keys = [self._name(email)]
        wait = await self._take_an_attempt(keys=keys, args=self._limits)
        if wait:
            raise slow_down(wait)
        try:
            user_id = await find_user()
            if user_id is not None:
                await self._valkey.delete(*keys)
        except BaseException as error:
            await undo(partial(self._give_back, keys=keys), error)
            raise
        return user_id

    def _name(self, email: str) -> str:
        # What the database takes for the same address must be counted as one, whatever it knows
        # about letters: so I, i and both Turkish ones are one here, as are the Greek sigmas.
        letters = (letter.upper()[:1].lower()[:1] for letter in email.strip())
        # The address itself is nobody's business who reads Valkey.
        digest = hmac.new(self._key, f"email:{''.join(letters)}".encode(), sha256).hexdigest()
        return f"sign-in:passwords:{digest}"
