"""What is done with every request: its id, who is asking, and its one line in the log."""

import logging
import re
import secrets
import time

from sanic import HTTPResponse, Request

from api import metrics
from api.errors import CHALLENGE, ApiError
from api.tokens import Tokens
from api.tx import SOMEBODY, Actor

# Ours, or the caller's when it cannot be mistaken for anything else in a log.
WELL_FORMED_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
logger = logging.getLogger("tekana.api.access")


async def begin_request(request: Request) -> None:
    """Middleware: give the request its id and its start."""
    given = request.headers.getall("x-request-id", [])
    well_formed = len(given) == 1 and WELL_FORMED_ID.fullmatch(given[0])
    request.ctx.request_id = given[0] if well_formed else secrets.token_hex(16)
    request.ctx.started = time.perf_counter()
    request.ctx.actor = None
    request.ctx.response_headers = {}


async def end_request(request: Request, response: HTTPResponse) -> None:
    """Middleware: answer with the id and write the line."""
    request_id = getattr(request.ctx, "request_id", None) or secrets.token_hex(16)
    response.headers["X-Request-ID"] = request_id
    # What functions of the database said about the response.
    response.headers.update(getattr(request.ctx, "response_headers", {}))
    started = getattr(request.ctx, "started", None)
    seconds = time.perf_counter() - started if started else 0.0
    # The route, not the path and its query string: those hold phone numbers and addresses.
    route = request.route.path if request.route else "-"
    metrics.observe(request.method, route, response.status, seconds)
    actor = getattr(request.ctx, "actor", None)
    logger.info(
        "request",
        extra={
            "request_id": request_id,
            "method": request.method,
            "route": route,
            "status": response.status,
            "duration_ms": round(seconds * 1000, 2),
            "bytes": len(response.body or b""),
            "role": actor.role if actor else None,
            "user_id": actor.claims.get("sub") if actor else None,
        },
    )


def who_asks(request: Request, tokens: Tokens) -> Actor:
    """Who a request's Authorization header says is asking; somebody unknown without one.

    Raises:
        ApiError: 401, there is a header and it does not hold a valid token (RFC 6750).
    """
    actor: Actor | None = request.ctx.actor
    if actor is None:
        header = request.headers.getall("authorization", [])
        if not header:
            actor = SOMEBODY
        else:
            scheme, _, token = header[0].partition(" ")
            if len(header) > 1 or scheme.lower() != "bearer" or not token.strip():
                raise ApiError(
                    401,
                    "NAUTH",
                    "the Authorization header is not 'Bearer <token>'",
                    hint="Sign in, and send the token that you get.",
                    headers=CHALLENGE,
                )
            actor = tokens.read(token.strip())
        request.ctx.actor = actor
    return actor


def signed_in(request: Request, tokens: Tokens) -> Actor:
    """Who is asking, who must be signed in.

    Raises:
        ApiError: 401, nobody is.
    """
    actor = who_asks(request, tokens)
    if actor is SOMEBODY:
        raise ApiError(
            401,
            "NAUTH",
            "this is for people who are signed in",
            hint="Sign in with POST /api/v1/customers/login.",
            headers=CHALLENGE,
        )
    return actor
