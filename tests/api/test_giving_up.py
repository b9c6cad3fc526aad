"""Who gives up while a one-time password is being used up has not used it."""

import asyncio
from typing import Any

import pytest

from api.errors import ApiError
from api.otp import OneTimePasswords
from config.settings import Settings
from outbox.sealed import SealedCodes
from outbox.valkey import connect_valkey

NUMBER, USER, MESSAGE = "+250788123456", 7, 1


@pytest.mark.parametrize("slow", ["the way there", "the way back"])
async def test_while_valkey_is_asked(redis_url: str, slow: str) -> None:
    settings = Settings(redis_url=redis_url, otp_secret="a secret of tests, long enough for a key")
    async with connect_valkey(settings) as valkey:
        passwords = OneTimePasswords(valkey, settings)
        await passwords.issue(USER, NUMBER, MESSAGE)
        code = await SealedCodes(valkey, settings).open(MESSAGE)
        use, asked = passwords._use, asyncio.Event()

        async def use_slowly(**script: Any) -> Any:
            answer = await use(**script) if slow == "the way back" else None
            asked.set()
            await asyncio.sleep(0.1)
            return await use(**script) if answer is None else answer

        async def sign_in() -> int:
            async with passwords.using(NUMBER, code) as user_id:
                return user_id

        passwords._use = use_slowly
        signing_in = asyncio.create_task(sign_in())
        await asked.wait()
        signing_in.cancel()
        with pytest.raises(asyncio.CancelledError):
            await signing_in
        passwords._use = use
        assert await sign_in() == USER
        with pytest.raises(ApiError, match="wrong"):
            await sign_in()


async def test_who_was_second_gives_nothing_back(redis_url: str) -> None:
    settings = Settings(redis_url=redis_url, otp_secret="a secret of tests, long enough for a key")
    async with connect_valkey(settings) as valkey:
        passwords = OneTimePasswords(valkey, settings)
        await passwords.issue(USER, NUMBER, MESSAGE)
        code = await SealedCodes(valkey, settings).open(MESSAGE)
        checked = asyncio.Barrier(2)
        check = passwords._check

        async def check_together(*values: str) -> Any:
            found = await check(*values)
            await checked.wait()
            return found

        async def sign_in() -> int:
            async with passwords.using(NUMBER, code) as user_id:
                await asyncio.sleep(0.2)  # the other one is told that it is wrong meanwhile
                return user_id

        passwords._check = check_together
        outcomes = await asyncio.gather(sign_in(), sign_in(), return_exceptions=True)
        assert sorted(str(outcome) for outcome in outcomes)[0] == str(USER)
        passwords._check = check
        assert [outcome for outcome in outcomes if isinstance(outcome, ApiError)]
        with pytest.raises(ApiError, match="wrong"):
            await sign_in()
