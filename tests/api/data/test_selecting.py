"""What is shown of each row, in which order and how many."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.api.data.conftest import token


def test_columns_are_chosen_and_renamed_in_the_order_asked(client):
    response = client.get("/books?select=title,number:id&id=1")
    assert response.text == '[{"title":"Petals of Blood","number":1}]'


def test_a_star_is_every_column_and_may_stand_beside_others(rows):
    (row,) = rows("/covers?select=*,again:colour&book_id=eq.1")
    assert row == {"book_id": 1, "colour": "red", "again": "red"}


def test_an_empty_select_is_everything(rows):
    assert rows("/covers?select=&book_id=eq.1") == [{"book_id": 1, "colour": "red"}]


def test_numbers_arrive_exactly_as_they_are_stored(client):
    response = client.get("/books?select=price,extras->n&id=in.(1,4)&order=id")
    found = json.loads(response.text, parse_float=Decimal)
    assert found[0] == {"price": Decimal("12.50"), "n": Decimal("1.10")}
    assert found[1]["price"] == Decimal("99999999999999999999.123456789")


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("id::text", {"id": "1"}),
        ("number:id::text", {"number": "1"}),
        ("price::int", {"price": 13}),
        ("price::numeric", {"price": 12.5}),
        ("in_print::integer", {"in_print": 1}),
        ("published_at::date", {"published_at": "1977-01-01"}),
        ("pages::double precision", {"pages": 432}),
        ("pages::varchar", {"pages": "432"}),
    ],
)
def test_casts(rows, select, expected):
    assert rows(f"/books?select={select}&id=eq.1") == [expected]


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("extras->n", {"n": 1.1}),
        ("extras->>n", {"n": "1.10"}),
        ("extras->deep->list", {"list": [1, {"two": 2}]}),
        ("extras->deep->list->0", {"list": 1}),
        ("last:extras->deep->list->-1->>two", {"last": "2"}),
        ("extras->>n::numeric", {"n": 1.1}),
        ("tags->0", {"tags": "novel"}),
        ("extras->nothing->here", {"here": None}),
    ],
)
def test_json_paths(rows, select, expected):
    assert rows(f"/books?select={select}&id=eq.1") == [expected]


def test_a_computed_column_is_shown_when_it_is_named(rows):
    assert rows("/books?select=id,shout,halved&id=eq.1") == [
        {"id": 1, "shout": "PETALS OF BLOOD", "halved": 6.25}
    ]
    assert "shout" not in rows("/books?id=eq.1")[0]
    assert rows("/rpc/books_of?author=Ngugi&select=shout") == [{"shout": "PETALS OF BLOOD"}]


def test_a_domain_with_a_writer_is_shown_as_it_writes(rows):
    assert rows("/paints?select=colour&order=id") == [
        {"colour": "#FF0000"},
        {"colour": "#00FF00"},
        {"colour": None},
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("order=price.desc.nullslast", [4, 3, 1, 2, 5]),
        ("order=price.desc", [5, 4, 3, 1, 2]),
        ("order=price.nullsfirst", [5, 2, 1, 3, 4]),
        ("order=author_id.desc,title", [4, 3, 5, 2, 1]),
        ("order=author_id.asc,id.desc", [1, 5, 2, 4, 3]),
        ("order=extras->>n.desc.nullslast,id", [3, 1, 2, 4, 5]),
        ("order=shout", [5, 4, 3, 1, 2]),
        ("order=", [1, 2, 3, 4, 5]),
    ],
)
def test_order(rows, query, expected):
    assert [row["id"] for row in rows(f"/books?select=id&{query}")] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [("limit=2", [1, 2]), ("limit=2&offset=3", [4, 5]), ("limit=0", []), ("offset=4", [5])],
)
def test_pages(rows, query, expected):
    assert [row["id"] for row in rows(f"/books?select=id&{query}")] == expected


def test_the_largest_limit_is_all_rows(rows):
    assert len(rows(f"/books?limit={2**63 - 1}&select=id")) == 5


def test_a_name_given_twice_is_shown_once(client):
    shown = client.get("/books?select=title:isbn,id,id,title&id=eq.1").text
    assert shown == '[{"title":"Petals of Blood","id":1}]'


def test_of_a_page_given_twice_the_last_counts(rows):
    assert len(rows("/books?limit=1&limit=3")) == 3


def test_a_view_without_id_is_paged_by_the_primary_key_it_shows(rows):
    pages = [rows(f"/shelf_places?limit=700&offset={offset}") for offset in (0, 700, 1400)]
    found = [(row["aisle"], row["number"]) for page in pages for row in page]
    assert found == [(aisle, number) for aisle in range(1, 31) for number in range(1, 51)]


def test_a_camel_case_path_names_the_snake_case_relation(rows):
    assert rows("/shelfPlaces?limit=1") == [{"note": "shelf", "number": 1, "aisle": 1}]


def test_a_page_has_as_many_rows_as_the_settings_say(client):
    default = client.get("/shelf_places")
    assert len(default.json()) == 20
    assert (default.status_code, default.headers["content-range"]) == (200, "0-19/*")
    assert len(client.get("/shelf_places?limit=5000").json()) == 1000


def both(number: int) -> str:
    return f"and(aisle.eq.7,number.eq.{number})"


KEYS = f"({','.join(map(str, range(1, 31)))})"
PLACES = f"({','.join(map(both, range(1, 26)))})"


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (f"receipts?id=in.{KEYS}", 30),
        (f"receipts?id=in.{KEYS}&id=gt.5", 25),
        (f"receipts?or=(id.in.{KEYS},id.eq.40)", 31),
        (f"shelf_places?or={PLACES}", 25),
        (f"receipts?id=in.{KEYS}&limit=25", 25),
    ],
)
def test_rows_that_are_named_by_their_keys_are_all_on_one_page(client, query, rows):
    answer = client.get(query)
    assert (answer.status_code, len(answer.json())) == (200, rows)
    assert ("link" in answer.headers) is ("limit" in query)


@pytest.mark.parametrize(
    "query",
    [
        "receipts?id=not.in.(1,2)",
        f"receipts?or=(id.in.{KEYS},id.gt.0)",
        f"receipts?not.and=(id.in.{KEYS},id.gt.29)",
        f"shelf_places?number=in.{KEYS}",
        "shelf_places?or=(and(aisle.eq.7),and(aisle.eq.8,number.eq.1))",
        "shelf_places?or=(and(aisle.eq.7,number.not.eq.1),and(aisle.eq.8,number.eq.1))",
        f"rpc/many?rows=30&n=in.{KEYS}",
    ],
)
def test_other_conditions_give_a_page(client, query):
    answer = client.get(query)
    assert (answer.status_code, len(answer.json())) == (200, 20)


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
def test_the_range_header_chooses_rows(client, header, query, content_range):
    response = client.get(f"/books?{query}", headers=header)
    assert (response.status_code, response.headers["content-range"]) == (200, content_range)


def test_a_range_that_ends_before_it_begins_is_416(client):
    response = client.get("/books", headers={"Range": "5-2"})
    assert (response.status_code, response.json()["code"]) == (416, "PGRST103")


def test_the_next_link_goes_by_the_key_where_the_order_is_by_one(client):
    response = client.get("/books?select=title&order=id.desc&limit=2&id=lt.5")
    assert response.links["next"]["url"] == "/books?select=title&order=id.desc&id=lt.3&limit=2"
    assert "id=gt.2" in client.get("/books?limit=2").links["next"]["url"]
    assert "isbn=gt." not in client.get("/books?order=isbn&limit=2").links["next"]["url"]


def pages(
    client: httpx.Client, path: str, headers: dict[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of a page and of all that its links lead to."""
    following: str | None = path
    while following:
        response = client.get(following, headers=headers)
        yield from response.json()
        following = response.links["next"]["url"] if response.links else None


