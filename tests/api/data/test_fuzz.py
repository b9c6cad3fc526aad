"""Whatever a client writes gets an answer or a refusal, and never a row that is not its to see.

`make fuzz` tries many times as many examples.
"""

import json
import re
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.data.catalogue import Catalogue
from tests.api.data.conftest import fuzz_examples
from tests.api.data.generated import noise, sensible_requests, texts

Ask = Callable[..., tuple[int, bytes]]
TRIES = settings(
    max_examples=fuzz_examples(400),
    deadline=None,
    database=None,  # each run is the same as in CI
    suppress_health_check=list(HealthCheck),
)
HALF = settings(TRIES, max_examples=fuzz_examples(400) // 2)


@pytest.fixture(scope="module")
def ask(base_url: str) -> Iterator[Ask]:
    """The status and body of an answer, over one connection that lives through all of them."""
    connection = HTTPConnection(urlsplit(base_url).netloc, timeout=30)

    def ask(
        path: str, headers: dict[str, str], method: str = "GET", body: bytes | None = None
    ) -> tuple[int, bytes]:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()

    yield ask
    connection.close()


def answered(status: int, body: bytes) -> None:
    assert 200 <= status < 300 or status == 300 or 400 <= status < 500, (status, body)
    if status >= 300:
        told = json.loads(body)
        assert told.keys() == {"code", "message", "details", "hint"}
        # Words of our statements, which no request here has: a client's own may come back to it.
        assert not re.search("json_agg|materialized|pg_catalog", body.decode())


@TRIES
@given(request=noise)
def test_any_query_string_is_answered_or_refused(ask: Ask, request: Any) -> None:
    path, query, headers = request
    status, body = ask(f"/{path}?{query}", headers)
    answered(status, body)
    assert b"secret of the keeper" not in body
    assert path != "money_box" or status != 200


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=6,
)


@HALF
@given(
    name=st.sampled_from(["echo_all", "add", "divide", "joined", "whole_json", "locate"]),
    arguments=st.dictionaries(
        st.sampled_from(["t", "n", "f", "j", "i", "ts", "at", "a", "b", "words"]) | texts,
        json_values,
        max_size=3,
    ),
    content=st.sampled_from(
        ["application/json", "text/plain", "application/octet-stream", "application/xml"]
    ),
)
def test_any_body_is_answered_or_refused(
    ask: Ask, name: str, arguments: dict[str, Any], content: str
) -> None:
    body = json.dumps(arguments).encode()
    answered(*ask(f"/rpc/{name}", {"Content-Type": content}, "POST", body))


@pytest.fixture(scope="module")
def visible(shop_url: str) -> set[str]:
    """The diary entries that a guest sees by SQL."""
    with psycopg.connect(shop_url) as connection:
        connection.execute("set role shop_guest")
        return {entry for (entry,) in connection.execute("select entry from shop.diaries")}


@pytest.fixture(scope="module")
def sensible_request(catalogue: Catalogue) -> Callable[[int], tuple[str, str]]:
    """A relation and a query of it, by the seed of how it is made up."""
    return sensible_requests(catalogue, "shop")


@HALF
@given(seed=st.integers(0, 2**63))
def test_no_request_gives_a_row_that_the_role_does_not_see_by_sql(
    ask: Ask,
    sensible_request: Callable[[int], tuple[str, str]],
    visible: set[str],
    seed: int,
) -> None:
    name, query = sensible_request(seed)
    status, body = ask(f"/{name}?{query}", {"Prefer": "count=exact"})
    answered(status, body)
    if status < 300:
        found = set(_entries(json.loads(body)))
        assert found <= visible, (name, query)


def _entries(found: Any) -> Iterator[str]:
    """Every diary entry in an answer, wherever it is embedded."""
    if isinstance(found, list):
        for one in found:
            yield from _entries(one)
    elif isinstance(found, dict):
        for key, value in found.items():
            if key == "entry":
                yield from _texts(value)
            yield from _entries(value)


def _texts(value: Any) -> Iterator[str]:
    """The texts of a column: of a row, or of many that were spread, and those spread again."""
    if isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif value is not None:
        yield value
