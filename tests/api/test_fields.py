"""Strict JSON bodies, and arguments checked against a function's parameters; pure."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.data.catalogue import DataType, Function, Kind, Parameter, Result
from api.data.errors import DataError
from api.fields.bodies import parse_body
from api.fields.checking import check_arguments, write_json


def test_numbers_are_never_binary_floating_point():
    assert parse_body(b'{"a": 0.1, "b": 10, "c": 1e2}') == {
        "a": Decimal("0.1"),
        "b": 10,
        "c": Decimal("1E+2"),
    }


def test_an_empty_body_is_an_empty_object():
    assert parse_body(b" \n") == {}


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b'{"a": 1, "a": 1}', "a: is given more than once"),
        (b'{"a": {"b": 1, "b": 2}}', "b: is given more than once"),
        (b'{"a": NaN}', "a: NaN is not a number in JSON"),
        (b'{"a": [-Infinity]}', "a: -Infinity is not a number in JSON"),
        (b'{"a": "x\\u0000y"}', "a: contains a NUL character"),
        (b'{"a": {"x\\u0000": 1}}', "a: contains a NUL character"),
        (b'{"a": "\\ud800"}', "a: contains half of a surrogate pair"),
        (b'{"\\udfff": 1}', "?: contains half of a surrogate pair"),
        (b'{"a": ' + b"9" * 31 + b"}", "a: must have at most 30 digits"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "a: must have at most 30 digits"),
        (b'{"a": 1e61}', "a: is out of range"),
        (b'{"a": 1e-' + b"9" * 10_000 + b"}", "a: is out of range"),
        (b'{"a": "\xff"}', "it is not UTF-8"),
        (b"[1]", "it must be an object: { \u2026 }"),
        (b"NaN", "it must be an object: { \u2026 }"),
        (b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}", "it is nested deeper than 32 levels"),
        (b'{"a": ' + b"[" * 400_000, "it is nested deeper than 32 levels"),
        (b'{"a": 1', "Expecting ',' delimiter at line 1, column 8"),
        (b"{'a': 1}", None),
        (b'{"a": 01}', None),
        (b"\xef\xbb\xbf{}", None),
    ],
)
def test_a_body_that_is_ambiguous_or_cannot_be_kept_is_refused(body, details):
    with pytest.raises(DataError) as refused:
        parse_body(body)
    is_whole = details is None or details.startswith(("it ", "Expecting"))
    code = "PGRST102" if is_whole else "INVAL"
    assert (refused.value.status, refused.value.code) == (400, code)
    if details:
        assert refused.value.details == details


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(DataError) as refused:
        parse_body(b'{"a": NaN, "b": "\\u0000", "c": 1, "c": 2}')
    assert refused.value.details.splitlines() == [
        "c: is given more than once",
        "a: NaN is not a number in JSON",
        "b: contains a NUL character",
    ]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**29), 10**29)
    | st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-999, max_value=999)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="ascii", exclude_characters="\0")), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1), json_values))
def test_what_is_written_is_read_back_the_same(value):
    assert parse_body(write_json(value).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused(body):
    with suppress(DataError):
        assert isinstance(parse_body(body), dict)


def function_of(name: str, kind: Kind, is_array: bool = False) -> Function:
    parameter = Parameter("x", DataType(name, kind, is_array))
    return Function("s", "f", (parameter,), Result.SCALAR)


INTEGER = function_of("integer", Kind.INTEGER)
BIGINT = function_of("bigint", Kind.INTEGER)
NUMERIC = function_of("numeric", Kind.DECIMAL)
DOUBLE = function_of("double precision", Kind.FLOAT)
BOOLEAN = function_of("boolean", Kind.BOOLEAN)
TEXT = function_of("text", Kind.TEXT)
TIMESTAMP = function_of("timestamp with time zone", Kind.OTHER)
JSON = function_of("jsonb", Kind.JSON)
INTEGERS = function_of("integer", Kind.INTEGER, is_array=True)
NUMERICS = function_of("numeric", Kind.DECIMAL, is_array=True)


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
        (NUMERIC, b'{"x": -0.0000000000001}', "-0.0000000000001"),
        (NUMERIC, b'{"x": null}', None),
        (DOUBLE, b'{"x": 1.5}', "1.5"),
        (BOOLEAN, b'{"x": false}', "false"),
        (TEXT, b'{"x": "a"}', "a"),
        (TIMESTAMP, b'{"x": "2024-01-01"}', "2024-01-01"),
        (JSON, b'{"x": {"y": [1.10]}}', '{"y":[1.10]}'),
        (JSON, b'{"x": null}', "null"),
        (INTEGERS, b'{"x": [1, null, 3]}', '{"1",NULL,"3"}'),
        (INTEGERS, b'{"x": null}', None),
        (NUMERICS, b'{"x": ["1.5", 2]}', '{"1.5","2"}'),
    ],
)
def test_an_argument_that_fits_is_written_as_postgresql_reads_it(function, body, expected):
    assert check_arguments(function, parse_body(body)) == {"x": expected}


@pytest.mark.parametrize(
    ("function", "body", "problem"),
    [
        (INTEGER, b'{"x": "7"}', "must be a whole number"),
        (INTEGER, b'{"x": "1_000"}', "must be a whole number"),
        (INTEGER, b'{"x": 7.5}', "must be a whole number"),
        (INTEGER, b'{"x": true}', "must be a whole number"),
        (INTEGER, b'{"x": 2147483648}', "is out of range"),
        (BIGINT, b'{"x": 9223372036854775808}', "is out of range"),
        (BIGINT, b'{"x": 1e60}', "is out of range"),
        (NUMERIC, b'{"x": "1_000"}', "must be a decimal number"),
        (NUMERIC, b'{"x": "0x10"}', "must be a decimal number"),
        (NUMERIC, b'{"x": " 7 "}', "must be a decimal number"),
        (NUMERIC, b'{"x": "7\\n"}', "must be a decimal number"),
        (NUMERIC, b'{"x": "NaN"}', "must be a decimal number"),
        (NUMERIC, b'{"x": "Infinity"}', "must be a decimal number"),
        (NUMERIC, b'{"x": ""}', "must be a decimal number"),
        (NUMERIC, '{"x": "٣"}'.encode(), "must be a decimal number"),
        (NUMERIC, b'{"x": "1234567890123456789012345678901"}', "must have at most 30 digits"),
        (NUMERIC, b'{"x": "1e99"}', "is out of range"),
        (NUMERIC, b'{"x": 1e59}', "must have at most 30 digits"),
        (NUMERIC, b'{"x": []}', "must be a number"),
        (BOOLEAN, b'{"x": "true"}', "must be true or false"),
        (BOOLEAN, b'{"x": 1}', "must be true or false"),
        (TEXT, b'{"x": 1}', "must be a string"),
        (TIMESTAMP, b'{"x": 20240101}', "must be a string"),
        (INTEGERS, b'{"x": 1}', "must be an array"),
        (INTEGERS, b'{"x": [1, "2"]}', "must be a whole number"),
        (INTEGERS, b'{"x": [[1]]}', "must be a whole number"),
        (TEXT, b"{}", "is required"),
    ],
)
def test_an_argument_that_does_not_fit_is_refused(function, body, problem):
    with pytest.raises(DataError) as refused:
        check_arguments(function, parse_body(body))
    assert (refused.value.status, refused.value.details) == (400, f"x: {problem}")
