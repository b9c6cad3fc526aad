"""Whatever a client sends: a clear answer, and never a 5xx."""

import json
import re

import httpx
import pytest

from tests.people import Person

BAD_BODIES = {
    "not JSON": b"{",
    "not an object": b"[1]",
    "two keys alike": b'{"email": "a@b.cd", "email": "c@d.ef", "password": "x"}',
    "NaN": b'{"email": NaN, "password": "x"}',
    "Infinity": b'{"email": -Infinity, "password": "x"}',
    "NUL": b'{"email": "a\\u0000b", "password": "x"}',
    "half a surrogate": b'{"email": "\\ud800", "password": "x"}',
    "not UTF-8": b'{"email": "\xff", "password": "x"}',
    "a very long number": b'{"email": ' + b"9" * 5000 + b', "password": "x"}',
    "nested deep": b'{"email": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "empty": b"",
    "unknown field": b'{"email": "a@b.cd", "password": "x", "admin": true}',
    "null": b'{"email": null, "password": null}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
@pytest.mark.parametrize("path", ["/customers/login", "/customers/register", "/customers/refresh"])
def test_a_bad_body_is_a_400(client: httpx.Client, path: str, body: bytes) -> None:
    answer = client.post(path, content=body)
    assert answer.status_code == 400, answer.text
    assert answer.json().keys() == {"code", "message", "details", "hint"}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_transaction_is_a_400(aline: Person, body: bytes) -> None:
    for path in ("/transactions", "/wallets", "/rpc/cancel_transaction"):
        answer = aline.client.post(path, content=body, headers=aline.headers)
        assert answer.status_code == 400, (path, answer.text)


def test_a_body_over_1_mb_is_a_413(client: httpx.Client) -> None:
    answer = client.post("/customers/login", content=b" " * 1_000_001)
    assert answer.status_code == 413
    assert answer.json()["code"] == "LARGE"


@pytest.mark.parametrize(
    "query",
    [
        "id=eq.abc",
        "id=eq.1_000",
        "id=eq.0x10",
        "id=eq.%207%20",
        "id=eq.99999999999999999999",
        "nothing=eq.1",
        "status=eq.%00",
        "status=eq.%ff",
        "created_at=gt.yesterdayish",
        "amount=eq.NaNaN",
        "select=nothing",
        "order=nothing",
        "order=id.sideways",
        "limit=-1",
        "limit=x",
        "offset=-1",
        "status=in.(COMPLETED",
        "amount=like.1*",
        "id=is.maybe",
        "'; drop table tekana.wallets; --=eq.1",
    ],
)
def test_a_bad_query_is_a_400(aline: Person, query: str) -> None:
    answer = aline.client.get(f"/transactions?{query}", headers=aline.headers)
    assert answer.status_code in (400, 416), answer.text
    assert "select " not in answer.json()["message"].lower()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/rpc/nothing", 404),
        ("GET", "/pg_class", 404),
        ("GET", "/users", 404),
        ("GET", "/%00", 404),
        ("GET", "/wal%ff", 404),
        ("DELETE", "/wallets", 405),
        ("PATCH", "/transactions", 405),
        ("POST", "/customers", 405),
        ("GET", "/rpc/post_transaction", 405),
        ("GET", "/customers/login", 405),
    ],
)
def test_what_is_not_there(aline: Person, method: str, path: str, status: int) -> None:
    answer = aline.client.request(method, path, headers=aline.headers)
    assert answer.status_code == status, answer.text
    assert answer.json().keys() == {"code", "message", "details", "hint"}
    assert status != 405 or answer.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/customers", "/wallets", "/transactions", "/walletTypes", "/customers/find?id=1"]
)
def test_nobody_reads_without_a_token(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/wallets", "/transactions", "/walletTypes", "/transactionRules"])
def test_nobody_writes_without_a_token(client: httpx.Client, path: str) -> None:
    assert client.post(path, json={}).status_code == 401


def test_a_well_formed_request_id_is_kept_and_another_is_not(client: httpx.Client) -> None:
    def answered(request_id: str) -> str:
        answer = client.get("/nothing", headers={"X-Request-ID": request_id})
        return answer.headers["x-request-id"]

    assert answered("checkout-42.a") == "checkout-42.a"
    for wrong in ("short", "x" * 65, 'a"b-c-d-e-f', "{}{}{}{}{}", "-starts-with-a-dash"):
        assert re.fullmatch("[0-9a-f]{32}", answered(wrong))


def test_there_is_one_log_line_a_request(client: httpx.Client, service) -> None:
    name = "one-line-please"
    client.get("/nothing?phone_number=%2B250788123456", headers={"X-Request-ID": name})
    (line,) = [line for line in service.api_log.read_text().splitlines() if name in line]
    logged = json.loads(line)
    assert (logged["method"], logged["status"], logged["level"]) == ("GET", 404, "INFO")
    assert logged["duration_ms"] > 0
    assert "788123456" not in line
