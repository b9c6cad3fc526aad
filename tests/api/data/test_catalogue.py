"""The catalogue as it is read from a database, and the document made of it."""

import json

from openapi_spec_validator import validate

from api.data.catalogue import DataType, Kind, Parameter, Result
from api.data.openapi import describe


def test_columns_have_types_without_domains_and_comments_of_their_origin(catalogue):
    books = catalogue.relation("books")
    assert books.comment == "Every book ever sold."
    assert books.column("isbn").type == DataType("text", Kind.TEXT)
    assert books.column("tags").type == DataType("text", Kind.TEXT, is_array=True)
    assert books.column("id").type == DataType("bigint", Kind.INTEGER)
    assert books.column("price").comment == "What a copy costs."


def test_the_key_of_a_view_is_the_primary_key_it_shows(catalogue):
    assert catalogue.relation("books").key == ("id",)
    assert catalogue.relation("shelf_places").key == ("aisle", "number")


def test_a_union_has_no_key_and_is_ordered_by_all_that_can_be_ordered(catalogue):
    assert catalogue.relation("movements").key == ("book_id", "direction")


def test_functions_have_parameters_results_and_volatility(catalogue):
    (add,) = catalogue.overloads("add")
    integer = DataType("integer", Kind.INTEGER)
    assert add.parameters == (Parameter("a", integer), Parameter("b", integer, required=False))
    assert (add.result, add.result_type, add.volatile) == (Result.SCALAR, integer, False)
    (ring,) = catalogue.overloads("ring")
    assert (ring.result, [column.name for column in ring.columns]) == (Result.ROWS, ["rung_at"])
    assert ring.volatile
    assert catalogue.overloads("ring_quietly")[0].result is Result.VOID
    assert catalogue.overloads("dearest")[0].result is Result.ROW
    assert catalogue.overloads("titles")[0].result is Result.SCALARS


def test_it_is_noted_who_may_do_what(catalogue):
    assert catalogue.relation("books").readers == {"shop_guest", "shop_keeper"}
    assert catalogue.relation("money_box").readers == {"shop_keeper"}
    assert catalogue.overloads("add")[0].callers == {"shop_guest", "shop_keeper"}


def test_the_document_is_valid_openapi_and_says_what_the_comments_say(catalogue):
    document = describe(catalogue, title="Shop", version="1", server="/api")
    validate(document)
    books = document["paths"]["/books"]
    assert set(books) == {"get"}
    assert books["get"]["description"].startswith("Every book ever sold.")
    assert "price" in [parameter.get("name") for parameter in books["get"]["parameters"]]
    properties = document["components"]["schemas"]["books"]["properties"]
    assert properties["price"] == {
        "type": ["number", "null"],
        "description": "What a copy costs.",
    }
    assert set(document["paths"]["/rpc/ring"]) == {"post"}
    add = document["paths"]["/rpc/add"]
    assert add["post"]["requestBody"]["content"]["application/json"]["schema"]["required"] == ["a"]
    assert [parameter["name"] for parameter in add["get"]["parameters"]] == ["a", "b"]
    json.dumps(document)


def test_what_nobody_may_use_is_not_in_the_document(catalogue):
    hidden = [one for one in catalogue.relations if one.name == "books"]
    assert hidden
    nobody = type(catalogue)(
        catalogue.schemas,
        tuple(
            type(one)(one.schema, one.name, one.columns, one.key, one.comment)
            for one in catalogue.relations
        ),
        (),
    )
    assert describe(nobody, title="Shop", version="1")["paths"] == {}
