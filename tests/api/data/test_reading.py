"""Reading relations over HTTP."""

import json
from decimal import Decimal

import httpx
import pytest

BOOKS = {
    1: "Petals of Blood",
    2: "Things Fall Apart",
    3: "Half of a Yellow Sun",
    4: "Americanah",
    5: '100%, "quoted", (odd)',
}


async def ids(client: httpx.AsyncClient, query: str) -> list[int]:
    response = await client.get(f"/books?select=id&{query}")
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.json()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("id=eq.2", [2]),
        ("id=2", [2]),
        ("title=Americanah", [4]),
        ("title=a.b", []),
        ("title=not.known", []),
        ("id=not.eq.2", [1, 3, 4, 5]),
        ("id=neq.2", [1, 3, 4, 5]),
        ("id=gt.2&id=lte.4", [3, 4]),
        ("id=gte.4", [4, 5]),
        ("id=lt.2", [1]),
        ("id=in.(1,3,99)", [1, 3]),
        ("id=in.()", []),
        ("id=not.in.(1,3)", [2, 4, 5]),
        ('title=in.("100%25, \\"quoted\\", (odd)",Americanah)', [4, 5]),
        ("title=like.*of*", [1, 3]),
        ("title=ilike.THINGS*", [2]),
        ("title=not.like.*a*", [5]),
        ("in_print=is.true", [1, 2, 5]),
        ("in_print=is.null", [3]),
        ("in_print=not.is.null", [1, 2, 4, 5]),
        ("in_print=is.not_null", [1, 2, 4, 5]),
        ("in_print=is.unknown", [3]),
        ("in_print=false", [4]),
        ("price=eq.12.5", [1]),
        ("price=12.50", [1]),
        ("price=gt.1e19", [4]),
        ("published_at=gte.2000-01-01T00:00:00%2B02:00", [3]),
        ("isbn=0000000003", [3]),
        ("isbn=in.(0000000003,0000000001)", [1, 3]),
        ("tags=eq.{}", [1, 2, 3, 4, 5]),
        ('"odd \\"name\\" 100%25"=is.null', [1, 2, 3, 4, 5]),
        ("order=price.desc.nullslast", [4, 3, 1, 2, 5]),
        ("order=price.desc", [5, 4, 3, 1, 2]),
        ("order=price.nullsfirst", [5, 2, 1, 3, 4]),
        ("order=author_id.desc,title", [4, 3, 5, 2, 1]),
        ("limit=2", [1, 2]),
        ("limit=2&offset=3", [4, 5]),
        ("limit=0", []),
    ],
)
async def test_a_query_finds_its_rows(client, query, expected):
    assert await ids(client, query) == expected


async def test_columns_are_chosen_and_renamed_in_the_order_asked(client):
    response = await client.get("/books?select=title,number:id&id=1")
    assert response.text == '[{"title":"Petals of Blood","number":1}]'


async def test_numbers_arrive_exactly_as_they_are_stored(client):
    response = await client.get("/books?select=price,extras&id=in.(1,4)&order=id")
    rows = json.loads(response.text, parse_float=Decimal)
    assert rows[0] == {"price": Decimal("12.50"), "extras": {"n": Decimal("1.10")}}
    assert rows[1]["price"] == Decimal("99999999999999999999.123456789")


async def test_a_view_without_id_is_paged_by_the_primary_key_it_shows(client):
    pages = [
        (await client.get(f"/shelf_places?limit=700&offset={offset}")).json()
        for offset in (0, 700, 1400)
    ]
    rows = [(row["aisle"], row["number"]) for page in pages for row in page]
    assert rows == [(aisle, number) for aisle in range(1, 31) for number in range(1, 51)]


async def test_a_camel_case_path_names_the_snake_case_relation(client):
    response = await client.get("/shelfPlaces?limit=1")
    assert response.json() == [{"note": "shelf", "number": 1, "aisle": 1}]


async def test_a_page_has_20_rows_and_at_most_1000(client):
    default = await client.get("/shelf_places")
    assert len(default.json()) == 20
    assert default.headers["content-range"] == "0-19/*"
    assert default.status_code == 200
    largest = await client.get("/shelf_places?limit=5000")
    assert len(largest.json()) == 1000


async def test_the_next_link_leads_through_all_pages_with_the_filters_kept(client):
    path, seen = "/shelf_places?aisle=lte.2&note=like.sh*&select=number,aisle&limit=30", []
    while path:
        response = await client.get(path)
        seen += [(row["aisle"], row["number"]) for row in response.json()]
        path = response.links["next"]["url"].removeprefix("/api/v1") if response.links else None
    assert seen == [(aisle, number) for aisle in (1, 2) for number in range(1, 51)]


async def test_a_page_that_ends_the_rows_has_no_next_link(client):
    assert "link" not in (await client.get("/books?limit=5")).headers
    assert "link" in (await client.get("/books?limit=4")).headers


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
async def test_an_exact_count_is_told(client, query, status, content_range):
    response = await client.get(f"/books?{query}", headers={"Prefer": "count=exact"})
    assert (response.status_code, response.headers["content-range"]) == (status, content_range)
    assert response.headers["preference-applied"] == "count=exact"


async def test_an_offset_beyond_the_counted_rows_is_416(client):
    response = await client.get("/books?offset=6", headers={"Prefer": "count=exact"})
    assert response.status_code == 416
    assert response.headers["content-range"] == "*/5"
    assert response.json() == {
        "code": "PGRST103",
        "message": "Requested range not satisfiable",
        "details": "An offset of 6 was requested, but there are only 5 rows.",
        "hint": None,
    }


