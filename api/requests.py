"""What is done with every request: its id, who is asking, and its one line in the log."""

import logging
import re
import secrets
import time
from itertools import count

from sanic import HTTPResponse, Request
from sanic.http import Http

from api import metrics
from api.data.catalogue import Function
from api.errors import ApiError, not_signed_in
from api.tokens import Tokens
from api.tx import SOMEBODY, Actor
from config.logs import PlainLines

# What a request is counted under: a client may call its method anything.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Which of two of these would count is anybody's guess; of two lengths Sanic takes none.
SINGLE_HEADERS = ("authorization", "idempotency-key")
# Reading a body keeps everybody else waiting, and strangers have nothing long to say.
LARGEST_BODY_OF_A_STRANGER = 65_536
# Ours, or the caller's when it cannot be mistaken for anything else in a log.
WELL_FORMED_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
PROCESS_ID = secrets.token_hex(8)
_numbers = count(secrets.randbits(32))
access_log = PlainLines(
    logging.getLogger("tekana.api.access"),
    "api",
    ("request_id", "method", "route", "status", "duration_ms", "bytes", "role", "user_id"),
)


async def begin_request(request: Request) -> None:
    """Middleware: give the request its id and its start."""
    given = request.headers.get("x-request-id") or ""
    request.ctx.request_id = given if WELL_FORMED_ID.fullmatch(given) else _fresh_id()
    request.ctx.started = time.perf_counter()
    request.ctx.actor = None
    _check_headers(request)


def note_function(request: Request, function: Function) -> None:
    """Note what a request calls: who tells of an error knows by it whether a key helps."""
    known = {parameter.name for parameter in function.parameters}
    request.ctx.takes_a_key = "idempotency_key" in known


def _fresh_id() -> str:
    """Unlike any other: half of it is this process's own, half counts its requests."""
    return f"{PROCESS_ID}{next(_numbers):016x}"


def _check_headers(request: Request) -> None:
    """Refuse headers that nothing behind us could read as text, or that contradict each other.

    Raises:
        ApiError: 400, naming the header.
    """
    for name, value in request.headers.items():
        # Bytes that are not UTF-8 arrive as lone surrogates, which are not printable either.
        if not (name + value).replace("\t", " ").isprintable():
            shown = name if name.isascii() and name.isprintable() else "a header"
            raise ApiError("INVAL", "a header cannot be read", f"{shown}: is not plain text")
    for name in SINGLE_HEADERS:
        if len(request.headers.getall(name, [])) > 1:
            raise ApiError("INVAL", "a header is repeated", f"{name}: is given more than once")


async def end_request(request: Request, response: HTTPResponse) -> None:
    """Middleware: answer with the id and write the line."""
    request_id = getattr(request.ctx, "request_id", None) or _fresh_id()
    response.headers["X-Request-ID"] = request_id
    if request.app.ctx.is_stopping and isinstance(request.stream, Http):
        request.stream.keep_alive = False
    started = getattr(request.ctx, "started", None)
    seconds = time.perf_counter() - started if started else 0.0
    # The route, not the path and its query string: those hold phone numbers and addresses.
    route = request.route.path if request.route else "-"
    method = request.method if request.method in METHODS else "other"
    metrics.observe(method, route, response.status, seconds)
    actor = getattr(request.ctx, "actor", None)
    access_log.info(
        "request",
        request_id,
        method,
        route,
        response.status,
        round(seconds * 1000, 2),
        len(response.body or b""),
        actor.role if actor else None,
        actor.claims.get("sub") if actor else None,
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
            if scheme.lower() != "bearer" or not token.strip():
                raise ApiError(
                    "NAUTH",
                    "the Authorization header is not 'Bearer <token>'",
                    hint="Sign in, and send the token you receive.",
                )
            actor = tokens.read(token.strip())
        request.ctx.actor = actor
    return actor


def check_body_of_stranger(request: Request) -> None:
    """Refuse the body of somebody who is not signed in before it is read.

    Raises:
        ApiError: 413, it is larger than any that they could need.
    """
    if len(request.body) > LARGEST_BODY_OF_A_STRANGER:
        raise ApiError("LARGE", "the body is larger than 64 KB")


def signed_in(request: Request, tokens: Tokens) -> Actor:
    """Who is asking, who must be signed in.

    Raises:
        ApiError: 401, nobody is.
    """
    actor = who_asks(request, tokens)
    if actor is SOMEBODY:
        raise not_signed_in()
    return actor
