"""Calling functions: arguments, results, and which function is meant."""

from concurrent.futures import ThreadPoolExecutor

import pytest


def test_named_arguments_come_in_a_json_body(client):
    response = client.post("/rpc/add", json={"a": 1, "b": 2})
    assert (response.status_code, response.text) == (200, "3")


def test_or_in_a_form(client):
    assert client.post("/rpc/add", data={"a": 1, "b": 2}).json() == 3
    as_curl_does = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/rpc/add", content=b'{"a": 1}', headers=as_curl_does).json() == 11


def test_or_in_the_query_of_a_get(client):
    response = client.get("/rpc/add?a=4&b=-1")
    assert (response.status_code, response.text) == (200, "3")
    assert client.head("/rpc/add?a=4").status_code == 200


def test_an_argument_with_a_default_may_be_left_out(client):
    assert client.post("/rpc/add", json={"a": 1}).json() == 11
    assert client.post("/rpc/echo_all").json()["t"] is None


def test_members_that_columns_does_not_name_are_left_out(client):
    body = {"a": 1, "b": 2, "more": "of the form"}
    assert client.post("/rpc/add?columns=a,b", json=body).json() == 3
    assert client.post("/rpc/add", json=body).status_code == 404


def test_a_camel_case_path_names_the_snake_case_function(client):
    assert client.get("/rpc/echoAll?t=x").json()["t"] == "x"


def test_every_kind_of_json_value_arrives_as_it_was(client):
    body = (
        '{"t": "it\'s \\"%s\\" \\u20ac", "n": 12345678901234567890.0123456789, "f": true,'
        ' "j": {"deep": [1.10, null, "x"]}, "i": [1, -9223372036854775808, null],'
        ' "ts": ["a,b", "c\\"d\\\\", "", "NULL"], "at": "2024-02-29T12:00:00Z"}'
    )
    response = client.post("/rpc/echo_all", content=body)
    assert response.status_code == 200, response.text
    assert '"n": 12345678901234567890.0123456789' in response.text
    assert '"deep": [1.10, null, "x"]' in response.text
    found = response.json()
    assert found["t"] == 'it\'s "%s" €'
    assert found["i"] == [1, -9223372036854775808, None]
    assert found["ts"] == ["a,b", 'c"d\\', "", "NULL"]
    assert found["at"].startswith("2024-02-29T12:00:00")


def test_null_is_passed_as_null(client):
    response = client.post("/rpc/echo_all", json={"t": None, "j": None})
    assert response.json()["t"] is None


def test_the_arguments_of_a_variadic_function(client):
    assert client.get("/rpc/joined?words=a&words=b,c").json() == "a+b,c"
    assert client.post("/rpc/joined", json={"words": ["x", "y"]}).json() == "x+y"


def test_a_body_that_is_one_argument_without_a_name(client):
    assert client.post("/rpc/whole_json", json=[1, {"a": 2}]).json() == [1, {"a": 2}]
    assert client.post("/rpc/whole_json", json={"not": "names"}).json() == {"not": "names"}
    plain = {"Content-Type": "text/plain"}
    assert client.post("/rpc/whole_text", content="a\n€", headers=plain).json() == "text: a\n€"
    bytes_ = {"Content-Type": "application/octet-stream"}
    assert client.post("/rpc/whole_bytes", content=b"\x00\xff\x01", headers=bytes_).json() == 3


def test_a_set_of_rows_is_filtered_ordered_and_paged_like_a_relation(client):
    response = client.post(
        "/rpc/books_of?select=id&order=id.desc&id=gt.0&limit=1", json={"author": "Achebe"}
    )
    assert response.json() == [{"id": 5}]
    assert response.headers["content-range"] == "0-0/*"
    assert "offset=1" in response.links["next"]["url"]


def test_rows_have_computed_columns_also_when_they_are_counted(client):
    response = client.get(
        "/rpc/books_of?author=Ngugi&select=shout&shout=like.PETALS*&order=shout",
        headers={"Prefer": "count=exact"},
    )
    assert (response.status_code, response.json()) == (200, [{"shout": "PETALS OF BLOOD"}])


