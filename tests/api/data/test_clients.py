"""The unmodified postgrest client of Python, sync and async, through every method that reads."""

import asyncio
import importlib
import inspect
import re
from pathlib import Path

import pytest
from postgrest import APIError, AsyncPostgrestClient, CountMethod, SyncPostgrestClient
from postgrest.types import Filters

from tests.api.data.conftest import token


@pytest.fixture
def postgrest(base_url):
    with SyncPostgrestClient(base_url, schema="shop") as client:
        yield client


FILTERS = [
    (lambda query: query.eq("title", "Americanah"), [4]),
    (lambda query: query.eq("in_print", True), [1, 2, 5]),
    (lambda query: query.neq("id", 2), [1, 3, 4, 5]),
    (lambda query: query.gt("id", 4), [5]),
    (lambda query: query.gte("id", 4), [4, 5]),
    (lambda query: query.lt("id", 3), [1, 2]),
    (lambda query: query.lte("id", 3).gte("id", 3), [3]),
    (lambda query: query.like("title", "%of%"), [1, 3]),
    (lambda query: query.like_all_of("title", "%of%,%S%"), [3]),
    (lambda query: query.like_any_of("title", "%Blood,Amer%"), [1, 4]),
    (lambda query: query.ilike("title", "petals*"), [1]),
    (lambda query: query.ilike_all_of("title", "%A%,%N%"), [2, 3, 4]),
    (lambda query: query.ilike_any_of("title", "%blood,amer%"), [1, 4]),
    (lambda query: query.is_("in_print", None), [3]),
    (lambda query: query.is_("in_print", "unknown"), [3]),
    (lambda query: query.not_.is_("in_print", None), [1, 2, 4, 5]),
    (lambda query: query.in_("title", ['100%, "quoted", (odd)', "Americanah"]), [4, 5]),
    (lambda query: query.not_.in_("id", [1, 2]), [3, 4, 5]),
    (lambda query: query.match({"id": 1, "isbn": "0000000001"}), [1]),
    (lambda query: query.is_('odd "name" 100%', "null").lt("id", 2), [1]),
    (lambda query: query.or_("id.eq.1,and(id.gt.2,id.lt.4)"), [1, 3]),
    (lambda query: query.or_("id.eq.1,id.eq.5").gt("id", 1), [5]),
    (lambda query: query.contains("tags", ["novel", "kenya"]), [1]),
    (lambda query: query.cs("tags", ["novel"]), [1, 2]),
    (lambda query: query.contains("extras", {"n": 2}), [3]),
    (lambda query: query.contained_by("tags", ["novel"]), [2, 3, 4, 5]),
    (lambda query: query.cd("tags", ["novel"]), [2, 3, 4, 5]),
    (lambda query: query.overlaps("tags", ["kenya"]), [1]),
    (lambda query: query.ov("tags", ["kenya"]), [1]),
    (lambda query: query.range_lt("shelf_life", (15, 18)), [1]),
    (lambda query: query.sl("shelf_life", (15, 18)), [1]),
    (lambda query: query.range_gt("shelf_life", (1, 10)), [3]),
    (lambda query: query.sr("shelf_life", (1, 10)), [3]),
    (lambda query: query.range_gte("shelf_life", (4, 6)), [2, 3]),
    (lambda query: query.nxl("shelf_life", (4, 6)), [2, 3]),
    (lambda query: query.range_lte("shelf_life", (1, 20)), [1, 2]),
    (lambda query: query.nxr("shelf_life", (1, 20)), [1, 2]),
    (lambda query: query.range_adjacent("shelf_life", (9, 12)), [1]),
    (lambda query: query.adj("shelf_life", (9, 12)), [1]),
    (lambda query: query.filter("id", "eq", "3"), [3]),
    (lambda query: query.filter("title", Filters.LIKE, "Amer%"), [4]),
    (lambda query: query.not_.filter("id", "gt", "2"), [1, 2]),
    (lambda query: query.eq("extras->>n", "1.10"), [1]),
    (lambda query: query.range(1, 2), [2, 3]),
    (lambda query: query.limit(1).offset(2), [3]),
]


