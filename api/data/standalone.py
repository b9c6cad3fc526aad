"""The package by itself: any PostgreSQL database over HTTP, with roles from tokens.

The role of a request is the `role` claim of its JWT, as PostgREST has it; without a token, or
without the claim, it is the anonymous one. https://docs.postgrest.org/en/v12/references/auth.html
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_response
from sanic.exceptions import SanicException

from api.data.blueprint import TEXT, data_blueprint
from api.data.calls import READING
from api.data.catalogue import Catalogue
from api.data.errors import DataError, from_postgresql
from api.data.limits import Limits
from api.data.loading import follow_schema, load_catalogue
from api.data.openapi import describe
from api.data.requests import Service, Task
from api.data.running import CONNECTION_LOST, Answer, run, sqlstate_of
from api.data.tokens import read_token

LARGEST_BODY_BYTES = 1_000_000
JSON_TYPE = "application/json; charset=utf-8"
logger = logging.getLogger("api.data")


@dataclass(frozen=True)
class Settings:
    """What it is told."""

    database_url: str
    schemas: tuple[str, ...]
    anon_role: str
    jwt_secret: str | None = None
    extra_search_path: tuple[str, ...] = ("public",)
    limits: Limits = field(default_factory=Limits)
    statement_timeout_ms: int = 30_000
    pool_size: int = 10
    plan_enabled: bool = False


def create_app(settings: Settings, name: str = "data") -> Sanic[Any, Any]:
    """The Sanic application."""
    app: Sanic[Any, Any] = Sanic(name)
    app.config.update(MOTD=False, AUTO_EXTEND=False, REQUEST_MAX_HEADER_SIZE=16_384)
    app.config.REQUEST_MAX_SIZE = LARGEST_BODY_BYTES
    app.ctx.alone = _Alone(settings)
    app.blueprint(data_blueprint(_service, app.ctx.alone))

    @app.before_server_start
    async def open_pool(app: Sanic[Any, Any]) -> None:
        await app.ctx.alone.open()

    @app.after_server_stop
    async def close_pool(app: Sanic[Any, Any]) -> None:
        await app.ctx.alone.close()

    @app.exception(Exception)
    async def refuse(request: Request[Any, Any], error: Exception) -> HTTPResponse:
        told = _told(request, error)
        return json_response(told.body(), told.status, told.headers, JSON_TYPE)

    @app.route("/", ["GET", "HEAD"], name="root")
    async def root(request: Request[Any, Any]) -> HTTPResponse:
        app.ctx.alone.identify(request)
        service = _service(request)
        schema = service.schema(request.headers.get("accept-profile"))
        document = describe(service, schema=schema, title=schema, version="1")
        headers = {"Content-Profile": schema} if len(service.catalogue.schemas) > 1 else {}
        return json_response(
            document, headers=headers, content_type="application/openapi+json; charset=utf-8"
        )

    @app.options("/", name="root_options")
    async def root_options(_request: Request[Any, Any]) -> HTTPResponse:
        return HTTPResponse(b"", 200, {"Allow": "OPTIONS,GET,HEAD"}, TEXT)

    return app


def _service(request: Request[Any, Any]) -> Service:
    alone: _Alone = request.app.ctx.alone
    return alone.service


class _Alone:
    """The database of this process, and what of it is exposed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pool = AsyncConnectionPool(
            settings.database_url,
            min_size=1,
            max_size=settings.pool_size,
            kwargs={"autocommit": True},
            check=AsyncConnectionPool.check_connection,
            open=False,
        )
        self.streams = asyncio.Semaphore(max(1, settings.pool_size // 2))
        self._service: Service | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._loaded = asyncio.Event()

    async def open(self) -> None:
        """Connect, and wait a moment for the catalogue."""
        await self.pool.open(wait=False)
        self._keeping = asyncio.create_task(self._keep_catalogue())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._loaded.wait(), 10)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._keeping is not None:
            self._keeping.cancel()
        await self.pool.close()

    @property
    def service(self) -> Service:
        """What is exposed, and how.

        Raises:
            DataError: PGRST002 (503), the database has not been reached since the start.
        """
        if self._service is None:
            message = "Could not query the database for the schema cache. Retrying."
            raise DataError(503, "PGRST002", message, headers={"Retry-After": "1"})
        return self._service

    async def _keep_catalogue(self) -> None:
        async def connect() -> AsyncConnection[Any]:
            return await AsyncConnection.connect(self.settings.database_url, autocommit=True)

        while True:
            try:
                await follow_schema(connect, self._reload)
            except Exception as error:  # noqa: BLE001 - whatever it is, it may be mended
                logger.warning("the schema cannot be read, trying again: %r", error)
            await asyncio.sleep(1)

    async def _reload(self) -> None:
        async with self.pool.connection() as connection:
            catalogue = await self._load(connection)
        limits, explains = self.settings.limits, self.settings.plan_enabled
        self._service = Service(catalogue, limits, explains=explains)
        self._loaded.set()

    async def _load(self, connection: AsyncConnection[Any]) -> Catalogue:
        settings = self.settings
        roles = await connection.execute("select rolname from pg_catalog.pg_roles")
        return await load_catalogue(
            connection,
            settings.schemas,
            [name for (name,) in await roles.fetchall()],
            settings.extra_search_path,
        )

    def identify(self, request: Request[Any, Any]) -> None:
        """Read the token of a request.

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
        texts = self._introduction(request, task)
        async with self.pool.connection() as connection, connection.transaction():
            if task.plan.read_only:
                await connection.execute("set transaction read only")
            set_all = ", ".join(
                f"set_config(${2 * n + 1}, ${2 * n + 2}, true)" for n in range(len(texts))
            )
            flat = [text for pair in texts.items() for text in pair]
            await AsyncRawCursor(connection).execute(f"select {set_all}".encode(), flat)
            yield connection

    def _introduction(self, request: Request[Any, Any], task: Task) -> dict[str, str]:
        """The settings of a request's transaction, as PostgREST calls them."""
        asked = "accept-profile" if request.method in READING else "content-profile"
        schema = self.service.schema(request.headers.get(asked))
        path = [schema, *self.settings.extra_search_path]
        quoted = ['"' + name.replace('"', '""') + '"' for name in path]
        texts = {
            "search_path": ", ".join(quoted),
            "statement_timeout": str(self.settings.statement_timeout_ms),
            "role": str(request.ctx.claims["role"]),
            "request.jwt.claims": json.dumps(request.ctx.claims),
            "request.method": request.method,
            "request.path": request.path,
            "request.headers": _written(
                one for one in request.headers.items() if one[0] != "cookie"
            ),
            "request.cookies": _written((name, one[0]) for name, one in request.cookies.items()),
        }
        if task.plan.preferences.timezone:
            texts["timezone"] = task.plan.preferences.timezone
        return texts


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
        return from_postgresql(
            code,
            found.message_primary or str(error),
            found.message_detail,
            found.message_hint,
            anonymous=not getattr(request.ctx, "signed_in", False),
        )
    if isinstance(error, SanicException):
        if error.status_code == 404:
            return DataError(404, "PGRST125", "Invalid path specified in request URL")
        headers = {str(name): str(value) for name, value in (error.headers or {}).items()}
        code = "PGRST117" if error.status_code == 405 else "PGRST100"
        return DataError(error.status_code, code, str(error), headers=headers)
    logger.error("a request failed", exc_info=error)
    return DataError(500, "PGRSTX00", "Internal error")