@pytest.mark.parametrize(
    "query", ["aisle=lte.2&note=like.sh*&select=number,aisle&limit=30", "aisle=lte.2&limit=33"]
)
def test_the_next_link_leads_through_all_pages_with_the_filters_kept(client, query):
    rows = pages(client, f"/shelf_places?{query}")
    seen = [(row["aisle"], row["number"]) for row in rows]
    assert seen == [(aisle, number) for aisle in (1, 2) for number in range(1, 51)]


@pytest.mark.parametrize("order", ["note", "note.desc", "note,aisle.desc"])
def test_the_next_link_loses_no_row_where_the_order_leaves_some_alike(client, order):
    rows = pages(client, f"/shelf_places?order={order}&limit=100")
    seen = [(row["aisle"], row["number"]) for row in rows]
    assert len(seen) == len(set(seen)) == 1500


def test_the_next_link_by_key_leads_through_all_pages(client):
    rows = pages(client, "/books?order=id.desc&limit=2&select=title,id")
    assert [row["id"] for row in rows] == [5, 4, 3, 2, 1]


def test_the_next_link_goes_by_no_key_that_the_next_row_shares(client):
    def following(path: str) -> str:
        return client.get(path).links["next"]["url"]

    assert following("/repeated?order=id&limit=4") == "/repeated?order=id&id=gt.0&limit=4"
    assert following("/repeated?order=id&limit=5") == "/repeated?order=id&limit=5&offset=5"
    # A table says what its keys are.
    assert following("/lines?order=id&limit=4") == "/lines?order=id&limit=4&offset=4"


def test_the_next_link_goes_by_no_key_that_is_named_like_a_word_of_the_dialect(client):
    rows = pages(client, "/Odd;%20name%2F%25?limit=4", token())
    assert [row["limit"] for row in rows] == list(range(1, 10))


def test_a_page_that_ends_the_rows_has_no_next_link(client):
    assert "link" not in client.get("/books?limit=5").headers
    assert "link" in client.get("/books?limit=4").headers
