"""`python -m bench.bare`: what there is to compare with.

A Sanic handler that does one psycopg `select … where id = $1` on a pool like the API's, and
nothing else: no token, no role, no rights, no dialect.
"""

from pathlib import Path
from typing import Any

from psycopg_pool import AsyncConnectionPool
from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_response

from config.environment import load_settings
from config.queries import load_queries

BARE = load_queries(Path(__file__).parent / "queries.sql")["bare"]


def create_app() -> Sanic[Any, Any]:
    """The bare application."""
    settings = load_settings()
    app: Sanic[Any, Any] = Sanic("bare")
    app.config.update(MOTD=False, AUTO_EXTEND=False)
    pool = AsyncConnectionPool(
        settings.require("database_url"),
        min_size=1,
        max_size=settings.database_pool_size,
        kwargs={"autocommit": True, "prepare_threshold": 2},
        open=False,
    )

    @app.before_server_start
    async def open_pool(_app: Sanic[Any, Any]) -> None:
        await pool.open()

    @app.get("/health/live")
    async def live(_request: Request[Any, Any]) -> HTTPResponse:
        return json_response({})

    @app.get("/wallets/<wallet_id:int>")
    async def wallet(_request: Request[Any, Any], wallet_id: int) -> HTTPResponse:
        async with pool.connection() as connection:
            cursor = await connection.execute(BARE, {"wallet_id": wallet_id})
            row = await cursor.fetchone()
        assert row is not None
        return json_response({"id": row[0], "account_number": row[1], "status": row[2]})

    return app


if __name__ == "__main__":
    found = load_settings()
    create_app().run(found.host, found.port, single_process=True, access_log=False, motd=False)
