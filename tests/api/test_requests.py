"""Whatever a client sends: a clear answer, and never a 5xx."""

import json
import re
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from tests.api.conftest import Service
from tests.people import Person
from tests.waiting import eventually

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
    "nested deep": b'{"email": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
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
        # A call whose arguments have other names is one of a function that there is not.
        expected = 404 if answer.json()["code"] == "PGRST202" else 400
        assert answer.status_code == expected, (path, answer.text)


def test_a_body_over_4_mb_is_a_413(client: httpx.Client) -> None:
    answer = client.post("/customers/login", content=b" " * 4_000_001)
    assert answer.status_code == 413
    assert answer.json()["code"] == "LARGE"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/customers/register"),
        ("POST", "/customers/login"),
        ("PUT", "/customers/validateOtp"),
        ("POST", "/rpc/balance_at"),
        ("POST", "/rpc/nothing"),
    ],
)
def test_a_stranger_sends_no_more_than_64_kb(
    client: httpx.Client, aline: Person, method: str, path: str
) -> None:
    largest = 65_536
    for size, told in [(largest, False), (largest + 1, True)]:
        answer = client.request(method, path, content=b" " * (size - 2) + b"{}")
        assert (answer.status_code == 413, answer.json()["code"] == "LARGE") == (told, told)
    headers = aline.headers
    answer = client.post("/rpc/balance_at", content=b" " * largest + b"{}", headers=headers)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/wallets", "application/json", b'{"x": [' + b"NaN, " * 300_000 + b"1]}"),
        ("/rpc/balance_at", "application/x-www-form-urlencoded", b"a&" * 500_000),
    ],
)
def test_what_is_refused_keeps_nobody_waiting(
    aline: Person, path: str, kind: str, body: bytes
) -> None:
    def seconds(body: bytes) -> float:
        begin = time.perf_counter()
        headers = aline.headers | {"Content-Type": kind}
        answer = aline.client.post(path, content=body, headers=headers)
        assert answer.status_code in (400, 404)
        return time.perf_counter() - begin

    # Nothing else is served while a body is read: it must be some times the reading of JSON, and
    # was hundreds of times that.
    plain = min(seconds(b'{"x": [' + b"1, " * 500_000 + b"1]}") for _ in range(3))
    assert min(seconds(body) for _ in range(3)) < 20 * plain


@pytest.mark.parametrize(
    "query",
    [
        "id=eq.abc",
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
    # 404 is PostgREST's for an operator that there is not: `like` on a number.
    assert answer.status_code in (400, 404, 416), answer.text
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
        ("PROPFIND", "/nothing", 404),
        ("PROPFIND", "/rpc/nothing", 404),
        ("PROPFIND", "/currencies", 405),
        ("TRACE", "/rpc/balance_at", 405),
        ("FOO", "/customers/login", 405),
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


def raw(service: Service, request: bytes) -> bytes:
    """What the server answers to these very bytes."""
    place = urlsplit(service.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def status_of(service: Service, line: bytes, *headers: bytes, body: bytes = b"") -> int:
    head = [line, b"Host: x", b"Connection: close", *headers]
    head += [b"Content-Length: %d" % len(body)] if body else []
    answer = raw(service, b"\r\n".join(head) + b"\r\n\r\n" + body)
    return int(answer.split(b" ")[1])


@pytest.mark.parametrize(
    "header",
    [
        b"Idempotency-Key: \xff\xfe",
        b"Idempotency-Key: a\x00b",
        b"Authorization: Bearer \xff\xfe",
        b"Prefer: \xff",
        b"X-Request-ID: \xff",
        b"Idempotency-Key: a\r\nIdempotency-Key: b",
        b"Authorization: Bearer a\r\nAuthorization: Bearer b",
        b"Range: \xc3\x28",
        b"X-\xff: a",
        b"Content-Length: 2\r\nContent-Length: 2",
    ],
)
def test_a_header_that_is_no_text_or_comes_twice_is_a_400(service: Service, header: bytes) -> None:
    path = b"/api/v1/transactions"
    assert status_of(service, b"GET " + path + b" HTTP/1.1", header) == 400
    assert status_of(service, b"POST " + path + b" HTTP/1.1", header, body=b"{}") == 400


def test_a_header_may_have_a_tab_in_it(service: Service) -> None:
    assert status_of(service, b"GET /health/live HTTP/1.1", b"X-Note: a\tb") == 200


@pytest.mark.parametrize("method", [b"\xff", b"FOO", b"F" * 300])
def test_a_made_up_method_is_counted_as_other(service: Service, method: bytes) -> None:
    assert 400 <= status_of(service, method + b" /health/live HTTP/1.1") < 500
    metrics = httpx.get(f"{service.url}/metrics")
    assert metrics.status_code == 200
    assert "FOO" not in metrics.text


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /api/v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{}",
        b"GET /api/v1/wal",
    ],
)
def test_a_client_that_goes_away_is_no_fault_of_the_server(service: Service, sent: bytes) -> None:
    def counted(status: str) -> float:
        found = re.findall(
            rf'^tekana_http_requests_total{{.*status="{status}"}} ([0-9.e+]+)$',
            httpx.get(f"{service.url}/metrics").text,
            re.MULTILINE,
        )
        return sum(map(float, found))

    faults, departures = counted("5.."), counted("499")
    where = urlsplit(service.url)
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    eventually(lambda: counted("499") > departures)
    assert counted("5..") == faults


@pytest.mark.parametrize("path", ["/", "/.", "/%00", "/" + "a" * 300, "/..%2fapp.py", "/x"])
def test_only_the_assets_that_there_are(service: Service, path: str) -> None:
    assert httpx.get(f"{service.url}/docs/assets{path}").status_code == 404


@pytest.mark.parametrize(
    "target",
    [b"nothing", b"?a=1", b"http://x:99999999/", b"http://[::1/", b"a:80", b"///", b"http:///x"],
)
@pytest.mark.parametrize("method", [b"GET", b"CONNECT", b"NONE"])
def test_a_target_that_is_no_url_is_the_clients_mistake(
    service: Service, method: bytes, target: bytes
) -> None:
    lines = len(service.api_log.read_text().splitlines())
    assert 400 <= status_of(service, method + b" " + target + b" HTTP/1.1") < 500
    logged = service.api_log.read_text().splitlines()[lines:]
    assert all(json.loads(line)["level"] == "INFO" for line in logged)


@pytest.mark.parametrize(("size", "status"), [(15_000, 401), (17_000, 431)])
def test_headers_over_16_kb_are_a_431(client: httpx.Client, size: int, status: int) -> None:
    assert client.get("/wallets", headers={"X-Long": "x" * size}).status_code == status


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/api/v1/openapi.json"])
def test_head_is_answered_where_get_is(service: Service, path: str) -> None:
    answer = httpx.head(f"{service.url}{path}")
    assert (answer.status_code, answer.content) == (200, b"")
