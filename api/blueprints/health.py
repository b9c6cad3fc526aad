"""`/health` and `/metrics`, at the root: for whoever operates the service."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from psycopg import Error as DatabaseError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError
from sanic import Blueprint, HTTPResponse, Request
from sanic import json as json_response

from api import metrics
from api.migration_plan import planned_changes
from api.routes import reading
from api.services import Services, run_query
from api.tx import THE_GATEKEEPER

PATIENCE_SECONDS = 3
Checks = TypeVar("Checks")
blueprint = Blueprint("health")


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
    async with services.database.transaction(THE_GATEKEEPER, read_only=True) as connection:
        row = await run_query(connection, "deployed_changes")
        missing = await services.missing_schemas(connection)
    deployed = set(row[0]) if row else set()
    pending = [change for change in planned_changes() if change not in deployed]
    migrations = "ok" if not pending else f"pending: {', '.join(pending)}"
    schemas = "ok" if not missing else f"missing: {', '.join(missing)}"
    return {"postgresql": "ok", "migrations": migrations, "schemas": schemas}


async def _valkey(services: Services) -> str:
    await services.valkey.get("readiness")  # any command that cannot be answered without it
    return "ok"


async def _told(check: Awaitable[Checks]) -> Checks | str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await check
    except (DatabaseError, PoolTimeout, RedisError, TimeoutError, OSError):
        return "cannot be reached"
