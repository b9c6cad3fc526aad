"""Hand-written routes beside the generic ones, and the pieces that they use."""

import asyncio
import socket
from collections.abc import AsyncIterator
from itertools import count
from urllib.parse import urlsplit

import httpx
import pytest
from sanic import Blueprint, Request, text

from api.data.errors import DataError
from api.data.limits import Limits
from api.data.params import read_pairs, split_shape
from api.data.plan import Call
from api.data.requests import Service, read_task, values_task
from api.data.standalone import Settings, create_app

_numbers = count()  # Sanic wants a name of its own for each application


@pytest.fixture
async def own_url(shop_url: str) -> AsyncIterator[str]:
    """An application that has routes of its own under the same prefix."""
    settings = Settings(database_url=shop_url, schemas=("shop",), anon_role="shop_guest")
    app = create_app(settings, f"shop_{next(_numbers)}")
    # Sanic rewrites its own methods at start (touch up), which works once in a process only.
    app.config.TOUCHUP = False
    own = Blueprint("own")

    @own.post("/books")
    async def write(request: Request):
        return text("written", 201)

    @own.post("/shelfPlaces")
    async def write_places(request: Request):
        return text("written", 201)

    @own.get("/books/find")
    async def find(request: Request):
        return text("found")

    app.blueprint(own)
    listening = socket.create_server(("127.0.0.1", 0))
    server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
    await server.startup()
    await server.before_start()
    await server.after_start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    await server.before_stop()
    await server.close()
    await server.after_stop()


async def test_fixed_routes_go_first_and_do_not_hide_reading(own_url):
    async with httpx.AsyncClient(base_url=own_url) as client:
        assert (await client.post("/books", json={})).text == "written"
        assert (await client.get("/books?id=1&select=id")).json() == [{"id": 1}]
        assert (await client.head("/books?limit=2")).headers["content-range"] == "0-1/*"
        assert (await client.get("/shelfPlaces?limit=1")).status_code == 200
        assert (await client.post("/shelfPlaces")).text == "written"
        assert (await client.get("/books/find")).text == "found"
        response = await client.delete("/books")
        assert response.status_code == 405
        allowed = set(response.headers["allow"].replace(" ", "").split(","))
        assert allowed >= {"GET", "HEAD", "POST"}
        told = (await client.request("OPTIONS", "/books")).headers["allow"]
        assert told == "OPTIONS,GET,HEAD,POST"
        response = await client.request("GET", "/books?limit=1", json={})
        assert response.status_code == 200


def test_a_percent_encoded_path_is_only_a_name(client):
    response = client.get("/books%22%3B%20drop")
    assert (response.status_code, response.json()["code"]) == (404, "PGRST205")


@pytest.mark.parametrize("target", [b"/books?title=\xff", b"/bo\xffks", b"/books?%", b"/rpc/\xff"])
def test_raw_bytes_in_the_request_line_are_never_a_server_error(client, target):
    async def ask() -> int:
        where = urlsplit(str(client.base_url))
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        status = int((await reader.readline()).split()[1])
        writer.close()
        await writer.wait_closed()
        return status

    assert 400 <= asyncio.run(ask()) < 500


def test_a_hand_written_route_can_read_one_row(shop):
    accept = {"accept": "application/vnd.pgrst.object+json"}
    task = read_task(shop, "books", "GET", [("isbn", "0000000001")], accept)
    assert task.plan.exactly_one
    assert task.values()[0] == "0000000001"
    with pytest.raises(DataError):
        read_task(shop, "books", "GET", [("isb", "1")], accept)


def test_a_hand_written_route_can_call_a_function_by_values(shop):
    task = values_task(shop, "shop", "add", {"a": "1", "b": None})
    assert isinstance(task.plan.source, Call)
    assert task.values() == ["1", None]
    assert task.plan.read_only
    assert not values_task(shop, "shop", "ring_quietly", {}).plan.read_only
    with pytest.raises(DataError):
        values_task(shop, "shop", "add", {"c": "1"})


def test_queries_of_one_shape_share_their_plan_and_their_sql(shop: Service):
    def task(query: str):
        return read_task(shop, "books", "GET", read_pairs(query, shop.limits), {})

    one = task("id=in.(1,2,3)&title=not.like.a*&order=id&limit=5")
    other = task("id=in.(9)&title=not.like.*b&order=id&limit=5")
    assert one.plan is other.plan
    assert one.values()[:2] == ['{"1","2","3"}', "a%"]
    assert other.values()[:2] == ['{"9"}', "%b"]
    assert one.statement.text == other.statement.text


def test_no_value_of_a_client_stands_in_the_sql(shop: Service):
    query = "title=eq.needle&or=(title.like.needle*,id.in.(7,8))&extras->>needle=eq.needle"
    task = read_task(shop, "books", "GET", read_pairs(query, shop.limits), {})
    assert "needle" not in task.statement.text
    assert "needle" in task.values()


def test_a_value_that_a_check_lists_is_planned_for(shop: Service):
    def task(query: str):
        return read_task(shop, "covers", "GET", read_pairs(query, shop.limits), {})

    red, also_red, blue = task("colour=eq.red"), task("colour=red"), task("colour=eq.blue")
    assert red.statement.text.count("= 'red'") == also_red.statement.text.count("= 'red'") == 1
    assert not red.values()
    assert "blue" not in blue.statement.text
    assert blue.values() == ["blue"]


def test_pairs_are_decoded_once_and_kept_in_order():
    pairs = read_pairs("select=id&b=1&a=%2525+x&b=", Limits())
    assert pairs == [("select", "id"), ("b", "1"), ("a", "%25 x"), ("b", "")]
    shape, operands = split_shape(pairs)
    assert operands == ["1", "%25 x", ""]
    assert [name for name, _, _ in shape] == ["select", "b", "a", "b"]
