"""The documentation: OpenAPI from the live catalogue, and a page that needs no network."""

from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, NotFound, Request, html
from sanic import json as json_response

from api.data.headers import OPENAPI
from api.data.openapi import Document
from api.documentation import document
from api.routes import reading
from api.services import Services

ASSETS = Path(__file__).parents[1] / "static" / "swagger-ui"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tekana API</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/page.js"></script>
</body>
</html>
"""
SCRIPT = """SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null
});
"""
# Nothing from anywhere else: the page works offline, and nothing else works in it. Swagger UI
# styles by attributes and shows its icons from data: addresses.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CONTENT_TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
# All that there is, read once: no path of a client ever reaches the file system.
FILES = {
    path.name: (path.read_bytes(), CONTENT_TYPES[path.suffix])
    for path in ASSETS.iterdir()
    if path.suffix in CONTENT_TYPES
}
blueprint = Blueprint("docs")


@reading(blueprint, "/api/v1/openapi.json")
async def openapi(request: Request[Any, Any]) -> HTTPResponse:
    """The OpenAPI document."""
    return json_response(_document(request))


@reading(blueprint, "/api/v1")
async def root(request: Request[Any, Any]) -> HTTPResponse:
    """The same, where clients of PostgREST look for it."""
    return json_response(_document(request), content_type=OPENAPI)


def _document(request: Request[Any, Any]) -> Document:
    services: Services = request.app.ctx.services
    service = services.service
    return document(service, service.schema("GET", request.headers))


@reading(blueprint, "/docs")
@reading(blueprint, "/api/v1/docs", "docs_beside_the_api")
async def page(_request: Request[Any, Any]) -> HTTPResponse:
    """Swagger UI."""
    return html(PAGE, headers={"Content-Security-Policy": POLICY})


@reading(blueprint, "/docs/assets/<name:str>")
async def asset(_request: Request[Any, Any], name: str) -> HTTPResponse:
    """A file of Swagger UI."""
    if name not in FILES:
        raise NotFound
    body, content_type = FILES[name]
    return HTTPResponse(body, 200, {"Cache-Control": "max-age=86400"}, content_type)


@reading(blueprint, "/docs/page.js")
async def script(_request: Request[Any, Any]) -> HTTPResponse:
    """What starts Swagger UI; a file of its own, so that no script stands in the page."""
    return HTTPResponse(SCRIPT, content_type="text/javascript")
