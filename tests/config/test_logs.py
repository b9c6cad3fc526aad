"""Logs: one JSON object a line, and nothing in it that must not be there."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

import pytest

from config.logs import LATEST_SECONDS, PlainLines, configure_logging
from config.redaction import mask_phone_number


@contextmanager
def configured(level: str) -> Iterator[None]:
    """In the block everything is logged as a process would."""
    root = logging.getLogger()
    handlers, before = root.handlers[:], root.level
    configure_logging(level, "api")
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)


@pytest.fixture
def write(capsys):
    """Logs as a process would; the one line that was written, read as JSON."""

    def write(message: str, *, name: str = "tekana.test", exc_info=None, **extra: object) -> dict:
        with configured("INFO"):
            logging.getLogger(name).info("%s", message, exc_info=exc_info, extra=extra)
        [line] = capsys.readouterr().out.splitlines()
        return json.loads(line)

    return write


def test_a_line_says_when_how_loud_who_and_what(write):
    line = write("done", duration_ms=1.5)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "INFO",
        "logger": "tekana.test",
        "message": "done",
        "duration_ms": 1.5,
        "process": "api",
    }


def test_a_line_stays_one_line_whatever_is_logged(write):
    line = write("a\nb\ud800\x00", odd={1: b"\xff", "x": {2}, "path": object})
    assert line["message"] == "a\nb\ud800\x00"


def test_what_is_neither_text_nor_number_is_masked_as_the_text_that_it_becomes(write):
    assert write("x", path=PurePath("/of/+250788123456"))["path"] == "/of/+250******456"


def test_plain_lines_wait_for_each_other_for_a_moment(capsys):
    logger = logging.getLogger("tekana.test.plain")
    logger.setLevel("INFO")
    plain = PlainLines(logger, "api", ("who", "bytes", "role"))

    async def write() -> list[str]:
        written = []
        plain.info("first", "aline", 3, None)
        await asyncio.sleep(0)  # the event loop has a moment, in which nothing is written yet
        plain.info("second", "bosco", 1.5, "customer")
        await asyncio.sleep(0)
        written.append(capsys.readouterr().out)
        await asyncio.sleep(3 * LATEST_SECONDS)
        written.append(capsys.readouterr().out)
        plain.info("third", "aline", 0, None)
        plain.flush()
        written.append(capsys.readouterr().out)
        await asyncio.sleep(3 * LATEST_SECONDS)
        logger.setLevel("WARNING")
        plain.info("fourth", "aline", 0, None)
        plain.flush()
        return [*written, capsys.readouterr().out]

    at_once, later, flushed, after = asyncio.run(write())
    first, second = map(json.loads, later.splitlines())
    assert [first[name] for name in ("message", "who", "bytes", "role")] == [
        "first",
        "aline",
        3,
        None,
    ]
    assert (second["bytes"], second["role"], second["process"]) == (1.5, "customer", "api")
    assert json.loads(flushed)["message"] == "third"
    assert (at_once, after) == ("", "")


def test_an_exception_is_a_field_of_its_line(write):
    error = ValueError("Key (phone_number)=(+250788123456) already exists")
    line = write("failed", exc_info=error)
    assert "ValueError: Key (phone_number)=(+250******456)" in line["exception"]
    assert "788123" not in json.dumps(line)


@pytest.mark.parametrize(
    ("level", "told"),
    [("DEBUG", "DIWE"), ("INFO", "WE"), ("WARNING", "WE"), ("ERROR", "E")],
)
def test_a_library_says_what_is_wrong_and_nothing_below_the_level(capsys, level, told):
    with configured(level):
        for library in ("httpcore", "httpx", "psycopg.pool", "saq"):
            for loudness in ("debug", "info", "warning", "error"):
                getattr(logging.getLogger(library), loudness)(loudness)
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    assert "".join(line["level"][0] for line in lines) == 4 * told


@pytest.mark.parametrize("name", ["sanic.root", "sanic.error", "sanic.access", "sanic.server"])
def test_sanics_loggers_write_the_same_lines_once(write, name):
    line = write("hello", name=name)
    assert (line["logger"], line["message"], line["process"]) == (name, "hello", "api")


def test_secrets_are_dropped_by_the_name_of_their_key(write):
    secrets = {
        "password": "a",
        "new_password": "b",
        "refresh_token": "c",
        "accessToken": "d",
        "otp": "e",
        "Authorization": "f",
        "Set-Cookie": "i",
        "client_secret": "j",
    }
    body = {"otp": "g", "email": "kept@example.com", "items": ({"token": "h"},), "+250788123456": 1}
    line = write("x", body=body, **secrets)
    kept = {"email": "kept@example.com", "items": [{}], "+250******456": 1}
    assert line["body"] == kept
    assert not secrets.keys() & line.keys()


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("to +250788123456.", "to +250******456."),
        ("250788123456", "250******456"),
        ("0788123456", "*******456"),
        ("+250 788 123 456 rang", "+250******456 rang"),
        ("+250-788-123-456", "+250******456"),
        ("?phone_number=%2B250-788-123-456&x=1", "?phone_number=+250******456&x=1"),
        ("?phone_number=%2b250788123456", "?phone_number=+250******456"),
        ("phone_number=eq.250788123456", "phone_number=eq.250******456"),
        ('{"to": "250788123456"}', '{"to": "250******456"}'),
        ("GET /customers/250788123456", "GET /customers/250******456"),
        ("redis://:hunter2@host/0", "redis://:***@host/0"),
        ("postgresql://me:hunter2@host/0", "postgresql://me:***@host/0"),
        ("Bearer eyJhbGci.eyJzdWIi.c2ln-_", "Bearer [token]"),
        ("12345678-1234-1234-1234-123456789012", "12345678-1234-1234-1234-123456789012"),
        ("PERSONAL-12345678", "PERSONAL-12345678"),
        ("2026-11-22T08:06:50.123456Z", "2026-11-22T08:06:50.123456Z"),
        ("took 0.12345678 s", "took 0.12345678 s"),
        ("a12345678b", "a12345678b"),
        ("1234567", "1234567"),
    ],
)
def test_phone_numbers_and_credentials_are_masked_in_any_text(write, text, logged):
    line = write(text, field=text)
    assert (line["message"], line["field"]) == (logged, logged)


def test_numbers_are_left_alone(write):
    extra = {"message_id": 250788123456, "duration_ms": 12345678.5, "done": True, "none": None}
    assert extra.items() <= write("x", **extra).items()


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+250788123456", "+250******456"),
        ("250788123456", "250******456"),
        ("0788123456", "*******456"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_a_masked_number_keeps_its_country_and_last_three_digits(number, masked):
    assert mask_phone_number(number) == masked
