"""What is refused, with which code, and how it is told."""

import pytest

from tests.api.data.conftest import token


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select=id,,title", "PGRST100"),
        ("select=id,", "PGRST100"),
        ("select=(id)", "PGRST100"),
        ("select=a:", "PGRST100"),
        ("select=id::", "PGRST100"),
        ("select=id!hint", "PGRST100"),
        ("select=...covers", "PGRST100"),
        ("select=extras->", "PGRST100"),
        ("select=extras->-x", "PGRST100"),
        ('select="id', "PGRST100"),
        ("select=genres!a!b(name)", "PGRST100"),
        ("select=genres(name", "PGRST100"),
        ("order=id.sideways", "PGRST100"),
        ("order=id.desc.asc", "PGRST100"),
        ("order=id.nullsfirst.desc", "PGRST100"),
        ("order=,", "PGRST100"),
        ("order=id%0A", "PGRST100"),
        ("limit=many", "PGRST100"),
        ("limit=1.5", "PGRST100"),
        ("limit=1_0", "PGRST100"),
        ("id=in.1", "PGRST100"),
        ("id=in.(1", "PGRST100"),
        ("id=in.(1)x", "PGRST100"),
        ("id=is.maybe", "PGRST100"),
        ("title=neq(any).{x}", "PGRST100"),
        ("title=eq(some).{x}", "PGRST100"),
        ("or=id.eq.1", "PGRST100"),
        ("or=()", "PGRST100"),
        ("or=(id.eq.1", "PGRST100"),
        ("or=(id)", "PGRST100"),
        ("or=(id.5)", "PGRST100"),
        ("or=(id.xx.5)", "PGRST100"),
        ("and=(id.eq.1)x", "PGRST100"),
        ("a->b=eq.1", "PGRST204"),
        ("title=a%00b", "PGRST100"),
        ("title=%ff", "PGRST100"),
        ("=eq.1", "PGRST100"),
        ("id[x]=eq.1", "PGRST100"),
        ("id[0=eq.1", "PGRST100"),
        ("id[0]x=eq.1", "PGRST100"),
        ("titel=eq.x", "PGRST204"),
        ("not.id=eq.1", "PGRST108"),
        ("select=titel", "PGRST204"),
        ("order=titel", "PGRST204"),
        ("or=(titel.eq.1)", "PGRST204"),
        ("select=id::nothing", "42704"),
        ("select=id::int;drop", "PGRST100"),
        ("select=extras::integer", "22023"),
        ("select=tags::integer", "42846"),
        ("id=eq.", "22P02"),
        ("id=in.(1,x)", "22P02"),
        ("id=99999999999999999999", "22003"),
        ("price=1e999999", "22003"),
        ("published_at=eq.2024-13-01", "22008"),
        ("in_print=eq.perhaps", "22P02"),
        ("tags=eq.{", "22P02"),
        ("binding=eq.loose", "22P02"),
        ("title=match.*", "2201B"),
        ("title=is.true", "42804"),
        ("found=fts(klingon).x", "PGRST204"),
        ("select=price.sum()", "PGRST123"),
        ("select=count()", "PGRST123"),
        ("select=genres(id.max())", "PGRST123"),
        (f"select={'a' * 60}.avg()", "PGRST123"),
    ],
)
def test_a_wrong_query_is_400(client, query, code):
    response = client.get(f"/books?{query}")
    assert (response.status_code, response.json()["code"]) == (400, code), response.text


