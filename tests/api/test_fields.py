"""Strict JSON bodies, and arguments checked against a function's parameters; pure."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.data.catalogue import DataType, Function, Kind, Parameter
from api.data.errors import DataError
from api.fields.bodies import parse_body
from api.fields.checking import missing_arguments, read_arguments


def test_numbers_are_kept_as_they_are_written():
    assert parse_body(b'{"a": 0.10, "b": 10, "c": 1e2}') == {"a": b"0.10", "b": b"10", "c": b"1e2"}


def test_an_empty_body_is_an_empty_object():
    assert parse_body(b" \n") == {}


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b'{"a": "\xff"}', "it is not UTF-8"),
        (b"[1]", "it must be an object: { \u2026 }"),
        (b"NaN", "it must be an object: { \u2026 }"),
        (b'{"a": ' + b"[" * 400_000, "it is nested too deeply"),
        (b'{"a": 1', "it must be JSON: Expecting ',' delimiter at line 1, column 8"),
        (b"{'a': 1}", None),
        (b'{"a": 01}', None),
        (b"\xef\xbb\xbf{}", None),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body, details):
    with pytest.raises(DataError) as refused:
        parse_body(body)
    assert (refused.value.status, refused.value.code) == (400, "PGRST102")
    assert details in {None, refused.value.details}


@given(st.binary())
def test_any_bytes_are_read_or_refused(body):
    with suppress(DataError):
        assert isinstance(parse_body(body), dict)


def function_of(name: str, kind: Kind, is_array: bool = False) -> Function:
    parameter = Parameter("x", DataType(name, kind, is_array))
    return Function("s", "f", (parameter,))


INTEGER = function_of("integer", Kind.INTEGER)
BIGINT = function_of("bigint", Kind.INTEGER)
NUMERIC = function_of("numeric", Kind.DECIMAL)
BOOLEAN = function_of("boolean", Kind.BOOLEAN)
TEXT = function_of("text", Kind.TEXT)
TIMESTAMP = function_of("timestamp with time zone", Kind.OTHER)


@pytest.mark.parametrize(
    ("function", "body", "expected"),
    [
        (INTEGER, b'{"x": 7}', "7"),
        (INTEGER, b'{"x": 7.0}', "7"),
        (INTEGER, b'{"x": -2147483648}', "-2147483648"),
        (BIGINT, b'{"x": 9223372036854775807}', "9223372036854775807"),
        (NUMERIC, b'{"x": 0.10}', "0.10"),
        (NUMERIC, b'{"x": "0.10"}', "0.10"),
        (NUMERIC, b'{"x": 1E+2}', "100"),
        (NUMERIC, b'{"x": "1e29"}', "1" + "0" * 29),
        (NUMERIC, b'{"x": -0.0000000000001}', "-0.0000000000001"),
        (NUMERIC, b'{"x": null}', None),
        (BOOLEAN, b'{"x": false}', "false"),
        (TEXT, b'{"x": "a"}', "a"),
        (TIMESTAMP, b'{"x": "2024-01-01"}', "2024-01-01"),
    ],
)
def test_an_argument_that_fits_is_written_as_postgresql_reads_it(function, body, expected):
    assert read_arguments(function, parse_body(body)) == ({"x": expected}, {})


@pytest.mark.parametrize(
    ("function", "body", "problem"),
    [
        (INTEGER, b'{"x": "7"}', "must be a whole number, not a text"),
        (INTEGER, b'{"x": "1_000"}', "must be a whole number, not a text"),
        (INTEGER, b'{"x": 7.5}', "must be a whole number"),
        (INTEGER, b'{"x": true}', "must be a whole number"),
        (INTEGER, b'{"x": 2147483648}', "is out of range"),
        (BIGINT, b'{"x": 9223372036854775808}', "is out of range"),
        (BIGINT, b'{"x": 1e60}', "must have at most 30 digits"),
        (NUMERIC, b'{"x": "1_000"}', "must be a number"),
        (NUMERIC, b'{"x": "0x10"}', "must be a number"),
        (NUMERIC, b'{"x": " 7 "}', "must be a number"),
        (NUMERIC, b'{"x": "7\\n"}', "must be a number"),
        (NUMERIC, b'{"x": "NaN"}', "must be a number"),
        (NUMERIC, b'{"x": "Infinity"}', "must be a number"),
        (NUMERIC, b'{"x": ""}', "must be a number"),
        (NUMERIC, '{"x": "٣"}'.encode(), "must be a number"),
        (NUMERIC, b'{"x": "1234567890123456789012345678901"}', "must have at most 30 digits"),
        (NUMERIC, b'{"x": "1e99"}', "must have at most 30 digits"),
        (NUMERIC, b'{"x": ' + b"9" * 100_000 + b"}", "must have at most 30 digits"),
        (NUMERIC, b'{"x": 1e-' + b"9" * 10_000 + b"}", "must have at most 30 digits"),
        (NUMERIC, b'{"x": 1e59}', "must have at most 30 digits"),
        (NUMERIC, b'{"x": []}', "must be a number"),
        (BOOLEAN, b'{"x": "true"}', "must be true or false"),
        (BOOLEAN, b'{"x": 1}', "must be true or false"),
        (TEXT, b'{"x": 1}', "must be a string"),
        (TEXT, b'{"x": []}', "must be a string"),
        (TEXT, b'{"x": "x\\u0000y"}', "contains a NUL character"),
        (TEXT, b'{"x": "\\ud800"}', "contains an unpaired surrogate"),
        (TEXT, b'{"x": -Infinity}', "-Infinity is not a number in JSON"),
        (NUMERIC, b'{"x": NaN}', "NaN is not a number in JSON"),
        (NUMERIC, b'{"x": 1, "x": 1}', "is given more than once"),
        (TIMESTAMP, b'{"x": 20240101}', "must be a string"),
    ],
)
def test_an_argument_that_does_not_fit_is_refused(function, body, problem):
    assert read_arguments(function, parse_body(body)) == ({}, {"x": problem})


@pytest.mark.parametrize(
    ("body", "missing"),
    [(b"{}", True), (b'{"x": null}', True), (b'{"x": "a"}', False), (b'{"x": 1}', False)],
)
def test_a_required_argument_is_missing_where_it_is_null_or_left_out(body, missing):
    arguments, _ = read_arguments(TEXT, parse_body(body))
    assert missing_arguments(TEXT, arguments) == ({"x": "is required"} if missing else {})
