"""How often signing in may fail, and send an SMS, in a window of time: counters in Valkey."""

import hmac
from hashlib import sha256

from redis.asyncio import Redis

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


class PasswordAttempts:
    """The passwords tried for each email address, whether anybody has it or not."""

    def __init__(self, valkey: Redis, settings: Settings) -> None:
        self._key = settings.require("otp_secret").encode()
        self._valkey = valkey
        self._limits = (settings.password_failures_maximum, settings.sign_in_window_seconds)
        self._take_an_attempt = valkey.register_script(_TAKE_AN_ATTEMPT)

    async def take_one(self, email: str) -> None:
        """Count an attempt as a failure, until `forgive` says that it was none.

        Args:
            email: as it was typed.

        Raises:
            ApiError: 429, there were too many.
            redis.RedisError: Valkey is away.
        """
        wait = await self._take_an_attempt(keys=[self._name(email)], args=self._limits)
        if wait:
            raise slow_down(wait)

    async def forgive(self, email: str) -> None:
        """Forget the failures: the right password came.

        Raises:
            redis.RedisError: Valkey is away.
        """
        await self._valkey.delete(self._name(email))

    def _name(self, email: str) -> str:
        # What the database takes for the same address must be counted as one, whatever it knows
        # about letters: so I, i and both Turkish ones are one here, as are the Greek sigmas.
        letters = (letter.upper()[:1].lower()[:1] for letter in email.strip())
        # The address itself is nobody's business who reads Valkey.
        digest = hmac.new(self._key, f"email:{''.join(letters)}".encode(), sha256).hexdigest()
        return f"sign-in:passwords:{digest}"
