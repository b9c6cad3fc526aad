"""The package by itself: tokens, roles, a schema that changes, and endings."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest

from tests.api.data.conftest import serving, token
from tests.waiting import eventually


def test_without_a_token_everybody_is_the_anonymous_role(client):
    found = client.get("/rpc/who").json()
    assert (found["role"], found["claims"]) == ("shop_guest", {"role": "shop_guest"})


def test_a_cookie_that_is_not_text_is_no_error(client):
    response = client.get("/rpc/who", headers={"Cookie": b"place=\xff; seat=b"})
    assert response.json()["cookies"]["seat"] == "b"


def test_the_role_is_the_tokens(client):
    found = client.get("/rpc/who", headers=token("shop_keeper", sub="7")).json()
    assert (found["role"], found["claims"]["sub"]) == ("shop_keeper", "7")
    assert client.get("/rpc/who", headers=token(None)).json()["role"] == "shop_guest"


def test_functions_learn_of_the_request(client):
    found = client.get("/rpc/who", headers={"X-Test": "yes"}).json()
    assert (found["method"], found["path"], found["header"]) == ("GET", "/rpc/who", "yes")


def test_row_level_security_is_the_roles(client):
    mine = client.get("/diaries?select=entry&order=id").json()
    assert mine == [{"entry": "mine"}, {"entry": "mine too"}]
    theirs = client.get("/diaries?select=id&order=id", headers=token("shop_keeper")).json()
    assert theirs == [{"id": 2}, {"id": 4}]


NOW = int(time.time())
AUDIENCE = "The JWT 'aud' claim must be a string or an array of strings"


@pytest.mark.parametrize(
    ("header", "code", "message"),
    [
        ({"Authorization": "Bearer"}, "PGRST301", "Empty JWT is sent in Authorization header"),
        ({"Authorization": "Bearer a.b"}, "PGRST301", "Expected 3 parts in JWT; got 2"),
        ({"Authorization": "Bearer a.b.c"}, "PGRST301", None),
        (token(secret="another secret that is just as long"), "PGRST301", None),
        (token(exp=NOW - 60), "PGRST303", "JWT expired"),
        (token(nbf=NOW + 6000), "PGRST303", "JWT not yet valid"),
        (token(iat=NOW + 6000), "PGRST303", "JWT issued at future"),
        (token(exp="soon"), "PGRST303", "The JWT 'exp' claim must be a number"),
        (token(aud={"for": "all"}), "PGRST303", AUDIENCE),
        (token(aud=["us", 7]), "PGRST303", AUDIENCE),
    ],
)
def test_a_token_that_is_not_valid_is_401(client, header, code, message):
    response = client.get("/books", headers=header)
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert message is None or response.json()["message"] == message
    assert response.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/no_such_relation"),
        ("GET", "/books?select=no_such_column"),
        ("POST", "/books"),
        ("POST", "/rpc/no_such_function"),
        ("OPTIONS", "/books"),
        ("GET", "/"),
    ],
)
def test_a_token_is_judged_before_anything_is_told(client, method, path):
    response = client.request(method, path, headers=token(exp=NOW - 60))
    assert (response.status_code, response.json()["code"]) == (401, "PGRST303")


def test_clocks_may_differ_a_little(client):
    assert client.get("/covers", headers=token(exp=int(time.time()) - 5)).status_code == 200


@pytest.mark.parametrize("audience", ["us", "", ["us", "them"], [], None])
def test_a_token_may_be_for_anybody(client, audience):
    assert client.get("/covers", headers=token(aud=audience)).status_code == 200


def test_a_token_of_no_role_that_there_is_is_401(client):
    response = client.get("/books", headers=token("nobody_at_all"))
    assert (response.status_code, response.json()["code"]) == (401, "22023")


def test_the_root_describes_the_schema(client):
    response = client.get("/")
    assert response.headers["content-type"] == "application/openapi+json; charset=utf-8"
    paths = response.json()["paths"]
    assert paths["/books"]["get"]["security"] == [{"bearer": []}, {}]
    other = client.get("/", headers=token() | {"Accept-Profile": "cellar"})
    assert set(other.json()["paths"]) == {"/books", "/rpc/oldest"}
    assert client.options("/").headers["allow"] == "OPTIONS,GET,HEAD"


def test_the_root_describes_what_whoever_asks_may_use(client):
    of_guests = client.get("/").json()["paths"]
    of_keepers = client.get("/", headers=token("shop_keeper")).json()["paths"]
    assert of_keepers["/money_box"]["get"]["security"] == [{"bearer": []}]
    assert "/money_box" not in of_guests
    assert "/rpc/add" in of_guests
    assert "/rpc/add" in of_keepers
    assert client.get("/", headers=token(["odd"])).json()["paths"] == {}


@pytest.mark.parametrize("role", ["shop_guest", "shop_keeper"])
def test_what_the_root_points_to_is_in_it(client, role):
    document = client.get("/", headers=token(role))
    pointed = set(re.findall(r'"#/components/schemas/(.+?)"', document.text))
    assert pointed <= set(document.json()["components"]["schemas"])


def test_rows_of_another_schema_are_not_taken_for_those_of_one_of_the_same_name(client):
    told = client.get("/").json()["paths"]["/rpc/oldest_bottle"]["get"]["responses"]["200"]
    rows = told["content"]["application/json"]["schema"]
    assert [*rows["items"].get("properties", {})] == ["id", "vintage"]


def is_known(client: httpx.Client, path: str) -> None:
    """Wait until a relation that was made is read."""
    eventually(lambda: client.get(path).status_code == 200, seconds=10)


def test_a_changed_schema_is_there_at_once_and_no_request_fails_meanwhile(client, shop_url):
    stop, failed = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            response = client.get("/books?limit=1")
            if response.status_code != 200:
                failed.append(response.text)

    reader = threading.Thread(target=read)
    reader.start()
    with psycopg.connect(shop_url, autocommit=True) as connection:
        for number in range(5):
            connection.execute(f"create view shop.fresh_{number} as select {number} as id")
            connection.execute(f"grant select on shop.fresh_{number} to shop_guest")
            connection.execute("notify pgrst, 'reload schema'")
            is_known(client, f"/fresh_{number}")
            connection.execute(f"drop view shop.fresh_{number}")
        connection.execute("notify pgrst, 'reload schema'")
    stop.set()
    reader.join()
    assert failed == []


def test_what_was_prepared_for_another_schema_is_not_used(client, shop_url):
    def read(key: str) -> int:
        return client.get(f"/changing?id=eq.{key}").status_code

    with psycopg.connect(shop_url, autocommit=True) as connection, ThreadPoolExecutor(8) as pool:
        for kind, key in (("integer", "1"), ("uuid", str(uuid4())), ("text", "one")):
            connection.execute(f"create table shop.changing (id {kind} primary key)")
            connection.execute(f"create view shop.changed_to_{kind} as select from shop.changing")
            connection.execute(f"grant select on shop.changing, shop.changed_to_{kind} to public")
            connection.execute("notify pgrst, 'reload schema'")
            is_known(client, f"/changed_to_{kind}")
            assert set(pool.map(read, [key] * 200)) == {200}
            connection.execute("drop table shop.changing cascade")
        connection.execute("notify pgrst, 'reload schema'")


def test_the_loss_of_its_connections_fails_no_request(shop_url, tmp_path):
    with psycopg.connect(shop_url, autocommit=True) as connection:
        others = "select array(select pid from pg_stat_activity where datname = current_database())"
        (before,) = connection.execute(others).fetchone()
        with serving(shop_url, tmp_path / "log") as url:
            (ended,) = connection.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                "where datname = current_database() and not pid = any(%s)",
                [before],
            ).fetchone()
            assert ended >= 2  # one that listens, and one at least that serves
            assert httpx.get(f"{url}/books?limit=1").status_code == 200


def test_without_a_secret_no_token_is_taken(shop_url, tmp_path):
    with serving(shop_url, tmp_path / "log", "--jwt-secret", "") as url:
        response = httpx.get(f"{url}/books", headers=token())
        assert (response.status_code, response.json()["code"]) == (500, "PGRST300")


@pytest.fixture(scope="module")
def narrow(shop_url, tmp_path_factory):
    """Where the bookshop answers within limits that the command line says, and shows no plans."""
    log = tmp_path_factory.mktemp("narrow") / "log"
    limits = ("--largest-page", "2", "--filters", "1", "--list-values", "2")
    with serving(shop_url, log, *limits) as url:
        yield url


def test_plans_and_rows_have_the_limits_that_the_command_line_says(narrow):
    assert len(httpx.get(f"{narrow}/books").json()) == 2
    plan = {"Accept": "application/vnd.pgrst.plan"}
    refused = httpx.get(f"{narrow}/books", headers=plan)
    assert refused.status_code == 406
    assert "application/vnd.pgrst.plan+text" in refused.json()["message"]
    either = {"Accept": "application/vnd.pgrst.plan, application/json;q=0.5"}
    assert httpx.get(f"{narrow}/books", headers=either).json()[0]["id"] == 1


def test_a_schema_may_have_any_name(shop_url, tmp_path):
    written = '"any, ""name"" [it] has"'  # as in SQL, and as in CSV
    with psycopg.connect(shop_url, autocommit=True) as connection:
        connection.execute(
            f"create schema {written}; create view {written}.ones as select 1 as one;"
            f"grant usage on schema {written} to shop_guest;"
            f"grant select on {written}.ones to shop_guest"
        )
    with serving(shop_url, tmp_path / "log", "--schemas", written) as url:
        answer = httpx.get(f"{url}/ones", headers={"Accept-Profile": 'any, "name" [it] has'})
    assert answer.json() == [{"one": 1}], answer.text


def test_every_limit_is_a_setting(narrow):
    assert httpx.get(f"{narrow}/books?id=in.(1,2)").status_code == 200
    for query in ("id=in.(1,2,3)", "id=gt.1&price=gt.1"):
        assert httpx.get(f"{narrow}/books?{query}").json()["code"] == "PGRST100"


def test_nothing_is_read_from_the_environment(shop_url, tmp_path, monkeypatch):
    for name in ("filters", "FILTERS", "port", "jwt_secret"):
        monkeypatch.setenv(name, "1")
    with serving(shop_url, tmp_path / "log") as url:
        assert httpx.get(f"{url}/books?id=gt.1&price=gt.1").status_code == 200


def test_a_token_signed_in_another_way_is_not_valid(client):
    signed = jwt.encode({"role": "shop_keeper"}, None, "none")
    refused = client.get("/books", headers={"Authorization": f"Bearer {signed}"})
    assert (refused.status_code, refused.json()["code"]) == (401, "PGRST301")
