"""What is wrong with a value: each rule, each bound, in words."""

from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest

REQUIRED = "is required"
LONG = "is longer than 100 characters"
CONTROL = "contains a control character"
EMAIL = "is not an email address"
PHONE = "is not a phone number in E.164 format: + and 7 to 15 digits, country code first"
ID = "is not an ID number: 3 to 32 letters, digits, spaces, - and /"
CODE = "is not 2 to 20 capital letters, digits and _, starting with a letter"
AMOUNT = "is not greater than 0 and less than 1,000,000,000,000,000"
DECIMALS = "has more than 4 decimals"
FLOOR = "is not 0 or negative (above -1,000,000,000,000,000, at most 4 decimals)"
DURATION = "is not greater than 0 and at most 366 days"

CASES = {
    "name_problem": {
        None: REQUIRED,
        "": REQUIRED,
        "   ": REQUIRED,
        "A": None,
        "Uwase N'Diaye-Óscar 李": None,
        "a" * 100: None,
        "a" * 101: LONG,
        "two\nlines": CONTROL,
        "tab\t": CONTROL,
        "\x7f": CONTROL,
    },
    "email_problem": {
        None: REQUIRED,
        " ": REQUIRED,
        "aline@example.com": None,
        "a.b+c_d'e@sub.example-one.rw": None,
        "aline": EMAIL,
        "aline@example": EMAIL,
        "@example.com": EMAIL,
        "a@b@example.com": EMAIL,
        "a b@example.com": EMAIL,
        "a@-example.com": EMAIL,
        "a@example-.com": EMAIL,
        "a@example..com": EMAIL,
        "a@example.com.": EMAIL,
        "a@exa_mple.com": EMAIL,
        "a@example.com\n": EMAIL,
        "a\\b@example.com": EMAIL,
        "Aline <a@example.com>": EMAIL,
        "a" * 242 + "@example.com": None,
        "a" * 243 + "@example.com": "is longer than 254 characters",
    },
    "phone_number_problem": {
        None: REQUIRED,
        "": REQUIRED,
        "+250788123456": None,
        "+1234567": None,
        "+123456789012345": None,
        "+123456": PHONE,
        "+1234567890123456": PHONE,
        "250788123456": PHONE,
        "+0250788123456": PHONE,
        "+250 788 123 456": PHONE,
        "++250788123456": PHONE,
        "+25078812345a": PHONE,
        "+250788123456\n": PHONE,
        "+٢٥٠٧٨٨١٢٣٤٥٦": PHONE,
    },
    "id_number_problem": {
        None: REQUIRED,
        "": REQUIRED,
        "1199080012345678": None,
        "PC 123-4/5": None,
        "abc": None,
        "ab": ID,
        "a" * 32: None,
        "a" * 33: ID,
        " abc": ID,
        "-abc": ID,
        "abc_d": ID,
        "abc\n": ID,
    },
    "code_problem": {
        None: REQUIRED,
        "": CODE,
        "AB": None,
        "A_1": None,
        "A" * 20: None,
        "A" * 21: CODE,
        "A": CODE,
        "1A": CODE,
        "_A": CODE,
        "ab": CODE,
        "A-B": CODE,
        "AB\n": CODE,
    },
    "amount_problem": {
        None: REQUIRED,
        Decimal(1): None,
        Decimal("0.0001"): None,
        Decimal("100.00000000"): None,  # zeros at the end are no decimals
        Decimal("999999999999999.9999"): None,
        Decimal("1e15"): AMOUNT,
        Decimal("1e300"): AMOUNT,
        Decimal(0): AMOUNT,
        Decimal("-0.01"): AMOUNT,
        Decimal("NaN"): AMOUNT,
        Decimal("Infinity"): AMOUNT,
        Decimal("-Infinity"): AMOUNT,
        Decimal("0.00001"): DECIMALS,
    },
    "limit_problem": {
        None: None,
        Decimal(1): None,
        Decimal(0): AMOUNT,
        Decimal("0.00001"): DECIMALS,
    },
    "floor_problem": {
        None: REQUIRED,
        Decimal(0): None,
        Decimal("-999999999999999.9999"): None,
        Decimal("-1e15"): FLOOR,
        Decimal("0.0001"): FLOOR,
        Decimal("NaN"): FLOOR,
        Decimal("Infinity"): FLOOR,
        Decimal("-Infinity"): FLOOR,
        Decimal("-0.00001"): FLOOR,
    },
    "description_problem": {
        None: None,
        "": None,
        "a" * 1000: None,
        "a" * 1001: "is longer than 1000 characters",
    },
    "hold_duration_problem": {
        None: None,
        timedelta(seconds=1): None,
        timedelta(366): None,
        timedelta(0): DURATION,
        timedelta(-1): DURATION,
        timedelta(366, 1): DURATION,
    },
}
TABLE = [
    (rule, value, problem) for rule, cases in CASES.items() for value, problem in cases.items()
]


@pytest.mark.parametrize(("rule", "value", "problem"), TABLE)
def test_a_rule_says_what_is_wrong(
    connection: psycopg.Connection, rule: str, value: object, problem: str | None
) -> None:
    assert connection.execute(f"select tekana.{rule}(%s)", [value]).fetchone() == (problem,)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("NID", None),
        (None, REQUIRED),
        ("nid", "is not one of NID, PASSPORT"),
        ("", "is not one of NID, PASSPORT"),
    ],
)
def test_a_choice_is_one_of_those_given(
    connection: psycopg.Connection, value: str | None, problem: str | None
) -> None:
    query = "select tekana.choice_problem(%s, 'NID', 'PASSPORT')"
    assert connection.execute(query, [value]).fetchone() == (problem,)
