"""Codes on their way: only the holder of the secret reads them, and not for long."""

import traceback

import pytest
from redis.asyncio import Redis

from config.settings import Settings
from outbox.sealed import SealedCodes, SealError

SECRET = "a secret of tests, long enough for a key"
CODE = "493817"


@pytest.fixture
async def valkey_client(redis_url):
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def codes(valkey_client, monkeypatch):
    monkeypatch.setenv("TEKANA_OTP_SECRET", SECRET)
    return SealedCodes(valkey_client, Settings())


async def test_a_sealed_code_opens_until_it_is_forgotten(codes):
    await codes.seal(7, CODE)
    assert await codes.open(7) == CODE
    assert await codes.open(7) == CODE
    await codes.forget(7)
    assert await codes.open(7) is None


async def test_a_code_that_was_never_sealed_is_not_there(codes):
    assert await codes.open(7) is None
    await codes.forget(7)


async def test_valkey_keeps_it_encrypted_and_for_300_seconds(codes, valkey_client):
    await codes.seal(7, CODE)
    assert CODE.encode() not in await valkey_client.get("otp:sealed:7")
    assert 295 <= await valkey_client.ttl("otp:sealed:7") <= 300


async def test_another_secret_opens_nothing_and_the_error_tells_nothing(
    codes, valkey_client, monkeypatch
):
    await codes.seal(7, CODE)
    monkeypatch.setenv("TEKANA_OTP_SECRET", SECRET + ".")
    other = SealedCodes(valkey_client, Settings())
    with pytest.raises(SealError, match="the same TEKANA_OTP_SECRET") as error:
        await other.open(7)
    told = "".join(traceback.format_exception(error.value))
    assert CODE not in told
    assert SECRET not in told


async def test_a_code_moved_to_another_message_does_not_open(codes, valkey_client):
    await codes.seal(7, CODE)
    await valkey_client.copy("otp:sealed:7", "otp:sealed:8")
    with pytest.raises(SealError, match="belongs to another message") as error:
        await codes.open(8)
    assert CODE not in str(error.value)
