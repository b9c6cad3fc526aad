"""The gateways by themselves: what they say to whom, and what they make of the answer."""

import asyncio
import json
import socket
import stat
import tracemalloc
from base64 import b64encode

import httpx
import pytest

from config.settings import Settings, SettingsError
from tests.sms_gateway import Gateway
from workers.sms import SmsRefused, SmsUnavailable, open_gateway

TO, MESSAGE = "+250788123456", "493817 is your Tekana code."


@pytest.fixture
def intouch(gateway, monkeypatch):
    monkeypatch.setenv("TEKANA_SMS_GATEWAY", "intouch")
    monkeypatch.setenv("TEKANA_SMS_URL", gateway.url)
    monkeypatch.setenv("TEKANA_SMS_USERNAME", "tekana")
    monkeypatch.setenv("TEKANA_SMS_PASSWORD", "gateway-password")
    monkeypatch.setenv("TEKANA_SMS_TIMEOUT_SECONDS", "0.5")
    return open_gateway(Settings())


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 302])
async def test_an_answer_that_is_not_about_the_sms_means_try_again(
    intouch, gateway: Gateway, status
):
    gateway.answers = [status]
    with pytest.raises(SmsUnavailable, match=str(status)):
        await intouch.send(TO, MESSAGE)
    await intouch.close()


@pytest.mark.parametrize("status", [400, 401, 404, 422])
async def test_an_answer_about_the_sms_is_a_refusal(intouch, gateway: Gateway, status):
    gateway.answers = [status]
    gateway.body = f"{TO} {MESSAGE}".encode()
    with pytest.raises(SmsRefused) as refusal:
        await intouch.send(TO, MESSAGE)
    assert str(refusal.value) == f"the gateway answered {status}"
    await intouch.close()


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b'{"details": [{"messageid": 42}]}', "42"),
        (b'{"id": "abc"}', "abc"),
        (b'{"success": true}', None),
        (b'{"details": []}', None),
        (b'{"details": ["x"], "id": null}', None),
        (b'{"details": {"id": 7}}', None),
        (b'{"id": "of all", "details": [{"id": "of this one"}]}', "of this one"),
        (b"[1]", None),
        (b"OK", None),
        (b"\xff", None),
        (b"", None),
        (json.dumps({"id": "x" * 1000}).encode(), "x" * 100),
        (b'{"id": "a\\u0000b\\ud800c\\nd"}', "abcd"),  # PostgreSQL could not keep it
        (b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", None),
    ],
)
async def test_the_reference_is_taken_from_the_answer_where_there_is_one(
    intouch, gateway: Gateway, body, reference
):
    gateway.body = body
    assert await intouch.send(TO, MESSAGE) == reference
    await intouch.close()


@pytest.mark.parametrize(
    "headers",
    [{"content-length": "1000"}, {"content-encoding": "gzip"}],
    ids=["the connection ends", "what is said to be packed is not"],
)
async def test_an_answer_that_breaks_off_after_yes_is_a_yes(intouch, gateway: Gateway, headers):
    gateway.headers |= headers
    await intouch.send(TO, MESSAGE)
    await intouch.close()


async def test_an_answer_that_comes_to_no_end_after_yes_is_a_yes(intouch, gateway: Gateway):
    gateway.half_way.set()
    assert await intouch.send(TO, MESSAGE) is None
    await intouch.close()


async def test_of_an_answer_without_end_the_beginning_is_read(intouch, gateway: Gateway):
    gateway.body = b'{"id": "abc", "more": "' + b"x" * 50_000_000 + b'"}'
    tracemalloc.start()
    assert await intouch.send(TO, MESSAGE) is None
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    await intouch.close()


async def test_a_yes_that_says_no_means_try_again(intouch, gateway: Gateway):
    gateway.body = b'{"success": false, "details": [{"messageid": "ref-1"}]}'
    with pytest.raises(SmsUnavailable, match="answered 200, and that it did not succeed"):
        await intouch.send(TO, MESSAGE)
    await intouch.close()


