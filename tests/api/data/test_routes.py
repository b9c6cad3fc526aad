"""The general routes live beside hand-written ones, and bad requests on the wire are answered."""

import asyncio
from urllib.parse import urlsplit

import httpx
import pytest
from sanic import Blueprint, Request, Sanic
from sanic.response import text

from api.data.bodies import parse_body
from api.data.errors import DataError
from api.data.params import parse_query
from api.data.plan import Call
from api.data.render import render
from api.data.requests import plan_one, plan_values


@pytest.fixture
def app(app: Sanic) -> Sanic:
    own = Blueprint("own", url_prefix="/api/v1")

    @own.post("/books")
    async def write(request: Request):
        return text("written", 201)

    @own.post("/shelfPlaces")
    async def write_place(request: Request):
        return text("written", 201)

    @own.get("/books/find")
    async def find(request: Request):
        return text("found")

    @own.get("/openapi.json")
    async def document(request: Request):
        return text("document")

    app.blueprint(own)
    return app


async def test_a_route_for_post_does_not_hide_reading_of_the_same_path(client):
    assert (await client.post("/books", json={})).text == "written"
    assert (await client.get("/books?id=1&select=id")).json() == [{"id": 1}]
    assert (await client.head("/books?limit=2")).headers["content-range"] == "0-1/*"
    assert (await client.get("/shelfPlaces?limit=1")).status_code == 200
    assert (await client.post("/shelfPlaces")).text == "written"


async def test_405_tells_the_methods_of_both(client):
    response = await client.delete("/books")
    assert response.status_code == 405
    assert set(response.headers["allow"].replace(" ", "").split(",")) == {"GET", "HEAD", "POST"}


async def test_hand_written_routes_go_first(client):
    assert (await client.get("/books/find")).text == "found"
    assert (await client.get("/openapi.json")).text == "document"


async def test_a_percent_encoded_path_is_only_a_name(client):
    response = await client.get("/books%22%3B%20drop")
    assert (response.status_code, response.json()["code"]) == (404, "PGRST205")


@pytest.mark.parametrize("target", [b"/books?title=\xff", b"/bo\xffks", b"/books?%", b"/rpc/\xff"])
async def test_raw_bytes_in_the_request_line_are_never_a_server_error(base_url, target):
    where = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(b"GET /api/v1" + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    assert 400 <= status < 500


def test_a_hand_written_route_can_read_one_row(catalogue):
    plan = plan_one(catalogue, "books", [("isbn", "0000000001")])
    statement = render(plan)
    assert statement.exactly_one
    assert statement.values[0] == "0000000001"
    with pytest.raises(DataError):
        plan_one(catalogue, "books", [("isb", "1")])


def test_a_hand_written_route_can_call_a_function_by_its_body(catalogue):
    plan = plan_values(catalogue, "add", parse_body(b'{"a": 1}') | {"b": 2})
    assert isinstance(plan.source, Call)
    assert plan.source.arguments == (("a", "1"), ("b", "2"))


def test_what_cannot_write_is_told_apart_from_what_can(catalogue):
    assert plan_one(catalogue, "books", [("id", "1")]).read_only
    assert plan_values(catalogue, "add", {"a": 1}).read_only
    assert not plan_values(catalogue, "ring_quietly", {}).read_only


def test_equal_shapes_give_equal_sql(catalogue):
    def sql(query: list[tuple[str, str]]) -> str:
        return render(plan_one(catalogue, "books", query)).text

    one = sql([("id", "in.(1,2,3)"), ("limit", "5"), ("offset", "1")])
    assert one == sql([("id", "in.(9)"), ("limit", "700"), ("offset", "12345")])
    assert parse_query([]).limit is None


async def test_a_client_that_sends_a_body_with_get_is_answered(client: httpx.AsyncClient):
    response = await client.request("GET", "/books?limit=1", json={})
    assert response.status_code == 200
