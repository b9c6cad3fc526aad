"""What a page of another origin may ask for in a browser, and what it is shown (CORS)."""

import re

import httpx
import pytest

from tests.people import Person
from tests.processes import ROOT

PAGE = ROOT / "docs/clients.md"
FRONT = "https://front.example"  # the one that tests/api/conftest.py allows


def preflight(client: httpx.Client, path: str, method: str, headers: str) -> httpx.Headers:
    wish = {
        "Origin": FRONT,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers.encode("latin-1"),
    }
    answer = client.options(path, headers=wish)
    assert answer.is_success
    assert answer.content == b""
    return answer.headers


def test_a_page_of_an_allowed_origin_may_call_and_another_may_not(client: httpx.Client) -> None:
    allowed = preflight(client, "/transactions", "POST", "authorization, idempotency-key")
    assert allowed["access-control-allow-origin"] == FRONT
    assert "POST" in allowed["access-control-allow-methods"]
    assert allowed["access-control-max-age"] == "600"
    wanted = {"authorization", "idempotency-key"}
    assert set(allowed["access-control-allow-headers"].split(",")) == wanted
    elsewhere = client.get("/currencies", headers={"Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in elsewhere.headers


def test_a_page_may_send_every_header_that_clients_of_postgrest_send(client: httpx.Client) -> None:
    of_postgrest_js = {"accept", "accept-profile", "content-type", "prefer", "x-retry-count"}
    of_supabase_js = {"apikey", "authorization", "x-client-info"}
    wanted = of_postgrest_js | of_supabase_js
    allowed = preflight(client, "/wallets", "GET", ",".join(sorted(wanted)))
    assert set(allowed["access-control-allow-headers"].split(",")) == wanted


@pytest.mark.parametrize("path", ["/wallets", "/walletTypes", "/transactions", "/currencies"])
@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_page_that_writes_a_relation_is_told_that_it_cannot(
    aline: Person, path: str, method: str
) -> None:
    allowed = preflight(aline.client, path, method, "authorization")
    assert method in allowed["access-control-allow-methods"].split(",")
    origin = {"Origin": FRONT}
    refused = aline.client.request(method, path, headers=aline.headers | origin)
    assert (refused.status_code, refused.json()["code"]) in {(405, "METHD"), (405, "PGRST117")}
    assert {"GET", "HEAD", "OPTIONS"} <= set(refused.headers["allow"].replace(" ", "").split(","))
    assert refused.headers["access-control-allow-origin"] == FRONT


def test_a_page_sees_where_its_rows_are_and_what_was_preferred(aline: Person) -> None:
    asked = {"Origin": FRONT, "Prefer": "count=exact"}
    answer = aline.client.get("/walletTypes?limit=1", headers=aline.headers | asked)
    shown = set(answer.headers["access-control-expose-headers"].split(","))
    told = {"content-range", "link", "preference-applied", "content-profile"}
    assert told <= shown & set(answer.headers)
    [sentence] = re.findall(r"It can read (.*?)\.", PAGE.read_text(), re.DOTALL)
    assert shown == {name.lower() for name in re.findall("`(.+?)`", sentence)}


@pytest.mark.parametrize("path", ["/openapi.json", "/walletTypes", "/nothing"])
@pytest.mark.parametrize("origin", [{}, {"Origin": "https://elsewhere.example"}, {"Origin": FRONT}])
def test_a_cache_is_told_that_the_answer_is_another_for_another_origin(
    aline: Person, path: str, origin: dict[str, str]
) -> None:
    # Kept without this, what somebody else asked for would be shown to no page.
    answer = aline.client.get(path, headers=aline.headers | origin)
    assert answer.headers.get("vary", "").lower() == "origin"


def test_a_page_may_read_a_stream(aline: Person) -> None:
    asked = {"Origin": FRONT, "Accept": "text/csv"}
    answer = aline.client.get("/currencies", headers=aline.headers | asked)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["access-control-allow-origin"] == FRONT


@pytest.mark.parametrize("path", ["/wallets/1", "/nothing", "/../v2/wallets"])
def test_a_page_that_asks_at_a_wrong_path_is_told_so(aline: Person, path: str) -> None:
    # Were its preflight refused, it would learn that the request failed, and not why.
    allowed = preflight(aline.client, path, "PATCH", "authorization,content-type")
    assert allowed["access-control-allow-origin"] == FRONT
    assert "PATCH" in allowed["access-control-allow-methods"]
    assert set(allowed["access-control-allow-headers"].split(",")) == {
        "authorization",
        "content-type",
    }
    refused = aline.client.patch(path, headers=aline.headers | {"Origin": FRONT})
    assert refused.json()["code"] in {"NFIND", "PGRST205"}
    assert refused.headers["access-control-allow-origin"] == FRONT


def test_options_that_are_no_preflight_are_answered_like_any_request(client: httpx.Client) -> None:
    assert client.options("/nothing", headers={"Origin": FRONT}).status_code == 404


def test_a_page_may_send_what_its_monitoring_adds(client: httpx.Client) -> None:
    added = {"baggage", "cache-control", "sentry-trace", "traceparent", "x-requested-with"}
    allowed = preflight(client, "/wallets", "GET", ",".join(sorted(added)))
    assert set(allowed["access-control-allow-headers"].split(",")) == added


@pytest.mark.parametrize("headers", ['accept,x"y', "accept;x", "accept,\xff", ","])
def test_a_preflight_says_back_nothing_but_names_of_headers(
    client: httpx.Client, headers: str
) -> None:
    assert "access-control-allow-headers" not in preflight(client, "/wallets", "GET", headers)
