"""What lets pages of other origins call the API from a browser (CORS), by Sanic Extensions."""

import re
from typing import Any

from sanic import HTTPResponse, Request, Sanic

from api.requests import METHODS

RESPONSE_HEADERS = (
    "content-profile",
    "content-range",
    "idempotency-replayed",
    "link",
    "location",
    "preference-applied",
    "retry-after",
    "x-request-id",
)
HEADER_NAMES = re.compile(r"[\w!#$%&'*+.^`|~-]+(,[\w!#$%&'*+.^`|~-]+)*", re.ASCII)


def let_pages_call(app: Sanic[Any, Any], origins: str) -> None:
    """Let pages of some origins call the API; they are named, and cookies play no part."""
    from sanic_ext import Extend

    app.config.OAS = False  # documentation is made from the catalogue
    app.config.CORS_ORIGINS = origins
    app.config.CORS_ALLOW_HEADERS = []  # see below
    app.config.CORS_EXPOSE_HEADERS = list(RESPONSE_HEADERS)
    app.config.CORS_MAX_AGE = 600
    Extend(app)
    app.on_response(_complete)  # type: ignore[no-untyped-call]


def _complete(request: Request[Any, Any], response: HTTPResponse) -> None:
    # Of answers to other origins too, of which the extension does not say it.
    response.headers["vary"] = "origin"
    if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
        # Whatever is wrong, the page is told when it asks: of a preflight that is refused it would
        # learn nothing but that.
        response.status, response.body = 200, b""
        response.headers.setdefault("access-control-allow-methods", ",".join(METHODS))
        # Any header, as PostgREST does: what monitoring adds to each request is not for us to know.
        wanted = request.headers.get("access-control-request-headers", "").replace(" ", "")
        if HEADER_NAMES.fullmatch(wanted):
            response.headers["access-control-allow-headers"] = wanted
