"""Whatever a client writes, PostgreSQL never sees a statement that it cannot understand."""

import json
import os
from urllib.parse import urlencode

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.data.catalogue import Catalogue
from api.data.errors import DataError
from api.data.params import read_pairs
from api.data.render import render
from api.data.requests import plan_function, plan_relation
from api.data.running import Answer, prepare_connection, run

EXAMPLES = int(os.environ.get("TEKANA_TEST_FUZZ_EXAMPLES", "600"))

PIECES = [
    *("id", "title", "price", "pages", "in_print", "isbn", "tags", "extras", "published_at"),
    *("select", "order", "limit", "offset", "and", "or", "*", "author", "a", "b", "times"),
    *("eq.", "not.", "in.(", "is.", "like.", "gt.", "lte.", "null", "true", "desc", "nullsfirst"),
    *(",", ".", "(", ")", '"', "'", "\\", "::", ":", "->", "->>", "!", "...", "%", "%s", "$1"),
    *("--", "/*", ";", " or 1=1", "drop table x", "\0", "\n", "é", "\u202e", "0", "1", "-1", "7.5"),
    *("1e400", "NaN", "{", "}", "[", "]", "2024-01-01", "99999999999999999999", "pg_sleep(9)"),
    *('odd "name" 100%', '"odd \\"name\\" 100%"', "data source", "data page", "secret"),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map("".join)
names = st.sampled_from([*PIECES[:13], PIECES[15], PIECES[16], PIECES[17]]) | texts
values = (
    texts
    | st.tuples(st.sampled_from(["eq.", "neq.", "lt.", "ilike.", "not.gt.", ""]), texts).map(
        "".join
    )
    | st.lists(texts, max_size=3).map(lambda parts: f"in.({','.join(parts)})")
)
pairs = st.lists(st.tuples(names, values), max_size=4)
requests = st.tuples(
    st.sampled_from(
        ["books", "shelf_places", "money_box", "rpc/books_of", "rpc/add", "rpc/echo_all"]
    ),
    pairs,
    st.fixed_dictionaries(
        {},
        optional={
            "prefer": st.just("count=exact"),
            "range": st.sampled_from(["0-4", "3-", "9999999999-"]),
            "accept": st.just("application/vnd.pgrst.object+json"),
        },
    ),
)


async def ask(
    url: str, catalogue: Catalogue, path: str, query: str, headers: dict, body: bytes = b""
) -> Answer:
    pairs = read_pairs(query)
    folder, _, name = path.rpartition("/")
    if folder:
        plan = plan_function(catalogue, name, "POST" if body else "GET", pairs, headers, body)
    else:
        plan = plan_relation(catalogue, name, "GET", pairs, headers)
    statement = render(plan)
    if url not in CONNECTIONS:
        CONNECTIONS[url] = await psycopg.AsyncConnection.connect(url)
        prepare_connection(CONNECTIONS[url])
    connection = CONNECTIONS[url]
    async with connection.transaction(force_rollback=True):
        await connection.execute("set local role shop_guest")
        await connection.execute("set transaction read only")
        return await run(connection, statement)


CONNECTIONS: dict[str, psycopg.AsyncConnection] = {}


@pytest.fixture
def asking(runner, shop_url, catalogue):
    def use(path: str, query: str, headers: dict, body: bytes = b"") -> Answer:
        return runner.run(ask(shop_url, catalogue, path, query, headers, body))

    yield use
    if connection := CONNECTIONS.pop(shop_url, None):
        runner.run(connection.close())


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(request=requests)
def test_any_query_string_is_answered_or_refused(asking, request):
    path, pairs, headers = request
    answered = outcome(asking, path, urlencode(pairs, errors="surrogatepass"), headers)
    if isinstance(answered, Answer):
        assert path != "money_box"
        assert b"secret" not in (answered.body or b"") or path == "rpc/echo_all"
    elif isinstance(answered, DataError):
        assert 400 <= answered.status < 500
        assert answered.details is None or isinstance(answered.details, str)
    else:
        # Data that does not fit, an operator that a type lacks, no privilege: never syntax.
        state = answered.sqlstate
        assert state[:2] == "22" or state in {"42883", "42501"}, answered


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=6,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(["echo_all", "add", "divide"]),
    arguments=st.dictionaries(
        st.sampled_from(["t", "n", "f", "j", "i", "ts", "at", "a", "b"]), json_values, max_size=3
    ),
)
def test_any_json_body_is_answered_or_refused(asking, name, arguments):
    body = json.dumps(arguments).encode()
    answered = outcome(asking, f"rpc/{name}", "", {}, body)
    if isinstance(answered, DataError):
        assert 400 <= answered.status < 500
    elif isinstance(answered, psycopg.Error):
        assert answered.sqlstate[:2] == "22", answered


def outcome(asking, *request: str | dict | bytes) -> Answer | DataError | psycopg.Error:
    try:
        return asking(*request)
    except (DataError, psycopg.Error) as refused:
        return refused


def test_the_test_would_see_a_statement_that_is_not_understood(asking, monkeypatch):
    monkeypatch.setattr("api.data.fragment.Fragment.__radd__", lambda self, _: self)
    with pytest.raises(psycopg.errors.SyntaxError):
        asking("books", "id=1", {})
