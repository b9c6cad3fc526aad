"""What happens to an SMS between the row that asks for it and the gateway."""

import base64
import json
import signal
import time

import redis

from tests.workers.conftest import CODE, PHONE_NUMBER, eventually


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
        }
        for key in client.scan_iter():
            everything += repr((key, readers[client.type(key)](key))).encode()
    return everything


def test_an_sms_is_sent_recorded_and_its_code_forgotten(start_worker, messages, gateway, redis_url):
    start_worker()
    message_id = messages.ask()
    row = messages.wait_for(message_id, "SENT")
    assert gateway.received == [
        {
            "recipients": PHONE_NUMBER,
            "message": f"{CODE} is your Tekana code. It expires in 5 minutes. "
            "Never share it with anyone.",
            "sender": "Tekana",
        }
    ]
    credentials = base64.b64encode(b"tekana:gateway-password").decode()
    assert gateway.authorization == [f"Basic {credentials}"]
    assert (row["gateway"], row["gateway_reference"]) == ("intouch", "ref-1")
    assert (row["attempts"], row["problem"]) == (1, None)
    eventually(lambda: b"otp:sealed" not in keys_and_values(redis_url), what="forgetting the code")


def test_neither_valkey_nor_the_json_log_ever_holds_the_code_or_the_number(
    start_worker, messages, gateway, redis_url
):
    gateway.answers = [503]
    waiting = messages.ask(enqueued=True)
    dumps = [keys_and_values(redis_url)]
    worker = start_worker(TEKANA_LOG_LEVEL="DEBUG")
    eventually(lambda: messages.row(waiting)["problem"])
    dumps.append(keys_and_values(redis_url))
    messages.wait_for(waiting, "SENT")
    dumps.append(keys_and_values(redis_url))
    assert b"otp:sealed:" in dumps[0]
    worker.end()
    for line in worker.log.splitlines():
        assert {"time", "level", "logger", "message", "process"} <= json.loads(line).keys()
    dumps.append(worker.log.encode())
    for dump in dumps:
        assert b"sms:" in dump
        assert CODE.encode() not in dump
        assert PHONE_NUMBER.strip("+").encode() not in dump


def test_an_unavailable_gateway_is_asked_again_and_sends_once(start_worker, messages, gateway):
    gateway.answers = [503]
    worker = start_worker()
    row = messages.wait_for(messages.ask(), "SENT")
    assert row["attempts"] == 2
    time.sleep(1.5)
    assert len(gateway.received) == 2
    assert "Traceback" not in worker.log


def test_a_refusal_is_final(start_worker, messages, gateway):
    gateway.answers = [400]
    start_worker()
    row = messages.wait_for(messages.ask(), "FAILED")
    assert row["problem"] == "the gateway answered 400"
    time.sleep(1.5)
    assert len(gateway.received) == 1


def test_a_gateway_too_slow_counts_as_unavailable(start_worker, messages, gateway):
    gateway.slow.set()
    start_worker(TEKANA_SMS_TIMEOUT_SECONDS="0.5")
    message_id = messages.ask()
    eventually(lambda: messages.row(message_id)["problem"])
    assert messages.row(message_id)["problem"] == "the gateway did not answer within 0.5 s"
    gateway.slow.clear()
    messages.wait_for(message_id, "SENT")


def test_an_expired_sms_is_not_sent(start_worker, messages, gateway):
    message_id = messages.ask(enqueued=False)
    messages.change(message_id, "expires_at = now()")
    start_worker()
    messages.wait_for(message_id, "EXPIRED")
    assert gateway.received == []


def test_an_sms_whose_code_is_gone_is_given_up(start_worker, messages, gateway):
    start_worker()
    row = messages.wait_for(messages.ask(sealed=False), "FAILED")
    assert "the code is gone" in row["problem"]
    assert gateway.received == []


def test_what_was_never_enqueued_or_lost_by_valkey_is_found_in_the_database(
    start_worker, messages, gateway, redis_url
):
    gateway.answers = [503]
    start_worker()
    lost = messages.ask()
    eventually(lambda: messages.row(lost)["problem"])
    with redis.Redis.from_url(redis_url) as client:
        client.delete(*client.scan_iter("saq:*"))
    never_enqueued = messages.ask(enqueued=False)
    messages.wait_for(never_enqueued, "SENT")
    messages.wait_for(lost, "SENT")
    assert len(gateway.received) == 3


def test_a_new_worker_delivers_what_a_killed_one_was_sending(start_worker, messages, gateway):
    gateway.slow.set()
    first = start_worker()
    message_id = messages.ask()
    eventually(lambda: gateway.received)
    first.end(signal.SIGKILL)
    gateway.slow.clear()
    start_worker()
    killed_at = time.monotonic()
    messages.wait_for(message_id, "SENT")
    assert time.monotonic() - killed_at < 10
    assert len(gateway.received) == 2


def test_a_worker_told_to_stop_finishes_what_it_is_sending(start_worker, messages, gateway):
    gateway.slow.set()
    worker = start_worker()
    message_id = messages.ask()
    eventually(lambda: gateway.received)
    worker.process.send_signal(signal.SIGTERM)
    time.sleep(1)
    gateway.slow.clear()
    assert worker.process.wait(9) == 0
    assert messages.row(message_id)["status"] == "SENT"
    assert len(gateway.received) == 1