@pytest.mark.parametrize(
    ("header", "query", "content_range"),
    [
        ({"Range": "0-1"}, "", "0-1/*"),
        ({"Range": "3-"}, "", "3-4/*"),
        ({"Range": "items=1-2", "Range-Unit": "items"}, "", "1-2/*"),
        ({"Range": "1-10"}, "limit=3", "1-2/*"),
        ({"Range": "bytes=0-1"}, "", "0-4/*"),
        ({"Range": "0-1", "Range-Unit": "bytes"}, "", "0-4/*"),
        ({"Range": "nonsense"}, "", "0-4/*"),
    ],
)
async def test_the_range_header_chooses_rows(client, header, query, content_range):
    response = await client.get(f"/books?{query}", headers=header)
    assert (response.status_code, response.headers["content-range"]) == (200, content_range)


async def test_a_range_that_ends_before_it_begins_is_416(client):
    response = await client.get("/books", headers={"Range": "5-2"})
    assert (response.status_code, response.json()["code"]) == (416, "PGRST103")


async def test_one_object_is_given_when_exactly_one_row_is_found(client):
    accept = {"Accept": "application/vnd.pgrst.object+json"}
    response = await client.get("/books?select=id&id=3", headers=accept)
    assert response.json() == {"id": 3}
    assert response.headers["content-type"].startswith("application/vnd.pgrst.object+json")
    for query, rows in (("id=99", 0), ("id=lt.4", 3)):
        refused = await client.get(f"/books?{query}", headers=accept)
        assert refused.status_code == 406
        assert refused.json()["code"] == "PGRST116"
        assert refused.json()["details"] == f"The result contains {rows} rows"


async def test_head_gives_the_headers_without_a_body(client):
    response = await client.head("/books?limit=2", headers={"Prefer": "count=exact"})
    assert (response.status_code, response.content) == (206, b"")
    assert response.headers["content-range"] == "0-1/5"


@pytest.mark.parametrize(
    ("query", "code", "hint"),
    [
        ("titel=eq.x", "PGRST204", "Perhaps you meant the column 'title'"),
        ("select=titel", "PGRST204", "Perhaps you meant the column 'title'"),
        ("order=titel", "PGRST204", "Perhaps you meant the column 'title'"),
        ("select=id,authors(name)", "PGRST100", "Read the relations one after the other"),
        ("select=extras->n", "PGRST100", None),
        ("select=id::text", "PGRST100", None),
        ("select=id,,title", "PGRST100", None),
        ("order=id.sideways", "PGRST100", None),
        ("order=id.desc.asc", "PGRST100", None),
        ("limit=many", "PGRST100", None),
        ("id=1_000", "PGRST100", None),
        ("id=0x10", "PGRST100", None),
        ("id=%207%20", "PGRST100", None),
        ("id=eq.", "PGRST100", None),
        ("id=in.(1,x)", "PGRST100", None),
        ("id=in.1", "PGRST100", None),
        ("price=1_0", "PGRST100", None),
        ("price=1e999999", "PGRST100", None),
        ("id=99999999999999999999", "PGRST100", None),
        ("id=is.maybe", "PGRST100", None),
        ("title=is.true", "PGRST100", None),
        ("id=like.1*", "PGRST100", None),
        ("title=a%00b", "PGRST100", None),
        ("title=%ff", "PGRST100", None),
        ("title=match.x", "PGRST100", "To compare with this very text, write 'title=eq.match.x'"),
        ("title=eq(any).{x}", "PGRST100", None),
        ("tags=in.()", "PGRST100", None),
        ("or=(id.eq.1,id.eq.2)", "PGRST100", None),
        ("authors.name=eq.x", "PGRST100", None),
        ("published_at=eq.2024-13-01", "22008", None),
        ("in_print=eq.perhaps", "22P02", None),
        ("tags=eq.{", "22P02", None),
        ("offset=-1", "PGRST103", None),
        ("limit=-1", "PGRST103", None),
        ("&".join(["id=gt.0"] * 51), "PGRST100", None),
        (f"id=in.({','.join('1' * 1001)})", "PGRST100", None),
        (f"select={','.join(['id'] * 201)}", "PGRST100", None),
        (f"select={'a(' * 11}id{')' * 11}", "PGRST100", None),
        (f"order={','.join(['id'] * 21)}", "PGRST100", None),
        (f"title={'x' * 9000}", "PGRST100", None),
    ],
)
async def test_a_wrong_query_is_refused_with_its_code(client, query, code, hint):
    response = await client.get(f"/books?{query}")
    assert response.status_code == (416 if code == "PGRST103" else 400), response.text
    body = response.json()
    assert body["code"] == code, body
    if hint:
        assert body["hint"].startswith(hint)


async def test_an_unknown_relation_is_404_with_a_hint(client):
    response = await client.get("/bookz")
    assert response.status_code == 404
    assert response.json() == {
        "code": "PGRST205",
        "message": "Could not find the table 'shop.bookz' in the schema cache",
        "details": None,
        "hint": "Perhaps you meant the table 'books'",
    }


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
async def test_writing_a_relation_is_405(client, method):
    response = await client.request(method, "/books", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


async def test_a_relation_that_the_role_may_not_see_is_refused_by_postgresql(client):
    assert (await client.get("/money_box")).status_code == 403


async def test_a_body_that_the_client_cannot_take_is_406(client):
    response = await client.get("/books", headers={"Accept": "text/csv"})
    assert (response.status_code, response.json()["code"]) == (406, "PGRST107")
    browser = await client.get("/books", headers={"Accept": "text/html,*/*;q=0.8"})
    assert browser.headers["content-type"] == "application/json; charset=utf-8"