async def test_a_gateway_that_is_not_there_means_try_again(intouch, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("TEKANA_SMS_URL", f"http://127.0.0.1:{port}/sms")
    nobody = open_gateway(Settings())
    with pytest.raises(SmsUnavailable, match="ConnectError"):
        await nobody.send(TO, MESSAGE)
    await nobody.close()


async def test_a_gateway_too_slow_means_try_again(intouch, gateway: Gateway):
    gateway.slow.set()
    with pytest.raises(SmsUnavailable, match=r"did not answer within 0\.5 s"):
        await intouch.send(TO, MESSAGE)
    await intouch.close()


async def test_it_has_as_long_as_the_settings_say_whatever_the_library_would_wait(
    intouch, gateway: Gateway, monkeypatch
):
    monkeypatch.setitem(httpx.AsyncClient.__init__.__kwdefaults__, "timeout", 0.05)
    monkeypatch.setenv("TEKANA_SMS_TIMEOUT_SECONDS", "5")
    patient = open_gateway(Settings())
    gateway.slow.set()
    sending = asyncio.create_task(patient.send(TO, MESSAGE))
    await asyncio.sleep(0.3)
    gateway.slow.clear()
    assert await sending == "ref-1"
    await patient.close()


@pytest.mark.parametrize("missing", ["URL", "USERNAME", "PASSWORD"])
def test_intouch_names_the_setting_it_lacks(intouch, monkeypatch, missing):
    monkeypatch.delenv(f"TEKANA_SMS_{missing}")
    with pytest.raises(SettingsError, match=f"TEKANA_SMS_{missing} is not set"):
        open_gateway(Settings())


def test_an_unknown_gateway_is_answered_with_the_known_ones(monkeypatch):
    monkeypatch.setenv("TEKANA_SMS_GATEWAY", "pigeon")
    with pytest.raises(SettingsError, match="choose one of console, intouch"):
        open_gateway(Settings())


@pytest.mark.parametrize("url", ["sms.example", "ftp://sms.example", "http://", "http://[::1"])
def test_a_url_that_is_none_is_refused(intouch, monkeypatch, url):
    monkeypatch.setenv("TEKANA_SMS_URL", url)
    with pytest.raises(SettingsError, match="TEKANA_SMS_URL must be a URL"):
        open_gateway(Settings())


def test_a_user_name_that_cannot_be_told_from_its_password_is_refused(intouch, monkeypatch):
    monkeypatch.setenv("TEKANA_SMS_USERNAME", "te:kana")
    with pytest.raises(SettingsError, match="TEKANA_SMS_USERNAME must not contain a ':'"):
        open_gateway(Settings())


async def test_user_names_and_passwords_may_be_anything_else(intouch, gateway, monkeypatch):
    password = "p:ä/@ß% \"'\\"
    monkeypatch.setenv("TEKANA_SMS_USERNAME", "té kana")
    monkeypatch.setenv("TEKANA_SMS_PASSWORD", password)
    intouch = open_gateway(Settings())
    await intouch.send(TO, MESSAGE)
    credentials = b64encode(f"té kana:{password}".encode()).decode()
    assert gateway.authorization == [f"Basic {credentials}"]
    await intouch.close()


async def test_the_console_gateway_appends_json_lines_that_only_the_owner_reads(
    monkeypatch, tmp_path
):
    monkeypatch.setenv("TEKANA_DATA_DIR", str(tmp_path / "made" / "here"))
    console = open_gateway(Settings())
    await console.send(TO, "first\nline")
    await console.send(TO, "second")
    path = tmp_path / "made" / "here" / "sms.log"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["to"], line["message"]) for line in lines] == [
        (TO, "first\nline"),
        (TO, "second"),
    ]
    assert lines[0].keys() == {"to", "message", "at"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_console_gateway_refuses_production(monkeypatch, tmp_path):
    monkeypatch.setenv("TEKANA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TEKANA_ENV", "production")
    with pytest.raises(SettingsError, match="choose a gateway that delivers"):
        open_gateway(Settings())


async def test_the_console_gateway_names_a_file_it_cannot_write(monkeypatch, tmp_path):
    monkeypatch.setenv("TEKANA_DATA_DIR", str(tmp_path))
    console = open_gateway(Settings())
    (tmp_path / "sms.log").unlink()
    (tmp_path / "sms.log").mkdir()
    problem = r"cannot write .*sms\.log: Is a directory"
    with pytest.raises(SmsUnavailable, match=problem):
        await console.send(TO, MESSAGE)
    with pytest.raises(SettingsError, match=problem):
        open_gateway(Settings())