@pytest.mark.parametrize(("build", "expected"), FILTERS)
def test_its_filters_find_their_rows(postgrest, build, expected):
    response = build(postgrest.from_("books").select("id").order("id")).execute()
    assert [row["id"] for row in response.data] == expected


def test_its_text_searches(postgrest):
    def found(text: str, **options) -> list[int]:
        query = postgrest.from_("reviews").select("id").order("id")
        return [row["id"] for row in query.text_search("found", text, options).execute().data]

    assert found("'fight'") == [1, 2]
    assert found("great novel", type="plain", config="english") == [1]
    assert found("great novel", type="phrase") == [1]
    assert found("fight -boring", type="web_search") == [1]
    query = postgrest.from_("reviews").select("id")
    assert len(query.fts("found", "fight").execute().data) == 2
    assert len(query.plfts("found", "great novel").execute().data) == 1
    assert len(query.phfts("found", "great novel").execute().data) == 1
    assert len(query.wfts("found", "fight -boring").execute().data) == 1


def test_its_orders_and_pages_of_rows_and_of_what_is_embedded(postgrest):
    books = postgrest.from_("books").select("id, title").gt("id", 1).neq("id", 2)
    response = books.order("price", desc=True, nullsfirst=False).limit(2).execute()
    assert [row["id"] for row in response.data] == [4, 3]

    def authors():
        return postgrest.from_("authors").select("id, books!books_author(id)").eq("id", 3)

    for query in (
        authors().order("id", desc=True, foreign_table="books").limit(1, foreign_table="books"),
        authors().order("id", foreign_table="books").range(1, 1, foreign_table="books"),
        authors().or_("id.eq.4,title.like.X%", reference_table="books"),
    ):
        assert query.execute().data == [{"id": 3, "books": [{"id": 4}]}]


def test_it_embeds(postgrest):
    response = (
        postgrest.from_("covers")
        .select("colour", "book:books(title, genres(name))")
        .eq("book.genres.name", "novel")
        .eq("colour", "red")
        .execute()
    )
    assert response.data == [
        {"colour": "red", "book": {"title": "Petals of Blood", "genres": [{"name": "novel"}]}}
    ]


@pytest.mark.parametrize("method", CountMethod)
def test_it_counts(postgrest, method):
    assert postgrest.from_("books").select("*", count=method).execute().count == 5
    query = postgrest.from_("books").select("*", count=method, head=True)
    assert query.execute().count == 5


def test_it_reads_one_row_or_says_why_not(postgrest):
    books = postgrest.from_("books")
    assert books.select("id").eq("id", 2).single().execute().data == {"id": 2}
    assert books.select("id").eq("id", 99).maybe_single().execute() is None
    assert books.select("id").eq("id", 2).maybe_single().execute().data == {"id": 2}
    with pytest.raises(APIError) as refused:
        books.select("id").single().execute()
    assert (refused.value.code, refused.value.details) == ("PGRST116", "The result contains 5 rows")


def test_it_reads_csv_and_plans(postgrest):
    books = postgrest.from_("books")
    assert books.select("id").lte("id", 2).csv().execute().data == "id\n1\n2"
    plan = books.select("id").explain(analyze=True, verbose=True, format="json")
    assert plan.execute().data[0]["Plan"]
    assert "cost=" in books.select("id").explain().execute()


def test_it_strips_nulls_and_does_not_try_again(postgrest):
    paints = postgrest.table("paints").select("*").strip_nulls().eq("id", 3)
    assert paints.execute().data == [{"id": 3}]
    assert postgrest.table("paints").select("id").retry(enabled=False).execute().data


