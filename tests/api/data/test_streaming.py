"""Bodies that leave piece by piece, in memory that does not grow with them."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
import pytest

from api.data.requests import read_task
from api.data.running import count
from tests.api.data.conftest import serving
from tests.waiting import eventually

ROWS = 1_000_000


@pytest.mark.parametrize("accept", ["application/x-ndjson", "text/csv"])
def test_a_stream_has_all_rows_whatever_the_page(client, accept):
    response = client.get("/shelf_places?select=aisle,number", headers={"Accept": accept})
    lines = response.text.splitlines()
    assert len(lines) == 1500 + (accept == "text/csv")
    assert response.headers["content-range"] == "0-1499/*"
    few = client.get("/shelf_places?limit=1200&offset=10", headers={"Accept": accept})
    assert len(few.text.splitlines()) == 1200 + (accept == "text/csv")


def test_a_long_stream_does_not_know_where_it_ends(client):
    path, accept = "/rpc/many?rows=5000", {"Accept": "application/x-ndjson"}
    response = client.get(path, headers=accept)
    assert len(response.text.splitlines()) == 5000
    assert "content-range" not in response.headers
    counted = client.get(path, headers={**accept, "Prefer": "count=exact"})
    assert counted.headers["preference-applied"] == "count=exact"
    assert counted.headers["content-range"] == "*/5000"


async def test_nothing_is_asked_where_nobody_wants_a_count(shop, shop_url):
    task = read_task(shop, "books", "GET", [], {"accept": "text/csv"})
    connection = await psycopg.AsyncConnection.connect(shop_url)
    await connection.close()  # whatever is asked of it fails
    assert await count(connection, task) is None
    counted = read_task(shop, "books", "GET", [], {"accept": "text/csv", "prefer": "count=exact"})
    with pytest.raises(psycopg.OperationalError):
        await count(connection, counted)


def _resident(process: psutil.Process) -> int:
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])


def test_a_million_rows_leave_in_constant_memory(shop_url: str, tmp_path: Path):
    with serving(shop_url, tmp_path / "log", "--statement-timeout-ms", "60000") as url:
        port = urlsplit(url).port
        (process,) = {
            psutil.Process(one.pid)
            for one in psutil.net_connections("tcp")
            if one.status == "LISTEN" and one.laddr.port == port
        }
        httpx.get(f"{url}/rpc/many?rows=10000", headers={"Accept": "application/x-ndjson"})
        before, peak, lines = _resident(process), 0, 0
        accept = {"Accept": "application/x-ndjson"}
        with httpx.stream("GET", f"{url}/rpc/many?rows={ROWS}", headers=accept) as response:
            for number, piece in enumerate(response.iter_raw()):
                lines += piece.count(b"\n")
                if number % 50 == 0:
                    peak = max(peak, _resident(process))
        assert lines == ROWS
        # The body is some 40 MB; the server never had more than a few pieces of it.
        assert peak - before < 20_000_000, f"{peak - before} bytes more than before"


def test_a_client_that_goes_away_leaves_nothing_behind(client, shop_url):
    place = urlsplit(str(client.base_url))
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(
            b"GET /rpc/many?rows=1000000 HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    query = (
        "select count(*) from pg_stat_activity where datname = current_database() "
        "and state like 'idle in transaction%'"
    )
    with psycopg.connect(shop_url, autocommit=True) as database:
        eventually(lambda: not database.execute(query).fetchone()[0], 10, "the end of the stream")
    assert client.get("/books?limit=1").status_code == 200


def test_an_error_after_the_first_piece_cuts_the_connection(client):
    # The 3000th row divides by zero: the status is long sent by then.
    with client.stream("GET", "/breaking", headers={"Accept": "text/csv"}) as response:
        assert response.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            response.read()


def test_an_error_before_the_first_piece_is_an_error(client):
    response = client.get("/books?id=eq.x", headers={"Accept": "text/csv"})
    assert (response.status_code, response.json()["code"]) == (400, "22P02")
    response = client.get("/money_box", headers={"Accept": "text/csv"})
    assert response.status_code == 401
