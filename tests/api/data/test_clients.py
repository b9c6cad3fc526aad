"""The unmodified postgrest client, sync and async, against a real server."""

import asyncio

import pytest
from postgrest import APIError, AsyncPostgrestClient, CountMethod, SyncPostgrestClient


@pytest.fixture
async def postgrest(base_url):
    async with AsyncPostgrestClient(base_url) as client:
        yield client


async def test_it_reads_with_filters_order_and_pages(postgrest):
    query = postgrest.from_("books").select("id", "title").gt("id", 1).neq("id", 2)
    response = await query.order("price", desc=True, nullsfirst=False).limit(2).execute()
    assert [row["id"] for row in response.data] == [4, 3]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda query: query.eq("title", "Americanah"), [4]),
        (lambda query: query.eq("in_print", True), [1, 2, 5]),
        (lambda query: query.lt("id", 3), [1, 2]),
        (lambda query: query.lte("id", 3).gte("id", 3), [3]),
        (lambda query: query.like("title", "%of%"), [1, 3]),
        (lambda query: query.ilike("title", "petals*"), [1]),
        (lambda query: query.is_("in_print", None), [3]),
        (lambda query: query.not_.is_("in_print", None), [1, 2, 4, 5]),
        (lambda query: query.in_("title", ['100%, "quoted", (odd)', "Americanah"]), [4, 5]),
        (lambda query: query.not_.in_("id", [1, 2]), [3, 4, 5]),
        (lambda query: query.match({"id": 1, "isbn": "0000000001"}), [1]),
        (lambda query: query.is_('odd "name" 100%', "null").lt("id", 2), [1]),
        (lambda query: query.range(1, 2), [2, 3]),
    ],
)
async def test_its_filters_find_their_rows(postgrest, build, expected):
    response = await build(postgrest.from_("books").select("id").order("id")).execute()
    assert [row["id"] for row in response.data] == expected


async def test_it_counts(postgrest):
    response = await postgrest.from_("books").select("*", count=CountMethod.exact).execute()
    assert response.count == 5
    query = postgrest.from_("books").select("*", count=CountMethod.exact, head=True)
    assert (await query.gt("id", 3).execute()).count == 2


async def test_it_reads_one_row_or_says_why_not(postgrest):
    books = postgrest.from_("books")
    assert (await books.select("id").eq("id", 2).single().execute()).data == {"id": 2}
    assert await books.select("id").eq("id", 99).maybe_single().execute() is None
    found = await books.select("id").eq("id", 2).maybe_single().execute()
    assert found.data == {"id": 2}
    with pytest.raises(APIError) as refused:
        await books.select("id").single().execute()
    assert (refused.value.code, refused.value.details) == ("PGRST116", "The result contains 5 rows")


async def test_it_calls_functions(postgrest):
    assert (await postgrest.rpc("add", {"a": 1, "b": 2}).execute()).data == 3
    assert (await postgrest.rpc("add", {"a": 1}, get=True).execute()).data == 11
    rows = postgrest.rpc("books_of", {"author": "Achebe"}, count=CountMethod.exact)
    response = await rows.select("id").order("id", desc=True).limit(1).execute()
    assert (response.data, response.count) == ([{"id": 5}], 2)
    one = postgrest.rpc("books_of", {"author": "Ngugi"}).select("title").single()
    assert (await one.execute()).data == {"title": "Petals of Blood"}
    array = await postgrest.rpc("echo_all", {"i": [1, 2], "ts": ["a,b"]}, get=True).execute()
    assert (array.data["i"], array.data["ts"]) == ([1, 2], ["a,b"])


async def test_it_understands_refusals(postgrest):
    with pytest.raises(APIError) as refused:
        await postgrest.from_("books").insert({"title": "x"}).execute()
    assert refused.value.code == "PGRST117"
    with pytest.raises(APIError) as refused:
        await postgrest.from_("books").select("titel").execute()
    assert (refused.value.code, refused.value.hint) == (
        "PGRST204",
        "Perhaps you meant the column 'title'",
    )


async def test_the_sync_client_works_as_well(base_url):
    def use() -> None:
        with SyncPostgrestClient(base_url) as client:
            assert client.from_("books").select("id").eq("id", 1).execute().data == [{"id": 1}]
            assert client.rpc("add", {"a": 2}).execute().data == 12

    await asyncio.to_thread(use)