@pytest.mark.parametrize(
    "query",
    [
        "published_at=gt.2026-01-31T12:00:00+00:00",
        "published_at=in.(2026-01-31T12:00:00.25+02)",
        "or=(published_at.lt.2026-01-31T12:00+0200,id.eq.1)",
    ],
)
def test_a_time_whose_plus_became_a_space_is_told_how_to_write_it(client, query):
    response = client.get(f"/books?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "22007"), response.text
    assert "%2B" in response.json()["hint"]
    other = client.get("/books?published_at=gt.2026-01-31 12:00:00 soon").json()
    assert (other["code"], other["hint"]) == ("22007", None)


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("&".join(["id=gt.0"] * 51), "filters"),
        (f"or=({','.join(['id.gt.0'] * 51)})", "filters"),
        (f"id=in.({','.join('1' * 1001)})", "values"),
        (f"or=(id.in.({','.join('1' * 1001)}))", "values"),
        (f"select={','.join(f'a{n}:id' for n in range(501))}", "columns in select"),
        (f"select={','.join(f'a{n}:cheaper(*)' for n in range(40))}", "columns in select"),
        (f"select={'genres(' * 11}id{')' * 11}", "nested"),
        (f"and={'(and' * 11}(id.eq.1){')' * 11}", "nested"),
        (f"order={','.join(['id'] * 21)}", "order terms"),
        (f"title={'x' * 9000}", "too long"),
    ],
)
def test_more_than_the_limits_is_400_and_named(client, query, what):
    response = client.get(f"/books?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "PGRST100"), response.text
    assert what in response.json()["message"]


@pytest.mark.parametrize("query", ["limit=-1", "offset=-1"])
def test_a_page_that_cannot_be_is_416(client, query):
    response = client.get(f"/books?{query}")
    assert (response.status_code, response.json()["code"]) == (416, "PGRST103")


@pytest.mark.parametrize(
    ("query", "column"), [("titel=eq.x", "title"), ("select=pages,publishd_at", "published_at")]
)
def test_a_column_that_may_have_been_meant_is_named(client, query, column):
    assert (
        client.get(f"/books?{query}").json()["hint"] == f"Perhaps you meant the column '{column}'"
    )


@pytest.mark.parametrize("query", ["id=like.1*", "id=cs.{1}", "tags=sl.{a}", "id=fts.x"])
def test_an_operator_that_a_type_does_not_have_is_404_as_in_postgrest(client, query):
    response = client.get(f"/books?{query}")
    assert (response.status_code, response.json()["code"]) == (404, "42883"), response.text


def test_an_unknown_relation_is_404_with_a_hint(client):
    response = client.get("/bookz")
    assert response.status_code == 404
    assert response.json() == {
        "code": "PGRST205",
        "message": "Could not find the table 'shop.bookz' in the schema cache",
        "details": None,
        "hint": "Perhaps you meant the table 'shop.books'",
    }


def test_of_very_many_arguments_some_are_named_and_the_rest_counted(client):
    response = client.post("/rpc/add", json={f"a{n}" + "x" * 200: 1 for n in range(3000)})
    assert (response.status_code, response.json()["code"]) == (404, "PGRST202")
    assert " and 2980 more) in the schema cache" in response.json()["message"]
    assert len(response.content) < 10_000


@pytest.mark.parametrize("path", ["/a/b", "/rpc", "/rpc/a/b", "/books/1"])
def test_a_path_of_no_kind_is_404(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "FOO"])
def test_a_method_that_nothing_knows_is_405_where_there_is_something(client, method):
    for path, code, allowed in (
        ("/books", "PGRST117", "OPTIONS, GET, HEAD"),
        ("/rpc/add", "PGRST101", "OPTIONS, GET, HEAD, POST"),
        ("/rpc/ring", "PGRST101", "OPTIONS, POST"),
    ):
        response = client.request(method, path)
        assert (response.status_code, response.json()["code"]) == (405, code)
        assert response.headers["allow"] == allowed
    for path in ("/nosuch", "/rpc/nosuch", "/books/1"):
        assert client.request(method, path).status_code == 404, path
    assert client.request(method, "/books", headers=token("x", "another " * 8)).status_code == 401


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_writing_a_relation_is_405(client, method):
    response = client.request(method, "/books", json={})
    assert (response.status_code, response.json()["code"]) == (405, "PGRST117")
    assert response.headers["allow"] == "OPTIONS, GET, HEAD"


def test_what_the_role_may_not_do_is_refused_by_postgresql(client):
    anonymous = client.get("/money_box")
    assert (anonymous.status_code, anonymous.headers["www-authenticate"]) == (401, "Bearer")
    assert anonymous.json()["code"] == "42501"
    guest = client.get("/money_box", headers=token("shop_guest"))
    assert (guest.status_code, guest.json()["code"]) == (403, "42501")
    assert client.get("/money_box", headers=token("shop_keeper")).json()[0]["content"] == "secret"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("P0001", 400),
        ("PT402", 402),
        ("PT999", 500),
        ("23505", 409),
        ("23503", 409),
        ("23514", 400),
        ("22023", 400),
        ("42501", 401),
        ("42P01", 404),
        ("42883", 404),
        ("25006", 405),
        ("25001", 500),
        ("25P03", 503),
        ("25P04", 503),
        ("28000", 403),
        ("40001", 503),
        ("53400", 500),
        ("54001", 400),
        ("55000", 500),
        ("55P03", 503),
        ("57014", 504),
        ("XX000", 500),
        ("ABCDE", 400),
    ],
)
def test_the_sqlstate_decides_the_status(client, code, status):
    body = {"code": code, "message": "because", "detail": "of this"}
    response = client.post("/rpc/refuse", json=body)
    assert response.status_code == status
    assert response.json() == {
        "code": code,
        "message": "because",
        "details": "of this",
        "hint": "a hint",
    }


def test_a_function_may_decide_about_the_whole_error(client):
    message = '{"code": "OUT", "message": "sold out", "details": "all 3", "hint": "wait"}'
    detail = '{"status": 410, "headers": {"X-Left": "0"}}'
    body = {"code": "PGRST", "message": message, "detail": detail}
    response = client.post("/rpc/refuse", json=body)
    assert (response.status_code, response.headers["x-left"]) == (410, "0")
    assert response.json() == {
        "code": "OUT",
        "message": "sold out",
        "details": "all 3",
        "hint": "wait",
    }
    for wrong in (
        {"detail": '{"status": 410, "headers": {"X": "a\\r\\nY: b"}}'},
        {"detail": '{"status": 410, "headers": {"X Y": "a"}}'},
        {"message": "no json"},
        {"detail": "[]"},
        {"detail": '{"status": 1, "headers": {}}'},
    ):
        refused = client.post("/rpc/refuse", json={**body, **wrong})
        assert (refused.status_code, refused.json()["code"]) == (500, "PGRST121")


def test_what_takes_too_long_is_504(client):
    response = client.get("/rpc/slow")
    assert (response.status_code, response.json()["code"]) == (504, "57014")