def test_a_get_takes_arguments_and_filters_from_the_query(client):
    path = "/rpc/books_of?author=Adichie&select=title&in_print=is.false"
    response = client.get(path, headers={"Prefer": "count=exact"})
    assert response.json() == [{"title": "Americanah"}]
    assert response.headers["content-range"] == "0-0/1"


def test_a_name_that_is_both_argument_and_column(rows):
    assert [row["id"] for row in rows("/rpc/in_order?id=3&id=gt.1&select=id&order=id")] == [2, 3]


def test_an_argument_may_look_like_a_filter(client):
    assert client.get("/rpc/locate?title=eq.x").json() == "by title"
    assert client.get("/rpc/echo_all?t=in.(1)").json()["t"] == "in.(1)"


def test_a_row_is_one_object(client):
    assert client.get("/rpc/dearest?select=id,title").text == '{"id":4,"title":"Americanah"}'


def test_out_arguments_are_the_columns_of_one_object(client):
    response = client.post("/rpc/divide", json={"a": 7, "b": "2"})
    assert response.json() == {"quotient": 3, "remainder": 1}


def test_out_arguments_without_names_are_called_by_their_place(client):
    assert client.get("/rpc/pair").json() == {"column1": 1, "word": "two", "column3": "three"}
    assert client.get("/rpc/pair?select=column3").json() == {"column3": "three"}


def test_one_out_argument_that_is_a_row_gives_the_columns_of_that_row(client):
    tall = [{"width": 20, "height": 30}]
    assert client.get("/rpc/sizes?height=gt.20").json() == tall
    described = client.get("/").json()["paths"]["/rpc/sizes"]["get"]["responses"]["200"]
    one = described["content"]["application/vnd.pgrst.object+json"]["schema"]
    assert [*one["properties"]] == ["width", "height"]


def test_a_table_is_rows(client):
    assert client.get("/rpc/many?rows=2&order=n.desc").json() == [
        {"n": 2, "word": "word 2"},
        {"n": 1, "word": "word 1"},
    ]


def test_a_record_of_unknown_columns_is_shown_as_it_is(client):
    assert client.get("/rpc/some_record").json() == {"one": 1, "two": "x"}


def test_a_set_of_plain_values_is_an_array_of_them(client):
    response = client.get("/rpc/titles?limit=2")
    assert response.json() == ["Petals of Blood", "Things Fall Apart"]


def test_stable_functions_run_where_nothing_can_be_written(client):
    assert client.get("/rpc/who").json()["read_only"] == "on"
    assert client.post("/rpc/who").json()["read_only"] == "on"


def test_the_methods_of_a_stable_function_are_told(client):
    response = client.put("/rpc/add", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "OPTIONS, GET, HEAD, POST")
    assert client.options("/rpc/add").headers["allow"] == "OPTIONS,GET,HEAD,POST"
    assert client.options("/rpc/ring").headers["allow"] == "OPTIONS,POST"
    assert client.options("/rpc/nothing").status_code == 404


def test_an_overload_is_chosen_by_the_names_of_its_arguments(client):
    assert client.post("/rpc/locate", json={"title": "x"}).json() == "by title"
    assert client.post("/rpc/locate", json={"isbn": "x"}).json() == "by isbn"
    assert client.get("/rpc/locate?isbn=x&aisle=3").json() == "by isbn"
    refused = client.post("/rpc/locate", json={"titl": 1})
    assert (refused.status_code, refused.json()["code"]) == (404, "PGRST202")
    assert refused.json()["hint"] == "Perhaps you meant to call the function shop.locate(title)"


def test_overloads_that_names_do_not_tell_apart_are_300(client):
    refused = client.post("/rpc/clash", json={"a": 1})
    assert (refused.status_code, refused.json()["code"]) == (300, "PGRST203")
    assert "shop.clash(a => integer), shop.clash(a => text)" in refused.json()["message"]


