"""Calling functions over HTTP."""

import asyncio

import psycopg
import pytest


async def bells(shop_url: str) -> int:
    async with await psycopg.AsyncConnection.connect(shop_url) as connection:
        cursor = await connection.execute("select count(*) from stock.bells")
        return (await cursor.fetchone())[0]


async def test_a_function_is_called_by_named_arguments(client):
    response = await client.post("/rpc/add", json={"a": 1, "b": 2})
    assert (response.status_code, response.text) == (200, "3")


async def test_an_argument_with_a_default_may_be_left_out(client):
    assert (await client.post("/rpc/add", json={"a": 1})).json() == 11


async def test_a_stable_function_is_called_by_get(client):
    response = await client.get("/rpc/add?a=4&b=-1")
    assert (response.status_code, response.text) == (200, "3")


async def test_a_camel_case_path_names_the_snake_case_function(client):
    assert (await client.get("/rpc/echoAll?t=x")).json()["t"] == "x"


async def test_every_kind_of_json_value_arrives_as_it_was(client):
    body = (
        '{"t": "it\'s \\"%s\\" \\u20ac", "n": 12345678901234567890.0123456789, "f": true,'
        ' "j": {"deep": [1.10, null, "x"]}, "i": [1, -9223372036854775808, null],'
        ' "ts": ["a,b", "c\\"d\\\\", "", "NULL"], "at": "2024-02-29T12:00:00Z"}'
    )
    response = await client.post("/rpc/echo_all", content=body)
    assert response.status_code == 200, response.text
    assert '"n": 12345678901234567890.0123456789' in response.text
    assert '"deep": [1.10, null, "x"]' in response.text
    found = response.json()
    assert found["t"] == 'it\'s "%s" €'
    assert found["i"] == [1, -9223372036854775808, None]
    assert found["ts"] == ["a,b", 'c"d\\', "", "NULL"]
    assert found["at"].startswith("2024-02-29T12:00:00")


async def test_null_is_passed_as_null(client):
    response = await client.post("/rpc/echo_all", json={"t": None, "j": None})
    assert response.json()["t"] is None


async def test_a_set_of_rows_is_filtered_ordered_and_paged_like_a_relation(client):
    response = await client.post(
        "/rpc/books_of?select=id&order=id.desc&id=gt.0&limit=1", json={"author": "Achebe"}
    )
    assert response.json() == [{"id": 5}]
    assert response.headers["content-range"] == "0-0/*"
    assert "offset=1" in response.links["next"]["url"]


async def test_a_get_takes_arguments_and_filters_from_the_query(client):
    path = "/rpc/books_of?author=Adichie&select=title&in_print=is.false"
    response = await client.get(path, headers={"Prefer": "count=exact"})
    assert response.json() == [{"title": "Americanah"}]
    assert response.headers["content-range"] == "0-0/1"


async def test_a_row_is_one_object(client):
    response = await client.get("/rpc/dearest?select=id,title")
    assert response.text == '{"id":4,"title":"Americanah"}'


async def test_out_arguments_are_the_columns_of_one_object(client):
    response = await client.post("/rpc/divide", json={"a": 7, "b": "2"})
    assert response.json() == {"quotient": 3, "remainder": 1}


async def test_a_set_of_plain_values_is_an_array_of_them(client):
    response = await client.get("/rpc/titles?limit=2")
    assert response.json() == ["Petals of Blood", "Things Fall Apart"]


async def test_a_function_that_returns_nothing_is_204(client, shop_url):
    before = await bells(shop_url)
    response = await client.post("/rpc/ring_quietly")
    assert (response.status_code, response.content) == (204, b"")
    assert await bells(shop_url) == before + 1


async def test_a_function_that_changes_something_runs_once_even_when_counted(client, shop_url):
    before = await bells(shop_url)
    prefer = {"Prefer": "count=exact"}
    response = await client.post("/rpc/ring?limit=1", json={"times": 3}, headers=prefer)
    assert (response.status_code, response.headers["content-range"]) == (206, "0-0/3")
    assert await bells(shop_url) == before + 3


async def test_what_a_function_did_is_undone_when_one_object_was_wanted_of_several(
    client, shop_url
):
    before = await bells(shop_url)
    accept = {"Accept": "application/vnd.pgrst.object+json"}
    refused = await client.post("/rpc/ring", json={"times": 2}, headers=accept)
    assert (refused.status_code, refused.json()["code"]) == (406, "PGRST116")
    assert await bells(shop_url) == before
    assert "rung_at" in (await client.post("/rpc/ring", headers=accept)).json()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
async def test_a_function_that_may_change_something_takes_post_only(client, method):
    response = await client.request(method, "/rpc/ring_quietly")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_the_methods_of_a_stable_function_are_told(client):
    response = await client.put("/rpc/add", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_an_overload_is_chosen_by_the_names_of_its_arguments(client):
    assert (await client.post("/rpc/locate", json={"title": "x"})).json() == "by title"
    assert (await client.post("/rpc/locate", json={"isbn": "x"})).json() == "by isbn"
    assert (await client.get("/rpc/locate?isbn=x&aisle=3")).json() == "by isbn"
    refused = await client.post("/rpc/locate", json={"shelf": 1})
    assert (refused.status_code, refused.json()["code"]) == (404, "PGRST202")
    assert refused.json()["hint"] == "It takes: (title); (isbn, aisle)"


async def test_an_unknown_function_is_404_with_a_hint(client):
    response = await client.post("/rpc/rings", json={})
    assert response.status_code == 404
    assert response.json()["code"] == "PGRST202"
    assert response.json()["hint"] == "Perhaps you meant to call the function 'ring'"


async def test_every_wrong_argument_is_named(client):
    response = await client.post("/rpc/add", json={"b": "2", "c": 1})
    assert response.status_code == 400
    assert response.json()["details"].splitlines() == [
        "c: is not known",
        "a: is required",
        "b: must be a whole number",
    ]


@pytest.mark.parametrize(
    "query", ["a=1_0", "a=0x1", "a=%201", "a=99999999999", "a=", "a=1&a=2", "c=1&a=1", "b=1"]
)
async def test_a_wrong_argument_in_the_query_is_400(client, query):
    response = await client.get(f"/rpc/add?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "PGRST102"), response.text


async def test_a_result_without_columns_cannot_be_filtered(client):
    response = await client.post("/rpc/add?a=eq.1", json={"a": 1})
    assert (response.status_code, response.json()["code"]) == (400, "PGRST100")


async def test_calls_at_the_same_time_do_not_disturb_each_other(client):
    calls = [client.post("/rpc/add", json={"a": a, "b": 1}) for a in range(40)]
    responses = await asyncio.gather(*calls)
    assert [response.json() for response in responses] == list(range(1, 41))