def test_it_calls_functions(postgrest):
    assert postgrest.rpc("add", {"a": 1, "b": 2}).execute().data == 3
    assert postgrest.rpc("add", {"a": 1}, get=True).execute().data == 11
    rows = postgrest.rpc("books_of", {"author": "Achebe"}, count=CountMethod.exact)
    response = rows.select("id").order("id", desc=True).limit(1).execute()
    assert (response.data, response.count) == ([{"id": 5}], 2)
    one = postgrest.rpc("books_of", {"author": "Ngugi"}).select("title").single()
    assert one.execute().data == {"title": "Petals of Blood"}
    filtered = postgrest.rpc("books_of", {"author": "Achebe"}).select("id").gt("id", 2)
    assert filtered.execute().data == [{"id": 5}]
    array = postgrest.rpc("echo_all", {"i": [1, 2], "ts": ["a,b"]}, get=True).execute()
    assert (array.data["i"], array.data["ts"]) == ([1, 2], ["a,b"])
    counted = postgrest.rpc("many", {"rows": 3}, count=CountMethod.exact, head=True)
    assert counted.execute().count == 3
    assert postgrest.rpc("many", {"rows": 2}).select("n").csv().execute().data == "n\n1\n2"
    assert postgrest.rpc("books_of", {"author": "Nobody"}).maybe_single().execute() is None
    with pytest.raises(APIError) as refused:
        postgrest.rpc("ring", {"times": 3}).max_affected(2).execute()
    assert refused.value.code == "PGRST124"


def test_it_signs_in_and_changes_the_schema(base_url):
    signed = token("shop_keeper")["Authorization"].removeprefix("Bearer ")
    with SyncPostgrestClient(base_url, schema="shop").auth(signed) as client:
        assert client.from_("money_box").select("content").execute().data == [{"content": "secret"}]
        cellar = client.schema("cellar")
        assert cellar.from_("books").select("vintage").eq("id", 2).execute().data == [
            {"vintage": 1990}
        ]
        assert cellar.rpc("oldest", {}).execute().data == 1982


def test_it_understands_refusals(postgrest):
    for write in (
        postgrest.from_("books").insert({"title": "x"}),
        postgrest.from_("books").upsert({"title": "x"}),
        postgrest.from_("books").update({"title": "x"}).eq("id", 1),
        postgrest.from_("books").delete().eq("id", 1),
    ):
        with pytest.raises(APIError) as refused:
            write.execute()
        assert refused.value.code == "PGRST117"
    with pytest.raises(APIError) as refused:
        postgrest.from_("books").select("titel").execute()
    assert (refused.value.code, refused.value.hint) == (
        "PGRST204",
        "Perhaps you meant the column 'title'",
    )


async def test_the_async_client_works_as_well(base_url):
    async with AsyncPostgrestClient(base_url, schema="shop") as client:
        for build, expected in FILTERS:
            response = await build(client.from_("books").select("id").order("id")).execute()
            assert [row["id"] for row in response.data] == expected
        both = await asyncio.gather(
            client.rpc("add", {"a": 2}).execute(),
            client.from_("books").select("id").eq("id", 1).single().execute(),
        )
        assert [response.data for response in both] == [12, {"id": 1}]
        assert (await client.from_("books").select("id").limit(1).csv().execute()).data == "id\n1"


@pytest.mark.parametrize("kind", ["_sync", "_async"])
def test_no_method_of_the_library_is_left_out(kind):
    builders = importlib.import_module(f"postgrest.{kind}.request_builder")
    client = {"_sync": SyncPostgrestClient, "_async": AsyncPostgrestClient}[kind]
    found = inspect.getmembers(builders, inspect.isclass)
    classes = [client, *(one for _, one in found if one.__module__ == builders.__name__)]
    names = {name for one in classes for name in dir(one) if not name.startswith("_")}
    text = Path(__file__).read_text()
    known = {"aclose", "from_table"}  # the end of a `with`, and what the library no longer supports
    left = {name for name in names - known if not re.search(rf"\.{name}\b", text)}
    assert left == set()
    assert len(names) > 40
