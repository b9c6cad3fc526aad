"""What happens to an SMS between the row that asks for it and the gateway."""

import asyncio
import base64
import json
import time

import pytest
import redis

from config.environment import make_settings
from outbox.sealed import SealedCodes
from outbox.valkey import connect_valkey
from tests.waiting import eventually
from tests.workers.house import CODE
from workers.database import Database
from workers.delivery import SmsDelivery, TryAgain


@pytest.fixture(scope="module")
def environment(environment):
    """The worker says all that it can: what it never says is tested too."""
    return environment | {"TEKANA_LOG_LEVEL": "DEBUG"}


@pytest.fixture
def valkey_url(valkey_server):
    return valkey_server.url


def keys_and_values(url: str) -> bytes:
    """Everything that Valkey holds, whatever its kind."""
    everything = b""
    with redis.Redis.from_url(url) as client:
        readers = {
            b"string": client.get,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"zset": lambda key: client.zrange(key, 0, -1),
            b"hash": client.hgetall,
            b"set": client.smembers,
            b"none": lambda _: None,  # it expired meanwhile
        }
        for key in client.scan_iter():
            everything += repr((key, readers[client.type(key)](key))).encode()
    return everything


def test_an_sms_is_sent_recorded_and_its_code_forgotten(worker, messages, gateway, valkey_url):
    message_id = messages.ask()
    row = messages.wait_for(message_id, "SENT")
    assert gateway.received == [
        {
            "recipients": messages.phone_number,
            "message": f"{CODE} is your Tekana code. It expires in 5 minutes. "
            "Never share it with anyone.",
            "sender": "Tekana",
        }
    ]
    credentials = base64.b64encode(b"tekana:gateway-password").decode()
    assert gateway.authorization == [f"Basic {credentials}"]
    assert (row["gateway"], row["gateway_reference"]) == ("intouch", "ref-1")
    assert (row["attempts"], row["problem"]) == (1, None)
    eventually(lambda: b"otp:sealed" not in keys_and_values(valkey_url), what="forgetting the code")


def test_neither_valkey_nor_the_json_log_ever_holds_the_code_or_the_number(
    worker, messages, gateway, valkey_url
):
    gateway.answers = [503]
    gateway.slow.set()
    message_id = messages.ask()
    eventually(lambda: gateway.received)
    dumps = [keys_and_values(valkey_url)]  # while it is sent
    gateway.slow.clear()
    messages.wait_for_problem(message_id)
    dumps.append(keys_and_values(valkey_url))  # while it waits
    messages.wait_for(message_id, "SENT")
    dumps.append(keys_and_values(valkey_url))
    assert b"otp:sealed:" in dumps[0]
    log = worker.log.rpartition("\n")[0]
    for line in log.splitlines():
        assert {"time", "level", "logger", "message", "process"} <= json.loads(line).keys()
    for dump in (*dumps, log.encode()):
        assert f"sms:{message_id}".encode() in dump
        assert CODE.encode() not in dump
        assert messages.phone_number.strip("+").encode() not in dump


def test_unavailable_is_asked_again_and_a_refusal_is_final(worker, messages, gateway, valkey_url):
    gateway.answers = [503]
    assert messages.wait_for(messages.ask(), "SENT")["attempts"] == 2
    gateway.answers = [400]
    refused = messages.wait_for(message_id := messages.ask(), "FAILED")
    assert refused["problem"] == "the gateway answered 400"
    sealed = f"otp:sealed:{message_id}".encode()
    eventually(lambda: sealed not in keys_and_values(valkey_url), what="forgetting the code")
    time.sleep(1.5)
    assert len(gateway.received) == 3
    assert "queued again" not in worker.log  # nor was it found by chance that they wait


def test_what_is_given_up_is_said_once_and_its_code_forgotten(
    worker, messages, gateway, valkey_url
):
    gateway.answers = [503, 503]
    message_id = messages.ask()
    messages.wait_for_problem(message_id)
    messages.change(message_id, "attempts = 9")
    messages.wait_for(message_id, "FAILED")
    eventually(lambda: f"otp:sealed:{message_id}".encode() not in keys_and_values(valkey_url))

    def said() -> list[str]:
        lines = map(json.loads, worker.log.rpartition("\n")[0].splitlines())
        return [
            line["message"]
            for line in lines
            if line["level"] == "ERROR" and line.get("message_id") == message_id
        ]

    assert eventually(said) == ["SMS given up: the gateway answered 503"]


@pytest.mark.parametrize(
    ("sealed_with", "problem"),
    [(None, "the code is gone"), ("k" * 32, "give the API and the worker the same")],
)
def test_an_sms_whose_code_is_gone_is_given_up(worker, messages, gateway, sealed_with, problem):
    row = messages.wait_for(messages.ask(sealed_with=sealed_with), "FAILED")
    assert problem in row["problem"]
    assert gateway.received == []


async def test_of_a_gateway_that_fails_by_its_own_mistake_the_kind_of_mistake_is_told(
    environment, messages
):
    class Mistaken:
        async def send(self, _to: str, message: str) -> None:
            raise KeyError(message)

    settings = make_settings()
    database = Database(settings)
    await database.open()
    try:
        async with connect_valkey(settings) as valkey:
            message_id = await asyncio.to_thread(messages.ask, enqueued=False)
            delivery = SmsDelivery(database, SealedCodes(valkey, settings), Mistaken(), "mistaken")
            with pytest.raises(TryAgain):
                await delivery.deliver(message_id)
    finally:
        await database.close()
    assert messages.row(message_id)["problem"] == "the gateway raised KeyError"
    messages.change(message_id, "expires_at = now()")


async def test_a_valkey_that_is_away_means_try_again(environment, messages, gateway, tmp_path):
    settings = make_settings(redis_url=f"unix://{tmp_path}/valkey.sock")
    database = Database(settings)
    await database.open()
    try:
        message_id = await asyncio.to_thread(messages.ask, enqueued=False)
        async with connect_valkey(settings) as valkey:
            delivery = SmsDelivery(database, SealedCodes(valkey, settings), None, "nobody")
            with pytest.raises(TryAgain, match="did not answer: ConnectionError") as told:
                await delivery.deliver(message_id)
        assert told.value.pause_seconds > 1
    finally:
        await database.close()
    messages.change(message_id, "expires_at = now()")


def test_what_has_no_job_is_found_in_the_database(worker, messages, gateway, valkey_url):
    gateway.answers = [503]
    lost = messages.ask()
    messages.wait_for_problem(lost)
    with redis.Redis.from_url(valkey_url) as client:
        client.delete(*client.scan_iter("saq:*"))
    never_enqueued = messages.ask(enqueued=False)
    expired = messages.ask(enqueued=False)
    messages.change(expired, "expires_at = now()")
    messages.wait_for(expired, "EXPIRED")
    messages.wait_for(never_enqueued, "SENT")
    messages.wait_for(lost, "SENT")
    assert len(gateway.received) == 3  # the expired one is not among them
