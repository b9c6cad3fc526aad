"""`/health` and `/metrics`, at the root: for whoever operates the service."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

from psycopg import Error as DatabaseError
from redis.exceptions import RedisError, ResponseError
from sanic import Blueprint, HTTPResponse, Request
from sanic import json as json_response

from api import metrics
from api.errors import ApiError, cause_of
from api.migration_plan import planned_changes
from api.routes import reading
from api.services import Services, one_row
from api.tx import THE_GATEKEEPER

PATIENCE_SECONDS = 3
COMMIT_SECONDS = 2
POOLS_TRANSACTIONS = "a pooler switches connections between transactions: it must pool sessions"
READ_ONLY = "cannot be written to: a replica, or read-only"
CONFIRMS_NOTHING = "does not confirm commits: a synchronous standby is away, or a disk hangs"
Checks = TypeVar("Checks")
blueprint = Blueprint("health")
logger = logging.getLogger("tekana.api")


@reading(blueprint, "/health/live")
async def live(_request: Request[Any, Any]) -> HTTPResponse:
    """Whether this process answers at all."""
    return json_response({"status": "live"})


@reading(blueprint, "/health/ready")
async def ready(request: Request[Any, Any]) -> HTTPResponse:
    """Whether requests can be served: PostgreSQL, Valkey and the schemas, each by asking it."""
    services: Services = request.app.ctx.services
    database, valkey = await asyncio.gather(_told(_database(services)), _told(_valkey(services)))
    told = database if isinstance(database, dict) else {"postgresql": database}
    checks = {"valkey": valkey, **told}
    is_ready = all(check == "ok" for check in checks.values())
    return json_response(
        {"status": "ready" if is_ready else "not ready", "checks": checks},
        status=200 if is_ready else 503,
        headers={} if is_ready else {"Retry-After": "1"},
    )


@reading(blueprint, "/metrics")
async def scrape(_request: Request[Any, Any]) -> HTTPResponse:
    """Counts and times of requests, of all processes together, in Prometheus's text format."""
    body, content_type = metrics.exposition()
    return HTTPResponse(body, 200, content_type=content_type)


async def _database(services: Services) -> dict[str, str]:
    # Where payments are posted: what can only be read is not ready.
    async with services.database.transaction(THE_GATEKEEPER, read_only=False) as connection:
        role, is_read_only = await one_row(connection, "connection_state")
        if role != THE_GATEKEEPER.role:
            return {"postgresql": POOLS_TRANSACTIONS}
        if is_read_only:
            return {"postgresql": READ_ONLY}
        (deployed,) = await one_row(connection, "deployed_changes")
        missing = await services.missing_schemas(connection)
    if not await _confirms_commits(services):
        return {"postgresql": CONFIRMS_NOTHING}
    pending = [change for change in planned_changes() if change not in deployed]
    migrations = "ok" if not pending else f"pending: {', '.join(pending)}"
    schemas = "ok" if not missing else f"missing: {', '.join(missing)}"
    return {"postgresql": "ok", "migrations": migrations, "schemas": schemas}


async def _confirms_commits(services: Services) -> bool:
    # Reading waits for nobody, and payments may wait for a standby: this writes as little as can be
    # waited for.
    try:
        async with (
            asyncio.timeout(COMMIT_SECONDS),
            services.database.connection(THE_GATEKEEPER, read_only=False) as connection,
        ):
            await one_row(connection, "commit_something")
    except TimeoutError:
        return False
    return True


async def _valkey(services: Services) -> str:
    try:
        # Signing in writes there: one that is full, or a copy for reading, is of no use.
        await services.valkey.set("readiness", "")
    except ResponseError:
        return "cannot be written"
    return "ok"


async def _told(check: Awaitable[Checks]) -> Checks | str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await check
    except ApiError as error:
        logger.warning("not ready", extra={"cause": cause_of(error)})
        return "does not match this version: see the log"
    except (DatabaseError, RedisError, TimeoutError) as error:
        logger.warning("not ready", extra={"cause": cause_of(error)})
        return "cannot be reached"
