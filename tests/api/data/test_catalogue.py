"""The catalogue as it is read from a database, and the document made of it."""

import asyncio
import json
from dataclasses import replace

import psycopg
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from api.data.catalogue import DataType, Kind
from api.data.loading import load_catalogue
from api.data.openapi import describe
from api.data.requests import Service


def ways(catalogue, origin, target):
    found = catalogue.relations["shop", origin].ways
    return [way for way in found if way.target == ("shop", target)]


def test_columns_have_types_without_domains_and_comments_of_their_origin(catalogue):
    books = catalogue.relation("books")
    assert books.comment == "Every book ever sold."
    assert books.column("isbn").type == DataType("text", Kind.TEXT)
    assert books.column("tags").type == DataType("text", Kind.TEXT, is_array=True)
    assert books.column("id").type == DataType("bigint", Kind.INTEGER)
    assert books.column("binding").type.labels == ("hard", "soft")
    assert books.column("price").comment == "What a copy costs."
    colour = catalogue.relation("paints").column("colour").type
    assert (colour.to_json, colour.from_text) == (
        ("stock", "colour_json"),
        ("stock", "colour_from"),
    )


def test_the_texts_that_a_column_may_have_are_those_that_its_check_lists(catalogue):
    assert catalogue.relation("covers").column("colour").choices == ("red", "green", "Thursday's")
    assert catalogue.relation("books").column("isbn").choices == ()


def test_the_key_of_a_view_is_the_primary_key_it_shows(catalogue):
    assert catalogue.relation("books").key == ("id",)
    assert catalogue.relation("cheap_books").key == ("id",)
    assert catalogue.relation("shelf_places").key == ("aisle", "number")
    assert catalogue.relation("covers").unique == {"book_id"}


def test_a_union_has_no_key_and_is_ordered_by_all_that_can_be_ordered(catalogue):
    movements = catalogue.relation("movements")
    assert (movements.key, movements.unique) == ((), set())
    assert movements.sortable == ("book_id", "direction")


def test_computed_columns_are_apart(catalogue):
    books = catalogue.relation("books")
    assert books.computed["shout"].function == ("shop", "shout")
    assert books.computed["shout"].comment == "The title, louder."
    assert books.computed["halved"].function == ("tools", "halved")
    assert "shout" not in books.columns


def test_relationships_are_found_through_views_and_unions(catalogue):
    (to_books,) = ways(catalogue, "covers", "books")
    assert (to_books.cardinality, to_books.columns) == ("one-to-one", ("book_id",))
    assert to_books.target_columns == ("id",)
    (from_union,) = ways(catalogue, "movements", "books")
    assert from_union.cardinality == "many-to-one"
    assert {way.choice for way in ways(catalogue, "books", "authors") if not way.function} == {
        "authors!books_author",
        "authors!books_translator",
    }
    (between,) = ways(catalogue, "books", "genres")
    assert between.junction.name == ("shop", "book_genres")
    assert {way.cardinality for way in ways(catalogue, "authors", "authors")} == {
        "many-to-one",
        "one-to-many",
    }


def test_what_is_computed_from_a_column_is_not_that_column(shop_url):
    view = """create view shop.computed as select s.x from (
        select nullif(u.book_id, 1) as x from (select book_id from stock.covers) as u
    ) as s"""

    async def ask():
        async with await psycopg.AsyncConnection.connect(shop_url) as connection:
            await connection.execute(view)
            found = await load_catalogue(connection, ["shop"], [])
            await connection.rollback()
            return found.relation("computed").ways

    assert asyncio.run(ask()) == ()


def test_a_name_of_several_types_means_that_of_the_schema_named_first(shop_url):
    types = """
        create schema "1st"; create schema "2nd"; create schema "3rd";
        create domain "1st".size as integer; create domain "2nd".size as integer;
        create domain "3rd".size as integer; create domain "1st".date as text;
        """

    async def ask():
        async with await psycopg.AsyncConnection.connect(shop_url) as connection:
            await connection.execute(types)
            orders = [["1st", "2nd", "3rd"], ["3rd", "2nd", "1st"], ["2nd", "1st", "3rd"]]
            found = [await load_catalogue(connection, one) for one in orders]
            await connection.rollback()
            return [(one.casts["size"], one.casts["date"]) for one in found]

    assert asyncio.run(ask()) == [
        ('"1st".size', "date"),
        ('"3rd".size', "date"),
        ('"2nd".size', "date"),
    ]


def test_functions_have_parameters_results_and_volatility(catalogue):
    (add,) = catalogue.overloads("add")
    assert [(one.name, one.type.name, one.required) for one in add.parameters] == [
        ("a", "integer", True),
        ("b", "integer", False),
    ]
    assert (add.value.name, add.is_list, add.volatile) == ("integer", False, False)
    (ring,) = catalogue.overloads("ring")
    assert (ring.is_list, list(ring.rows.columns)) == (True, ["rung_at"])
    assert ring.volatile
    assert catalogue.overloads("ring_quietly")[0].gives_nothing
    assert catalogue.overloads("dearest")[0].rows is catalogue.relation("books")
    (titles,) = catalogue.overloads("titles")
    assert (titles.value.name, titles.is_list) == ("text", True)
    assert catalogue.overloads("joined")[0].parameters[0].variadic


