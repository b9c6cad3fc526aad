"""Bodies and headers: media types, counts, preferences, profiles."""

import csv
import io
import json

import pytest

from tests.api.data.conftest import token

OBJECT = {"Accept": "application/vnd.pgrst.object+json"}


def test_one_object_is_given_when_exactly_one_row_is_found(client):
    response = client.get("/books?select=id&id=3", headers=OBJECT)
    assert response.json() == {"id": 3}
    assert response.headers["content-type"] == "application/vnd.pgrst.object+json; charset=utf-8"
    for query, found in (("id=99", 0), ("id=lt.4", 3)):
        refused = client.get(f"/books?{query}", headers=OBJECT)
        assert (refused.status_code, refused.json()["code"]) == (406, "PGRST116")
        assert refused.json()["details"] == f"The result contains {found} rows"


def test_nulls_are_stripped_where_that_is_asked(client):
    stripped = {"Accept": "application/vnd.pgrst.array+json;nulls=stripped"}
    response = client.get("/paints?id=gte.2&order=id", headers=stripped)
    assert response.json() == [{"id": 2, "colour": "#00FF00"}, {"id": 3}]
    expected = "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8"
    assert response.headers["content-type"] == expected
    one = {"Accept": "application/vnd.pgrst.object+json;nulls=stripped"}
    assert client.get("/paints?id=eq.3", headers=one).json() == {"id": 3}
    plain = {"Accept": "application/vnd.pgrst.array+json"}
    assert client.get("/paints?id=eq.3", headers=plain).json() == [{"id": 3, "colour": None}]


def test_csv(client):
    path = '/books?select=id,title,tags,price,"a,b":in_print&order=id'
    response = client.get(path, headers={"Accept": "text/csv"})
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-range"] == "0-4/*"
    header, *found = csv.reader(io.StringIO(response.text))
    assert header == ["id", "title", "tags", "price", "a,b"]
    assert found[0] == ["1", "Petals of Blood", "{novel,kenya}", "12.50", "t"]
    assert found[4] == ["5", '100%, "quoted", (odd)', "{}", "", "t"]
    empty = client.get("/books?select=id,title&id=99", headers={"Accept": "text/csv"})
    assert empty.text == "id,title"


def test_a_backslash_and_a_newline_stand_in_csv_as_they_are(client):
    body = {"t": 'a\\b "c"\nd', "n": 1}
    response = client.post("/rpc/echo_all", json=body, headers={"Accept": "text/csv"})
    ((name,), (value,)) = csv.reader(io.StringIO(response.text))
    assert (name, json.loads(value)["t"]) == ("echo_all", body["t"])


def test_ndjson(client):
    accept = {"Accept": "application/x-ndjson"}
    response = client.get("/books?select=id,covers(colour)&order=id&limit=2", headers=accept)
    assert response.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    assert [json.loads(line) for line in response.text.splitlines()] == [
        {"id": 1, "covers": {"colour": "red"}},
        {"id": 2, "covers": {"colour": "green"}},
    ]
    assert response.text.endswith("\n")
    # What PostgreSQL breaks into lines is one here.
    path = "/authors?select=books!author_id(id)&order=id"
    several = client.get(path, headers=accept).text.splitlines()
    assert max(len(json.loads(line)["books"]) for line in several) > 1
    some = client.get("/rpc/perhaps", headers=accept).text.splitlines()
    assert some == ["1", "null", "3"]
    values = client.get("/rpc/titles?limit=2", headers=accept).text.splitlines()
    assert values == ['"Petals of Blood"', '"Things Fall Apart"']


def test_a_function_that_changes_something_answers_in_csv_and_ndjson_too(client):
    for accept, lines in (("text/csv", 3), ("application/x-ndjson", 2)):
        response = client.post("/rpc/ring", json={"times": 2}, headers={"Accept": accept})
        assert len(response.text.splitlines()) == lines


def test_a_body_of_the_databases_own_media_type(client):
    plain = client.get("/rpc/plain", headers={"Accept": "text/plain"})
    assert plain.text == "just text"
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert client.get("/rpc/plain").json() == "just text"
    titles = {"Accept": "application/vnd.titles"}
    response = client.get("/books?id=lte.2&order=id", headers=titles)
    assert response.text == "Petals of Blood;Things Fall Apart"
    assert response.headers["content-type"] == "application/vnd.titles"
    found = client.get("/rpc/books_of?author=Ngugi", headers=titles)
    assert found.text == "Petals of Blood"
    assert client.get("/books?select=id", headers=titles).status_code == 406


@pytest.mark.parametrize(
    "accept", ["application/geo+json", "text/html", "image/png", "application/json;q=0", "text/x"]
)
def test_a_body_that_nothing_writes_is_406(client, accept):
    response = client.get("/books", headers={"Accept": accept})
    assert (response.status_code, response.json()["code"]) == (406, "PGRST107")
    assert "text/csv" in response.json()["hint"]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("text/html, */*;q=0.8", "application/json; charset=utf-8"),
        ("application/json;q=0.5, text/csv", "text/csv; charset=utf-8"),
        ("application/json, text/csv;q=0.9", "application/json; charset=utf-8"),
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
        ("application/*", "application/json; charset=utf-8"),
        ("*/*;q=nonsense, text/csv", "text/csv; charset=utf-8"),
    ],
)
def test_the_dearest_body_that_can_be_written_is(client, accept, content_type):
    response = client.get("/covers", headers={"Accept": accept})
    assert response.headers["content-type"] == content_type


