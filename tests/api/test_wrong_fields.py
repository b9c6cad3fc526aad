"""Every wrong field of a request is named at once: however it is wrong, however many there are."""

import json
from typing import Any

import httpx
import pytest

from tests.people import PASSWORD, Person, fresh_details

INVALID = "some fields are not valid"


def named(answer: httpx.Response) -> dict[str, str]:
    """Field → problem, of an answer that refuses a request because of its fields."""
    told = answer.json()
    assert (answer.status_code, told["code"], told["message"]) == (400, "INVAL", INVALID), told
    return dict(line.split(": ", 1) for line in told["details"].splitlines())


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/walletTypes", {"code": None, "name": None}, "code name"),
        ("/walletTypes", {}, "code name"),
        ("/walletTypes", {"name": 5}, "code name"),
        (
            "/walletTypes",
            {
                "code": "x",
                "name": " ",
                "minimum_transaction_amount": -1,
                "maximum_transaction_amount": -2,
                "minimum_balance": 1,
            },
            "code name minimum_transaction_amount maximum_transaction_amount minimum_balance",
        ),
        ("/transactionTypes", {"code": "x", "name": None}, "code name"),
        (
            "/transactionTypes",
            {"code": "x", "minimum_amount": 0, "status": "OLD", "hold_duration": "-1 days"},
            "code name minimum_amount status hold_duration",
        ),
        (
            "/transactionTypes",
            {"code": "GIFT", "name": "Gift", "hold_duration": "x", "minimum_amount": "y"},
            "hold_duration minimum_amount",
        ),
        (
            "/transactionRules",
            {"wallet_type_id": None, "transaction_type_id": None},
            "wallet_type_id transaction_type_id",
        ),
        ("/transactionRules", {}, "wallet_type_id transaction_type_id"),
        ("/wallets", {}, "wallet_type_id currency_code customer_id"),
        (
            "/transactions",
            {},
            "debited_wallet_id credited_wallet_id transaction_type amount channel_type",
        ),
        (
            "/transactions",
            {"expires_at": "x", "amount": "y", "status": 1},
            "expires_at amount status debited_wallet_id channel_type",
        ),
    ],
)
def test_staff_are_told_every_wrong_field(
    staff: Person, path: str, body: dict[str, Any], fields: str
) -> None:
    assert named(staff.post(path, body)).keys() == set(fields.split())


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ('"a\\u0000"', "contains a NUL character"),
        ('"\\ud800"', "contains an unpaired surrogate"),
        ("NaN", "NaN is not a number in JSON"),
        ("9" * 31, "must be a string"),
        ('"Aline", "first_name": "Bosco"', "is given more than once"),
    ],
)
def test_what_no_field_can_keep_is_one_wrong_field_among_others(
    client: httpx.Client, wrong: str, problem: str
) -> None:
    body = f'{{"first_name": {wrong}, "email": "bad", "gender": "X"}}'
    found = named(client.post("/customers/register", content=body))
    assert found["first_name"] == problem
    assert found["email"] == "is not an email address"
    assert found["gender"] == "is not one of FEMALE, MALE"


def test_what_postgresql_cannot_read_says_which_field_it_is(staff: Person) -> None:
    wrong = {"code": "GIFT", "name": "Gift", "hold_duration": "x"}
    problem = "cannot be read as interval"
    assert named(staff.post("/transactionTypes", wrong)) == {"hold_duration": problem}


def test_a_key_in_the_body_and_as_a_header_is_one_wrong_field_among_others(staff: Person) -> None:
    answer = staff.post(
        "/transactions", {"idempotency_key": "a", "amount": []}, Idempotency_Key="a"
    )
    found = named(answer)
    assert found["idempotency_key"] == "is given in the body and as a header"
    assert "amount" in found


@pytest.mark.parametrize(
    ("path", "many"),
    [("/customers/login", 3_800), ("/customers/register", 3_800), ("/wallets", 190_000)],
)
@pytest.mark.parametrize("times", [1, 2])
def test_of_very_many_unknown_fields_some_are_told_and_the_rest_counted(
    aline: Person, path: str, many: int, times: int
) -> None:
    members = ",".join(f'"passwor{n}":1' for n in range(many // times) for _ in range(times))
    answer = aline.client.post(path, content="{" + members + "}", headers=aline.headers)
    found = named(answer)
    assert found["passwor0"].startswith("is not known")
    assert found[f"{many // times - 20} more"] == "are not known"
    assert len(answer.content) < 4000


def test_the_name_of_an_unknown_field_is_told_on_one_short_line(client: httpx.Client) -> None:
    body = json.dumps({"prénom\nemail": 1, "\ud800\0": 1, "x" * 10_000: 1})
    found = named(client.post("/customers/login", content=body))
    assert found.keys() == {"prénom\\nemail", "\\ud800\\u0000", "x" * 100, "email", "password"}


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b"email=a&password=b", "it must be JSON: Expecting value at line 1, column 1"),
        (b'{"a": "\n"}', "it must be JSON: Invalid control character at line 1, column 8"),
        (b'{"a": "x', "it must be JSON: Unterminated string starting at line 1, column 7"),
    ],
)
def test_a_body_that_is_no_json_is_told_where(aline: Person, body: bytes, details: str) -> None:
    for path in ("/customers/login", "/rpc/cancel_transaction"):
        answer = aline.client.post(path, content=body, headers=aline.headers)
        assert answer.status_code == 400
        assert answer.json()["details"] == details


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ({}, "password: is required"),
        ({"password": None}, "password: is required"),
        ({"password": ""}, "password: is shorter than 8 characters"),
        ({"password": 5}, "password: "),
        ({"password": PASSWORD}, None),
    ],
)
def test_only_a_missing_password_is_called_missing(
    client: httpx.Client, password: dict[str, Any], told: str | None
) -> None:
    details = fresh_details(first_name=5)
    del details["password"]
    answer = client.post("/customers/register", json=details | password)
    assert answer.status_code == 400
    lines = [line for line in answer.json()["details"].splitlines() if line.startswith("password")]
    assert len(lines) == (told is not None)
    assert all(line.startswith(told or "") for line in lines)
    if told != "password: is required":
        assert "password: is required" not in lines
