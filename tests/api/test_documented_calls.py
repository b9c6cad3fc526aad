"""What the documentation says of requests and answers is what happens."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.api.test_documentation import body, described
from tests.people import Person, Phone, register
from tests.processes import ROOT

RETRY = "Retry-After"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def resolved(document: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """A part of the document, or what it refers to."""
    while "$ref" in one:
        found = document
        for name in one["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        one = found
    return one


def schema(operation: dict[str, Any], status: str) -> dict[str, Any]:
    """What the document says of the JSON body of an answer."""
    found: dict[str, Any] = operation["responses"][status]["content"]["application/json"]["schema"]
    return found


def test_every_example_of_a_parameter_works_when_it_is_sent(staff: Person) -> None:
    document = described(staff.client)
    sent = 0
    for path, method, operation in operations(document):
        if method != "get":
            continue
        parameters = [resolved(document, one) for one in operation["parameters"]]
        query = {
            one["name"]: one["schema"]["examples"][0] for one in parameters if one.get("required")
        }
        for one in parameters:
            for example in one["schema"].get("examples", []):
                given = {one["name"]: str(example)}
                extra = given if one["in"] == "header" else {}
                answer = staff.client.get(
                    path,
                    params=query | ({} if extra else given),
                    headers=staff.headers | extra,
                )
                assert answer.status_code in {200, 206}, (path, given, answer.text)
                assert str(answer.status_code) in operation["responses"], (path, given)
                sent += 1
    assert sent > 100


@pytest.mark.parametrize(("value", "is_right"), [("(id.gt.1)", True), ("", False), ("id", False)])
@pytest.mark.parametrize("name", ["and", "or"])
def test_conditions_are_written_as_is_told(
    aline: Person, name: str, value: str, is_right: bool
) -> None:
    told = described(aline.client)["components"]["parameters"][name]["schema"]
    assert Draft202012Validator(told).is_valid(value) is is_right
    assert aline.get("/wallets", **{name: value}).status_code == (200 if is_right else 400)


def test_every_refusal_shows_codes_and_headers_that_are_sent(client: httpx.Client) -> None:
    document = described(client)
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    headers = {"401": "WWW-Authenticate", "405": "Allow"} | dict.fromkeys(("429", "503"), RETRY)
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            told = resolved(document, answer)
            if status in headers:
                assert headers[status] in told.get("headers", {}), (path, method, status)
            for content in told.get("content", {}).values():
                if code := content.get("example", {}).get("code"):
                    assert f"`{code}`" in page, (path, method, status)
                    assert f"`{code}`" in told["description"], (path, method, status)


def test_where_a_new_row_is_read_is_shown_for_each(client: httpx.Client) -> None:
    document = described(client)
    for path, _, operation in operations(document):
        if made := operation["responses"].get("201"):
            (example,) = made["headers"]["Location"]["schema"]["examples"]
            relation = path.removesuffix("/register")
            assert example.lower() == f"/api/v1{relation.replace('_', '')}?id=eq.7", path


def test_what_a_session_begins_with_is_there_for_sure(client: httpx.Client, aline: Person) -> None:
    paths = described(client)["paths"]
    shown = schema(paths["/customers/validateOtp"]["put"], "200")
    assert set(shown["required"]) == set(shown["properties"]) == set(aline.tokens)
    (staff,) = (one for one in shown["properties"]["data"]["anyOf"] if "properties" in one)
    assert set(staff["required"]) == set(staff["properties"])
    sent = schema(paths["/customers/login"]["post"], "200")
    assert set(sent["required"]) == {"message", "phone_number", "expires_in"}


def test_what_may_be_null_is_what_is_taken_as_null(staff: Person) -> None:
    document = described(staff.client)
    judged = 0
    for path, method, operation in operations(document):
        if method != "post" or path.startswith("/customers"):
            continue
        fields = body(operation)["schema"]
        whole = body(operation).get("example") or {
            name: fields["properties"][name]["examples"][0] for name in fields.get("required", [])
        }
        for name in fields["properties"].keys() - {*fields.get("required", [])}:
            sent = {key: value for key, value in whole.items() if key != name} | {name: None}
            answer = staff.post(path, sent)
            told = (answer.json().get("details") or "") if answer.status_code == 400 else ""
            refused = told == f"{name}: is required"
            judge = Draft202012Validator(fields["properties"][name])
            assert judge.is_valid(None) is not refused, (path, name, answer.text)
            judged += 1
    assert judged > 20


# Each value is sent alone: what else is missing is refused beside it, and nothing happens.
@pytest.mark.parametrize(
    ("path", "field", "right", "wrong"),
    [
        ("/customers/register", "email", ["a@example.com"], ["nobody"]),
        ("/customers/register", "email", ["a" * 248 + "@aa.rw"], ["a" * 249 + "@aa.rw"]),
        ("/customers/register", "phone_number", ["+1234567", "1234567"], ["+123456", "+0234567"]),
        ("/customers/register", "phone_number", ["+123456789012345"], ["+1234567890123456"]),
        ("/customers/register", "first_name", ["A", "m" * 100], ["", "m" * 101]),
        ("/customers/register", "id_number", ["A1-", "1" * 32], ["12", "-12", "1" * 33]),
        ("/wallet_types", "code", ["AB", "A" * 20], ["A", "ab", "1A", "A" * 21]),
        ("/wallet_types", "name", ["A", "m" * 100], ["", "m" * 101]),
        ("/transactions", "amount", [0.01, 10**15 - 1], [0, -1, 10**15]),
        ("/customers/register", "password", ["8 signs.", "m" * 1024], ["7 signs", "m" * 1025]),
        ("/wallet_types", "minimum_balance", [0], [1]),
        ("/rpc/post_transactions", "transactions", [[7], [7] * 10_000], [[], [7] * 10_001]),
    ],
)
def test_a_value_is_refused_where_the_document_says_so(
    staff: Person, path: str, field: str, right: list[Any], wrong: list[Any]
) -> None:
    told = body(described(staff.client)["paths"][path]["post"])["schema"]["properties"][field]
    told.pop("items", None)  # which are judged by themselves
    judge = Draft202012Validator(told, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for value in (*right, *wrong):
        answer = staff.post(path, {field: value})
        assert answer.status_code == 400, answer.text
        is_right = f"\n{field}: " not in f"\n{answer.json()['details']}"
        assert judge.is_valid(value) is is_right is (value in right), answer.text[:200]


def test_a_code_is_as_is_told(client: httpx.Client, phone: Phone) -> None:
    path = "/customers/validateOtp"
    told = body(described(client)["paths"][path]["put"])["schema"]["properties"]["otp"]
    person = register(client, phone)
    code = person.ask_for_code()
    for sent in (code[1:], f"{code}0", f"x{code[1:]}", code):
        answer = client.put(path, json={"phone_number": person.number, "otp": sent})
        assert answer.status_code == (200 if sent == code else 400), answer.text
        assert Draft202012Validator(told).is_valid(sent) is answer.is_success, sent


def group_for(payee: Person, operation: dict[str, Any]) -> dict[str, Any]:
    """The example of a group, which pays somebody who is there."""
    (posting,) = body(operation)["example"]["transactions"]
    return {"transactions": [posting | {"credited_wallet_id": payee.open_wallet()["id"]}]}


@pytest.mark.parametrize(
    ("path", "sent"), [("/transactions", {}), ("/rpc/post_transactions", {"transactions": []})]
)
def test_a_key_is_as_long_as_is_told(staff: Person, path: str, sent: dict[str, Any]) -> None:
    parameters = described(staff.client)["paths"][path]["post"]["parameters"]
    (header,) = (one for one in parameters if one.get("name") == "Idempotency-Key")
    shortest, longest = (header["schema"][name] for name in ("minLength", "maxLength"))
    for length in (shortest - 1, shortest, longest, longest + 1):
        answer = staff.post(path, sent, Idempotency_Key="k" * length)
        assert answer.status_code == 400, answer.text  # the rest of it is wrong anyway
        is_wrong = "Idempotency-Key: " in answer.json()["details"]
        assert is_wrong is not (shortest <= length <= longest), (length, answer.text)


def test_what_became_of_a_group_is_as_described(staff: Person, aline: Person) -> None:
    document = described(staff.client)
    operation = document["paths"]["/rpc/post_transactions"]["post"]
    item = resolved(document, body(operation)["schema"]["properties"]["transactions"]["items"])
    assert item["required"] == ["debited_wallet_id", "amount", "channel_type"]
    longest_key = {"Idempotency_Key": "k" * 240}
    answer = staff.post("/rpc/post_transactions", group_for(aline, operation), **longest_key)
    whole = {"components": document["components"]} | schema(operation, "200")
    assert list(Draft202012Validator(whole).iter_errors(answer.json())) == []
    assert not Draft202012Validator(whole).is_valid([{}])