def test_a_plan_is_told_where_the_settings_allow_it(client):
    form = 'application/vnd.pgrst.plan+json; for="application/json"; options=analyze|verbose'
    response = client.get("/books?id=eq.1", headers={"Accept": form})
    assert response.json()[0]["Plan"]["Actual Rows"] == 1
    assert response.headers["content-type"] == (
        'application/vnd.pgrst.plan+json; for="application/json"; options=analyze|verbose; '
        "charset=utf-8"
    )
    text = client.get("/books", headers={"Accept": "application/vnd.pgrst.plan"})
    assert "Seq Scan" in text.text
    wrong = client.get("/books", headers={"Accept": "application/vnd.pgrst.plan; options=costly"})
    assert wrong.status_code == 406
    assert wrong.json()["message"].endswith("are available: application/vnd.pgrst.plan")


@pytest.mark.parametrize(
    ("query", "status", "content_range"),
    [
        ("", 200, "0-4/5"),
        ("limit=2&offset=1", 206, "1-2/5"),
        ("id=gt.3", 200, "0-1/2"),
        ("id=99", 200, "*/0"),
        ("offset=5", 206, "*/5"),
        ("limit=0", 206, "*/5"),
    ],
)
def test_an_exact_count_is_told(client, query, status, content_range):
    response = client.get(f"/books?{query}", headers={"Prefer": "count=exact"})
    assert (response.status_code, response.headers["content-range"]) == (status, content_range)
    assert response.headers["preference-applied"] == "count=exact"
    as_csv = client.get(f"/books?{query}", headers={"Prefer": "count=exact", "Accept": "text/csv"})
    assert (as_csv.status_code, as_csv.headers["content-range"]) == (status, content_range)


def test_a_planned_count_is_what_postgresql_expects(client):
    response = client.get("/shelf_places?limit=1", headers={"Prefer": "count=planned"})
    assert (response.status_code, response.headers["content-range"]) == (206, "0-0/1500")


def test_an_estimated_count_is_exact_while_it_is_small(client):
    prefer = {"Prefer": "count=estimated"}
    assert client.get("/books?id=gt.3", headers=prefer).headers["content-range"] == "0-1/2"
    large = client.get("/shelf_places?limit=1", headers=prefer)
    assert large.headers["content-range"] == "0-0/1500"


def test_an_offset_beyond_the_counted_rows_is_416(client):
    response = client.get("/books?offset=6", headers={"Prefer": "count=exact"})
    assert response.status_code == 416
    assert response.headers["content-range"] == "*/5"
    headers = {"Prefer": "count=exact", "Accept": "text/csv"}
    assert client.get("/books?offset=6", headers=headers).status_code == 416
    assert response.json() == {
        "code": "PGRST103",
        "message": "Requested range not satisfiable",
        "details": "An offset of 6 was requested, but there are only 5 rows.",
        "hint": None,
    }


