"""The documentation: OpenAPI from the live catalogue, and a page that needs no network."""

from pathlib import Path
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, html
from sanic import json as json_response

from api.documentation import document
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
blueprint = Blueprint("docs")
blueprint.static("/docs/assets", ASSETS, name="assets")


@blueprint.get("/api/v1/openapi.json")
async def openapi(request: Request[Any, Any]) -> HTTPResponse:
    """The OpenAPI document."""
    services: Services = request.app.ctx.services
    return json_response(document(services.catalogue))


@blueprint.get("/docs")
@blueprint.get("/api/v1/docs", name="docs_beside_the_api")
async def page(_request: Request[Any, Any]) -> HTTPResponse:
    """Swagger UI."""
    return html(PAGE, headers={"Content-Security-Policy": POLICY})


@blueprint.get("/docs/page.js")
async def script(_request: Request[Any, Any]) -> HTTPResponse:
    """What starts Swagger UI; a file of its own, so that no script stands in the page."""
    return HTTPResponse(SCRIPT, content_type="text/javascript")