def test_it_is_noted_who_may_do_what(catalogue):
    assert catalogue.relation("books").readers == {"shop_guest", "shop_keeper"}
    assert catalogue.relation("money_box").readers == {"shop_keeper"}
    assert catalogue.overloads("add")[0].callers == {"shop_guest", "shop_keeper"}


def test_the_document_is_valid_openapi_and_says_what_the_comments_say(shop):
    document = describe(shop, title="Shop", version="1", server="/api")
    validate(document)
    books = document["paths"]["/books"]
    assert set(books) == {"get"}
    assert books["get"]["description"].startswith("Every book ever sold.")
    assert "price" in [parameter.get("name") for parameter in books["get"]["parameters"]]
    properties = document["components"]["schemas"]["books"]["properties"]
    assert properties["price"] == {
        "type": ["number", "null"],
        "description": "What a copy costs.",
        "examples": [1200],
    }
    assert properties["binding"]["enum"] == ["hard", "soft", None]
    colour = document["components"]["schemas"]["covers"]["properties"]["colour"]
    assert colour["enum"] == ["red", "green", "Thursday's"]
    assert "`authors!books_author` (many-to-one)" in books["get"]["description"]
    assert set(document["paths"]["/rpc/ring"]) == {"post"}
    add = document["paths"]["/rpc/add"]
    assert add["post"]["requestBody"]["content"]["application/json"]["schema"]["required"] == ["a"]
    assert [parameter["name"] for parameter in add["get"]["parameters"]] == ["a", "b"]
    odd = document["paths"]["/Odd; name/%"]["get"]
    assert {"limit", "select"}.isdisjoint(one.get("name") for one in odd["parameters"])
    assert "code" in document["components"]["schemas"]["Error"]["properties"]
    json.dumps(document)


def test_what_a_call_may_leave_out_may_be_null(shop):
    add = describe(shop, title="Shop", version="1")["paths"]["/rpc/add"]["post"]
    fields = add["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert (fields["a"]["type"], fields["b"]["type"]) == ("integer", ["integer", "null"])


def test_a_call_says_what_it_needs_although_that_is_nothing(shop):
    # What says nothing is taken, by generators of types, to need all or nothing as they please.
    ring = describe(shop, title="Shop", version="1")["paths"]["/rpc/ring"]["post"]
    assert ring["requestBody"]["content"]["application/json"]["schema"]["required"] == []


def test_rows_of_a_function_are_filtered_and_come_in_parts_like_others(shop):
    item = describe(shop, title="Shop", version="1")["paths"]["/rpc/in_order"]
    for method in ("get", "post"):
        named = [one.get("name") for one in item[method]["parameters"]]
        assert "price" in named, method
        assert named.count("id") == 1, method  # an argument, and a column
        assert {"200", "206"} <= item[method]["responses"].keys(), method
    (argument,) = (one for one in item["get"]["parameters"] if one.get("name") == "id")
    assert argument["schema"]["type"] == "integer"


def test_functions_of_one_name_are_each_told_of(catalogue):
    overloads = catalogue.functions["shop", "add"]
    quiet = replace(overloads[0], parameters=(), value=None)
    texts = replace(overloads[0], value=DataType("text", Kind.TEXT))
    both = replace(catalogue, functions={("shop", "add"): (*overloads, texts, quiet)})
    add = describe(Service(both), title="Shop", version="1")["paths"]["/rpc/add"]["post"]
    assert add["requestBody"]["required"] is False
    assert {"200", "204"} <= add["responses"].keys()
    body = add["responses"]["200"]["content"]["application/json"]["schema"]
    assert [one["type"] for one in body["anyOf"]] == ["integer", "string"]


@pytest.mark.parametrize("title", ["Americanah", "no such book"])
def test_a_function_that_finds_no_row_gives_nulls_and_the_document_says_so(shop, client, title):
    document = describe(shop, title="Shop", version="1")
    told = document["paths"]["/rpc/book_called"]["get"]["responses"]["200"]["content"]
    schema = told["application/json"]["schema"] | {"components": document["components"]}
    found = client.get("/rpc/book_called", params={"title": title}).json()
    assert (found["id"] is None) == (title == "no such book")
    Draft202012Validator(schema).validate(found)


def test_the_document_says_what_needs_a_token(shop):
    paths = describe(shop, title="Shop", version="1", anonymous="shop_guest")["paths"]
    assert paths["/books"]["get"]["security"] == [{"bearer": []}, {}]
    assert paths["/rpc/add"]["post"]["security"] == [{"bearer": []}, {}]
    assert paths["/money_box"]["get"]["security"] == [{"bearer": []}]
    nobody = describe(shop, title="Shop", version="1")["paths"]
    assert nobody["/books"]["get"]["security"] == [{"bearer": []}]


def test_what_may_change_something_may_be_in_the_way_of_something(shop):
    paths = describe(shop, title="Shop", version="1")["paths"]
    assert "409" in paths["/rpc/ring"]["post"]["responses"]
    for reading in (paths["/books"]["get"], paths["/rpc/add"]["post"], paths["/rpc/add"]["get"]):
        assert "409" not in reading["responses"]
        assert "503" in reading["responses"]


def test_what_nobody_may_use_is_not_in_the_document(catalogue):
    hidden = {name: replace(one, readers=frozenset()) for name, one in catalogue.relations.items()}
    nobody = Service(replace(catalogue, relations=hidden, functions={}))
    assert describe(nobody, title="Shop", version="1")["paths"] == {}