def test_head_gives_the_headers_without_a_body(client):
    response = client.head("/books?limit=2", headers={"Prefer": "count=exact"})
    assert (response.status_code, response.content) == (206, b"")
    assert response.headers["content-range"] == "0-1/5"
    as_csv = client.head("/books", headers={"Accept": "text/csv"})
    assert as_csv.status_code == 200
    # How long the body would be nobody knows: it was not made.
    assert {"content-length", "transfer-encoding"}.isdisjoint({*response.headers, *as_csv.headers})
    told = client.head("/nothing")
    assert int(told.headers["content-length"]) == len(client.get("/nothing").content)


@pytest.mark.parametrize("media", ["text/csv", "application/x-ndjson"])
def test_head_of_a_stream_tells_what_is_told_of_its_body(client, media):
    accept = {"Accept": media}
    got, head = (ask("/shelf_places", headers=accept) for ask in (client.get, client.head))
    assert head.headers["content-range"] == got.headers["content-range"] == "0-1499/*"
    assert "link" not in head.headers


def test_options_tells_the_methods(client):
    response = client.options("/books")
    assert (response.status_code, response.headers["allow"]) == (200, "OPTIONS,GET,HEAD")
    assert response.headers["content-type"].startswith("text/plain")
    assert client.options("/nothing").status_code == 404


def test_preferences_that_are_not_known_are_refused_when_handling_is_strict(client):
    response = client.get("/books", headers={"Prefer": "handling=strict, colour=red, count=exact"})
    assert (response.status_code, response.json()) == (
        400,
        {
            "code": "PGRST122",
            "message": "Invalid preferences given with handling=strict",
            "details": "Invalid preferences: colour=red",
            "hint": None,
        },
    )
    digits = {"Prefer": f"handling=strict, max-affected={'9' * 5000}"}
    assert client.get("/books", headers=digits).json()["code"] == "PGRST122"
    lenient = client.get("/books", headers={"Prefer": "handling=lenient, colour=red"})
    assert lenient.headers["preference-applied"] == "handling=lenient"


def test_times_are_read_and_written_in_the_preferred_time_zone(client):
    prefer = {"Prefer": "timezone=Africa/Kigali"}
    path = "/books?select=published_at&published_at=eq.1977-01-01T02:00:00"
    response = client.get(path, headers=prefer)
    assert response.json() == [{"published_at": "1977-01-01T02:00:00+02:00"}]
    assert response.headers["preference-applied"] == "timezone=Africa/Kigali"
    assert client.get(path).json() == []
    as_csv = client.get(path, headers={**prefer, "Accept": "text/csv"})
    assert as_csv.text == 'published_at\n"1977-01-01 02:00:00+02"'
    unknown = client.get("/books?id=eq.1", headers={"Prefer": "timezone=Mars/Olympus"})
    assert (unknown.status_code, "preference-applied" in unknown.headers) == (200, False)
    strict = {"Prefer": "handling=strict, timezone=Mars/Olympus"}
    assert client.get("/books", headers=strict).json()["code"] == "PGRST122"


def test_other_schemas_are_asked_for_by_profile(client):
    keeper = token()
    assert "title" in client.get("/books?limit=1", headers={"Accept-Profile": "shop"}).json()[0]
    response = client.get("/books?id=eq.1", headers={**keeper, "Accept-Profile": "cellar"})
    assert response.json() == [{"id": 1, "vintage": 1982}]
    assert response.headers["content-profile"] == "cellar"
    called = client.post("/rpc/oldest", headers={**keeper, "Content-Profile": "cellar"})
    assert (called.json(), called.headers["content-profile"]) == (1982, "cellar")
    assert client.get("/rpc/oldest", headers=keeper).status_code == 404
    refused = client.get("/books", headers={"Accept-Profile": "cellar"})
    assert (refused.status_code, refused.json()["code"]) == (401, "42501")
    unknown = client.get("/books", headers={"Accept-Profile": "stock"})
    assert (unknown.status_code, unknown.json()["code"]) == (406, "PGRST106")
    assert unknown.json()["hint"] == "Only the following schemas are exposed: shop, cellar"
