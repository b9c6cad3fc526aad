"""The Sanic side: requests become statements, and what they give becomes responses."""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Protocol

from sanic import Blueprint, HTTPResponse, Request, Sanic

from api.data.answers import respond
from api.data.catalogue import Catalogue
from api.data.params import read_pairs
from api.data.plan import Plan
from api.data.render import Statement, render
from api.data.requests import NO_ARGUMENTS, READING, plan_function, plan_relation
from api.data.running import Answer

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Execute(Protocol):
    """What the application brings: a transaction as whoever sent the request.

    It calls `api.data.running.run` on a connection of its own choice and commits unless that
    raises. `read_only`: the transaction is to be one that cannot write.
    """

    async def __call__(
        self, request: Request[Any, Any], statement: Statement, *, read_only: bool
    ) -> Answer:
        """Run the statement for the request."""


def data_blueprint(
    get_catalogue: Callable[[Request[Any, Any]], Catalogue],
    execute: Execute,
    *,
    name: str = "data",
    url_prefix: str = "",
    header_arguments: Mapping[str, str] = NO_ARGUMENTS,
) -> Blueprint:
    """Routes `/<relation>` and `/rpc/<function>` over whatever the catalogue holds.

    Other blueprints may have routes of their own under the same prefix, and go first. Where such a
    route takes `/wallets` for POST alone, GET and HEAD of it still read the relation. A DataError
    is raised, not answered: the application makes responses of errors.

    Args:
        get_catalogue: the current catalogue.
        execute: runs a statement, see `Execute`.
        name: of the blueprint.
        url_prefix: where the routes are; given here, not when the blueprint is registered.
        header_arguments: see `api.data.requests.with_headers`.
    """
    blueprint = Blueprint(name, url_prefix=url_prefix)

    async def answer(request: Request[Any, Any], plan: Plan) -> HTTPResponse:
        found = await execute(request, render(plan), read_only=plan.read_only)
        made = respond(plan, found, request.path, read_pairs(request.query_string))
        return HTTPResponse(made.body, made.status, made.headers, made.headers.get("Content-Type"))

    async def relation(request: Request[Any, Any], relation: str) -> HTTPResponse:
        pairs = read_pairs(request.query_string)
        plan = plan_relation(
            get_catalogue(request), relation, request.method, pairs, request.headers
        )
        return await answer(request, plan)

    async def function(request: Request[Any, Any], function: str) -> HTTPResponse:
        pairs = read_pairs(request.query_string)
        plan = plan_function(
            get_catalogue(request),
            function,
            request.method,
            pairs,
            request.headers,
            request.body,
            header_arguments,
        )
        return await answer(request, plan)

    blueprint.add_route(relation, "/<relation:str>", METHODS, name="relation", unquote=True)
    blueprint.add_route(function, "/rpc/<function:str>", METHODS, name="function", unquote=True)

    @blueprint.before_server_start
    async def read_beside_other_routes(app: Sanic[Any, Any]) -> None:
        add_reading(app, url_prefix, relation)

    return blueprint


def add_reading(
    app: Sanic[Any, Any],
    url_prefix: str,
    handler: Callable[..., Coroutine[Any, Any, HTTPResponse]],
) -> None:
    """Give GET and HEAD of a relation back where a fixed route hides the general one.

    Sanic looks for a fixed path first, and answers 405 when that has no such method.
    """
    prefix = url_prefix.strip("/")
    taken: dict[str, set[str]] = {}
    for route in app.router.routes:
        folder, _, name = route.path.rpartition("/")
        if folder == prefix and name and "<" not in name:
            taken.setdefault(name, set()).update(route.methods)
    with app.amend():
        for name, methods in taken.items():
            if "GET" not in methods:
                app.add_route(
                    partial(handler, relation=name),
                    f"/{prefix}/{name}" if prefix else f"/{name}",
                    methods=[method for method in READING if method not in methods],
                    name=f"data_read_{name}",
                )
