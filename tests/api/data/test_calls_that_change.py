"""Calling functions that may change something: once, or not at all."""

import psycopg
import pytest


@pytest.fixture
def bells(shop_url):
    def count() -> int:
        with psycopg.connect(shop_url) as connection:
            return connection.execute("select count(*) from stock.bells").fetchone()[0]

    return count


def test_a_function_that_returns_nothing_is_204(client, bells):
    before = bells()
    response = client.post("/rpc/ring_quietly")
    assert (response.status_code, response.content) == (204, b"")
    assert bells() == before + 1
    for accept in ("text/csv", "application/x-ndjson"):
        response = client.get("/rpc/keep_still", headers={"Accept": accept})
        assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("count", ["exact", "estimated", "planned"])
def test_a_function_that_changes_something_runs_once_even_when_counted(client, bells, count):
    before = bells()
    prefer = {"Prefer": f"count={count}"}
    response = client.post("/rpc/ring?limit=1", json={"times": 3}, headers=prefer)
    told = (200, "0-0/*") if count == "planned" else (206, "0-0/3")
    assert (response.status_code, response.headers["content-range"]) == told
    assert bells() == before + 3


def test_what_a_function_did_is_undone_when_the_page_begins_beyond_its_rows(client, bells):
    before = bells()
    refused = client.post("/rpc/ring?offset=5", headers={"Prefer": "count=exact"})
    assert (refused.status_code, refused.json()["code"]) == (416, "PGRST103")
    assert bells() == before


@pytest.mark.parametrize(
    ("status", "header"),
    [
        ("teapot", "[]"),
        ("102", "[]"),
        ("200", "no headers"),
        ("200", "{}"),
        ("200", '[{"X-Ü": "x"}]'),
        ("200", '[{"Content-Length": "1"}]'),
        ("200", '[{"Transfer-Encoding": "chunked"}]'),
    ],
)
def test_what_a_function_did_is_undone_when_it_says_what_cannot_be(client, bells, status, header):
    before = bells()
    refused = client.post("/rpc/ring_and_say", json={"status": status, "header": header})
    assert refused.status_code == 500
    assert refused.json()["code"] in {"PGRST111", "PGRST112"}
    assert bells() == before


def test_what_a_function_did_is_undone_when_one_object_was_wanted_of_several(client, bells):
    before = bells()
    accept = {"Accept": "application/vnd.pgrst.object+json"}
    refused = client.post("/rpc/ring", json={"times": 2}, headers=accept)
    assert (refused.status_code, refused.json()["code"]) == (406, "PGRST116")
    assert bells() == before
    assert "rung_at" in client.post("/rpc/ring", headers=accept).json()


def test_what_a_function_did_is_undone_beyond_what_was_preferred(client, bells):
    before = bells()
    prefer = {"Prefer": "handling=strict, max-affected=2"}
    refused = client.post("/rpc/ring", json={"times": 3}, headers=prefer)
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST124")
    assert bells() == before
    done = client.post("/rpc/ring", json={"times": 2}, headers=prefer)
    assert done.headers["preference-applied"] == "handling=strict, max-affected=2"
    refused = client.post("/rpc/ring_quietly", headers=prefer)
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST128")


@pytest.mark.parametrize(("page", "times"), [("", 30), ("?limit=1", 26), ("?limit=5", 40)])
def test_what_a_function_did_is_counted_beyond_the_page(client, bells, page, times):
    before = bells()
    prefer = {"Prefer": "handling=strict, max-affected=25"}
    refused = client.post(f"/rpc/ring{page}", json={"times": times}, headers=prefer)
    assert (refused.status_code, refused.json()["code"]) == (400, "PGRST124")
    assert refused.json()["details"] == f"The query affects {times} rows"
    assert bells() == before
    done = client.post("/rpc/ring?limit=2", json={"times": 25}, headers=prefer)
    assert (done.status_code, len(done.json())) == (200, 2)
    assert done.headers["content-range"] == "0-1/*"
    assert 'rel="next"' in done.headers["link"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_a_function_that_may_change_something_takes_post_only(client, bells, method):
    before = bells()
    response = client.request(method, "/rpc/ring_quietly")
    assert (response.status_code, response.headers["allow"]) == (405, "OPTIONS, POST")
    assert bells() == before
