"""The package by itself: any PostgreSQL database over HTTP, with roles from tokens.

The role of a request is the `role` claim of its JWT, as PostgREST has it; without a token, or
without the claim, it is the anonymous one. https://docs.postgrest.org/en/v12/references/auth.html
"""

import asyncio
import csv
import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from typing import Annotated, Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode
from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_response
from sanic.exceptions import SanicException

from api.data.blueprint import TEXT, TolerantRequest, data_blueprint, refusal
from api.data.errors import DataError, from_postgresql
from api.data.fragment import identifier, join
from api.data.headers import OPENAPI
from api.data.limits import Limits
from api.data.loading import Keeper, load_catalogue
from api.data.openapi import describe
from api.data.requests import Service, Task
from api.data.running import CONNECTION_LOST, Answer, run, sqlstate_of
from api.data.tokens import read_token

LARGEST_BODY_BYTES = 1_000_000
MOST_DOCUMENTS = 32  # of OpenAPI, a role's each, that are kept
JSON_TYPE = "application/json; charset=utf-8"
CATALOGUE_WAIT_SECONDS = 10
CONNECTED_SECONDS = 10  # longest that a request waits for a connection
# A connection whose way is lost is ended by the kernel, also one that nothing was asked of.
CONNECTION: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
SET_ALL = "select set_config(name, value, true) from json_each_text(%s) as s (name, value)"
logger = logging.getLogger("api.data")


def _names(given: Any) -> Any:
    return next(csv.reader([given], skipinitialspace=True)) if isinstance(given, str) else given


# As in CSV, so that a name may have commas and quotes, which are read as JSON without `NoDecode`.
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]


class Settings(Limits):
    """What it is told."""

    database_url: str = Field(description="of a role that may become the others")
    schemas: Names = Field(description="as in CSV; the first is the default", min_length=1)
    anon_role: str = Field(description="of requests without a token")
    jwt_secret: str | None = Field(None, description="HS256; without it no token is accepted")
    extra_search_path: Names = Field(("public",), description="schemas, as in CSV")
    statement_timeout_ms: int = 30_000
    pool_size: int = 10
    plan_enabled: bool = Field(False, description="let requests see query plans")
    host: str = "127.0.0.1"
    port: int = 3000


def create_app(settings: Settings, name: str = "data") -> Sanic[Any, Any]:
    """The Sanic application."""
    app: Sanic[Any, Any] = Sanic(name, request_class=TolerantRequest)
    app.config.update(MOTD=False, AUTO_EXTEND=False)
    app.config.update(REQUEST_MAX_SIZE=LARGEST_BODY_BYTES, REQUEST_MAX_HEADER_SIZE=16_384)
    alone = _Alone(settings)
    app.blueprint(data_blueprint(lambda _request: alone.service, alone))
    app.before_server_start(alone.open)
    app.after_server_stop(alone.close)

    @app.exception(Exception)
    async def refuse(request: Request[Any, Any], error: Exception) -> HTTPResponse:
        told = _told(request, await refusal(request, error))
        return json_response(told.body(), told.status, told.headers, JSON_TYPE)

    @app.route("/", ["GET", "HEAD"], name="root")
    async def root(request: Request[Any, Any]) -> HTTPResponse:
        alone.identify(request)
        service = alone.service
        schema = service.schema("GET", request.headers)
        # Thousands of functions take seconds, in which others are answered.
        role = str(request.ctx.claims["role"])
        document = await asyncio.to_thread(alone.document, schema, role)
        headers = {"Content-Profile": schema} if len(service.catalogue.schemas) > 1 else {}
        return HTTPResponse(document, 200, headers, OPENAPI)

    @app.options("/", name="root_options")
    async def root_options(_request: Request[Any, Any]) -> HTTPResponse:
        return HTTPResponse(b"", 200, {"Allow": "OPTIONS,GET,HEAD"}, TEXT)

    return app