def test_an_unknown_function_is_404_with_a_hint(client):
    response = client.post("/rpc/rings", json={})
    assert response.status_code == 404
    assert response.json() == {
        "code": "PGRST202",
        "message": "Could not find the function shop.rings without parameters in the schema cache",
        "details": "Searched for the function shop.rings without parameters or with a single "
        "unnamed json/jsonb parameter, but no matches were found in the schema cache.",
        "hint": "Perhaps you meant to call the function shop.ring",
    }


@pytest.mark.parametrize("query", ["c=1&a=1", "b=1", ""])
def test_other_arguments_are_those_of_another_function(client, query):
    response = client.get(f"/rpc/add?{query}")
    assert (response.status_code, response.json()["code"]) == (404, "PGRST202"), response.text


@pytest.mark.parametrize("query", ["a=1.5", "a=99999999999", "a=", "a=x"])
def test_a_wrong_argument_in_the_query_is_400(client, query):
    response = client.get(f"/rpc/add?{query}")
    assert (response.status_code, response.json()["code"][:2]) == (400, "22"), response.text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a": 1, "a": 2}', "PGRST102"),
        (b'{"a": {"b": 1, "b": 2}}', "PGRST102"),
        (b'{"a": NaN}', "PGRST102"),
        (b'{"a": 1', "PGRST102"),
        (b"[1]", "PGRST102"),
        (b'"a"', "PGRST102"),
        (b'{"a": "\xff"}', "PGRST102"),
        (b'{"a": "x"}', "22P02"),
        (b'{"a": 1.5}', "22P02"),
        (b'{"a": ' + b"9" * 100_000 + b"}", "22003"),
        (b'{"a": "\\u0000"}', "22P05"),
        (b'{"a": "\\ud800"}', "22P02"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "PGRST102"),
    ],
)
def test_a_body_that_cannot_be_read_is_400(client, body, code):
    response = client.post("/rpc/add", content=body)
    assert (response.status_code, response.json()["code"]) == (400, code), response.text


def test_a_body_of_another_type_is_400(client):
    response = client.post("/rpc/add", content=b"a", headers={"Content-Type": "image/png"})
    assert (response.status_code, response.json()["code"]) == (400, "PGRST102")


@pytest.mark.parametrize("query", ["a=eq.1", "select=a", "order=a", "limit=1"])
def test_a_result_without_columns_or_rows_cannot_be_filtered(client, query):
    response = client.post(f"/rpc/add?{query}", json={"a": 1})
    assert (response.status_code, response.json()["code"]) == (400, "PGRST100"), response.text


def test_all_of_a_result_without_columns_may_be_selected(client):
    assert client.post("/rpc/add?select=*", json={"a": 1, "b": 2}).json() == 3


def test_a_function_says_what_the_response_is_to_be(client):
    headers = '[{"X-Said": "yes"}, {"Cache-Control": "no-store"}]'
    response = client.post("/rpc/say", json={"status": "202", "header": headers})
    assert (response.status_code, response.json()) == (202, "said")
    assert (response.headers["x-said"], response.headers["cache-control"]) == ("yes", "no-store")
    wrong = client.post("/rpc/say", json={"status": "x", "header": "[]"})
    assert (wrong.status_code, wrong.json()["code"]) == (500, "PGRST112")
    for header in ('{"a": 1}', '[{"X": "a\\r\\nSet-Cookie: b=1"}]', '[{"X": "\\u0007"}]'):
        wrong = client.post("/rpc/say", json={"status": "200", "header": header})
        assert (wrong.status_code, wrong.json()["code"]) == (500, "PGRST111"), header
        assert wrong.json()["message"].endswith("objects with a single key and a string value")


def test_calls_at_the_same_time_do_not_disturb_each_other(client):
    with ThreadPoolExecutor(10) as pool:
        calls = pool.map(lambda a: client.post("/rpc/add", json={"a": a, "b": 1}), range(40))
        assert [response.json() for response in calls] == list(range(1, 41))