class _Alone:
    """The database of this process, and what of it is exposed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        options = CONNECTION | {"autocommit": True}
        self.pool = AsyncConnectionPool(
            settings.database_url,
            min_size=1,
            max_size=settings.pool_size,
            kwargs=options,
            check=AsyncConnectionPool.check_connection,
            timeout=CONNECTED_SECONDS,
            open=False,
        )
        self.streams = asyncio.Semaphore(max(1, settings.pool_size // 2))
        connect = partial(AsyncConnection.connect, settings.database_url, **options)
        self._keeper = Keeper(connect, self._load)

    async def open(self, *_: object) -> None:
        """Connect, and wait a moment for the catalogue."""
        await self.pool.open(wait=False)
        await self._keeper.open(CATALOGUE_WAIT_SECONDS)

    async def close(self, *_: object) -> None:
        """Let go of every connection."""
        await self._keeper.close()
        await self.pool.close()

    @property
    def service(self) -> Service:
        """What is exposed, and how.

        Raises:
            DataError: PGRST002 (503), the database has not been reached since the start.
        """
        if self._keeper.service is None:
            message = "Could not query the database for the schema cache. Retrying."
            raise DataError(503, "PGRST002", message, headers={"Retry-After": "1"})
        return self._keeper.service

    async def _load(self, connection: AsyncConnection[Any]) -> Service:
        settings = self.settings
        catalogue = await load_catalogue(
            connection, settings.schemas, search_path=settings.extra_search_path
        )
        service = Service(catalogue, settings, explains=settings.plan_enabled)
        document = partial(_document, service, settings.anon_role)
        self.document = lru_cache(MOST_DOCUMENTS)(document)
        return service

    def identify(self, request: Request[Any, Any], relation: str = "", function: str = "") -> None:  # noqa: ARG002 - a token is one for all
        """Read the token of a request, whatever it is about.

        Raises:
            DataError: it is not valid.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        bears = scheme.lower() == "bearer"
        claims = read_token(token.strip(), self.settings.jwt_secret) if bears else {}
        request.ctx.signed_in = "role" in claims
        request.ctx.claims = {"role": self.settings.anon_role} | claims

    async def execute(self, request: Request[Any, Any], task: Task) -> Answer:
        """Run a task as whoever sent the request."""
        async with self._begin(request, task) as connection:
            return await run(connection, task)

    @asynccontextmanager
    async def transaction(
        self, request: Request[Any, Any], task: Task
    ) -> AsyncIterator[AsyncConnection[Any]]:
        """A transaction for a stream; they leave half of the connections to others."""
        if self.streams.locked():
            message = "Too many large answers are on their way."
            raise DataError(503, "PGRST003", message, headers={"Retry-After": "1"})
        async with self.streams, self._begin(request, task) as connection:
            yield connection

    @asynccontextmanager
    async def _begin(
        self, request: Request[Any, Any], task: Task
    ) -> AsyncIterator[AsyncConnection[Any]]:
        """A transaction as whoever sent the request."""
        settings = json.dumps(self._transaction_settings(request, task))
        async with self.pool.connection() as connection, connection.transaction():
            await connection.execute(SET_ALL, [settings])
            yield connection

    def _transaction_settings(self, request: Request[Any, Any], task: Task) -> dict[str, str]:
        """The settings of a request's transaction, as PostgREST calls them."""
        schema = self.service.schema(request.method, request.headers)
        path = map(identifier, (schema, *self.settings.extra_search_path))
        zone = task.plan.preferences.timezone
        return {
            **({"transaction_read_only": "on"} if task.plan.read_only else {}),
            "search_path": join(", ", path).text,
            "statement_timeout": str(self.settings.statement_timeout_ms),
            "role": str(request.ctx.claims["role"]),
            "request.jwt.claims": json.dumps(request.ctx.claims),
            "request.method": request.method,
            "request.path": request.path,
            "request.headers": _written(
                one for one in request.headers.items() if one[0] != "cookie"
            ),
            "request.cookies": _written((name, one[0]) for name, one in request.cookies.items()),
            **({"timezone": zone} if zone else {}),
        }


def _document(service: Service, anonymous: str, schema: str, role: str) -> str:
    about = {"title": schema, "version": "1"}
    told = describe(service, schema=schema, anonymous=anonymous, role=role, **about)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _written(texts: Iterable[tuple[str, str]]) -> str:
    """JSON of texts; what was not UTF-8 came as lone surrogates, which PostgreSQL cannot read."""
    return json.dumps({name: text.encode(errors="replace").decode() for name, text in texts})


def _told(request: Request[Any, Any], error: Exception) -> DataError:
    if isinstance(error, DataError):
        return error
    if isinstance(error, PoolTimeout):
        return DataError(504, "PGRST003", "Timed out acquiring connection from connection pool.")
    if isinstance(error, psycopg.Error):
        code = sqlstate_of(error)
        if code == CONNECTION_LOST:
            return DataError(503, "PGRST001", "Database client error. Retrying the connection.")
        found = error.diag
        texts = (found.message_primary or str(error), found.message_detail, found.message_hint)
        anonymous = not getattr(request.ctx, "signed_in", False)
        return from_postgresql(code, *texts, anonymous=anonymous)
    if isinstance(error, SanicException):
        if error.status_code == 404:
            return DataError(404, "PGRST125", "Invalid path specified in request URL")
        headers = {str(name): str(value) for name, value in (error.headers or {}).items()}
        code = "PGRST117" if error.status_code == 405 else "PGRST100"
        return DataError(error.status_code, code, str(error), headers=headers)
    logger.error("a request failed", exc_info=error)
    return DataError(500, "PGRSTX00", "Internal error")
