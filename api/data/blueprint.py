"""The Sanic side: requests become tasks, and what they give becomes responses."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Protocol

from sanic import Blueprint, HTTPResponse, Request, Sanic
from sanic.compat import Header
from sanic.exceptions import BadURL, MethodNotAllowed, SanicException

from api.data.answers import respond
from api.data.calls import READING
from api.data.errors import DataError
from api.data.params import read_pairs
from api.data.requests import WISHES, Service, Task, allowed_methods, call_task, read_task
from api.data.running import Answer, open_stream

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SHAPING = (*WISHES, "accept-profile", "content-profile", "content-type")
SLOWEST_PIECE_SECONDS = 30  # that a client may take for a piece of a stream

TEXT = "text/plain; charset=utf-8"  # of an empty body: Sanic writes `None` for none

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse | None]]


class Transactions(Protocol):
    """What the application brings: transactions as whoever sent a request.

    One that must not write (`task.plan.read_only`) cannot.
    """

    def identify(self, request: Request[Any, Any], relation: str = "", function: str = "") -> None:
        """Raise when a request says who sent it and that is not so; it is told nothing else.

        Args:
            request: as it came.
            relation: that it is about, as its path has it.
            function: likewise.
        """

    async def execute(self, request: Request[Any, Any], task: Task) -> Answer:
        """`api.data.running.run` the task, and commit unless that raises."""

    def transaction(
        self, request: Request[Any, Any], task: Task
    ) -> AbstractAsyncContextManager[Any]:
        """A connection in a transaction, for a task that streams."""


def data_blueprint(
    get_service: Callable[[Request[Any, Any]], Service],
    transactions: Transactions,
    url_prefix: str = "",
) -> Blueprint:
    """Routes `/<relation>` and `/rpc/<function>` over whatever the catalogue holds.

    Other blueprints may have routes of their own under the same prefix, and go first. Where such a
    route takes `/wallets` for POST alone, GET and HEAD of it still read the relation. A DataError
    is raised, not answered: the application makes responses of errors.

    Args:
        get_service: the current catalogue, and how it is served.
        transactions: see `Transactions`.
        url_prefix: where the routes are; given here, not when the blueprint is registered.
    """
    blueprint = Blueprint("data", url_prefix=url_prefix)

    async def answer(request: Request[Any, Any], task: Task, asked: Asked) -> HTTPResponse | None:
        if task.plan.streams:
            async with transactions.transaction(request, task) as connection:
                found, pieces = await open_stream(connection, task)
                return await _send(request, asked.response(task, found), pieces)
        return asked.response(task, await transactions.execute(request, task))

    def read(request: Request[Any, Any], **names: str) -> Asked:
        transactions.identify(request, **names)
        return Asked(request, get_service(request))

    async def relation(request: Request[Any, Any], relation: str) -> HTTPResponse | None:
        asked = read(request, relation=relation)
        task = read_task(asked.service, relation, request.method, asked.pairs, asked.headers)
        return await answer(request, task, asked)

    async def function(request: Request[Any, Any], function: str) -> HTTPResponse | None:
        asked = read(request, function=function)
        method, pairs, headers = request.method, asked.pairs, asked.headers
        task = call_task(asked.service, function, method, pairs, headers, request.body)
        return await answer(request, task, asked)

    async def options(
        request: Request[Any, Any], also: Iterable[str] = (), **names: str
    ) -> HTTPResponse:
        asked = read(request, **names)
        allowed = [*allowed_methods(asked.service, asked.headers, **names), *also]
        return HTTPResponse(b"", 200, {"Allow": ",".join(allowed)}, TEXT)

    for path, handler in {"/<relation:str>": relation, "/rpc/<function:str>": function}.items():
        of = handler.__name__
        blueprint.add_route(handler, path, METHODS, name=of, unquote=True)
        blueprint.add_route(options, path, ["OPTIONS"], name=f"options_{of}", unquote=True)

    @blueprint.before_server_start
    async def read_beside_other_routes(app: Sanic[Any, Any]) -> None:
        add_reading(app, url_prefix, relation, options)

    return blueprint


class Bodiless(HTTPResponse):
    """The answer to HEAD: nobody knows how long a body is that was not made (RFC 9110, 8.6)."""

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        """As Sanic's, which has the length of what it is given."""
        self.headers.pop("content-length", None)
        return super().processed_headers


class Asked:
    """The parts of a request that shape its answer."""

    def __init__(self, request: Request[Any, Any], service: Service) -> None:
        self.service = service
        self.path = request.path
        self.pairs = read_pairs(request.query_string, service.limits)
        given = request.headers
        names = (*SHAPING, *service.header_arguments)
        # In lower case, and several lines of one header as one.
        self.headers = {name: ", ".join(given.getall(name)) for name in names if name in given}
        self.profile: list[tuple[str, str]] = []
        if len(service.catalogue.schemas) > 1:
            schema = service.schema(request.method, self.headers)
            self.profile.append(("Content-Profile", schema))

    def response(self, task: Task, answer: Answer) -> HTTPResponse:
        """What Sanic is to send."""
        status, told, body = respond(task.plan, answer, self.path, self.pairs)
        headers = Header(told + self.profile)
        kind = HTTPResponse if task.plan.body else Bodiless
        return kind(body, status, headers, headers.pop("content-type", TEXT))


async def _send(
    request: Request[Any, Any], response: HTTPResponse, pieces: AsyncIterator[bytes]
) -> HTTPResponse | None:
    """Send a body piece by piece, as fast as the client takes it; for HEAD, what is said of it.

    When that fails, the connection is cut, which tells the client that the body is not whole.
    """
    if isinstance(response, Bodiless):
        return response
    sent = await request.respond(response)
    try:
        async for piece in pieces:
            await asyncio.wait_for(sent.send(piece), SLOWEST_PIECE_SECONDS)
        await sent.eof()
    except BaseException:
        request.transport.abort()  # type: ignore[attr-defined]  # Sanic's type has too little
        raise
    return None


def add_reading(app: Sanic[Any, Any], url_prefix: str, relation: Handler, options: Handler) -> None:
    """Give GET, HEAD and OPTIONS of a relation back where a fixed route hides the general one.

    Sanic looks for a fixed path first, and answers 405 when that has no such method. The methods
    that are none of the relation get a route as well, which says so: without one, what lets pages
    of other origins call the service would not let them come as far as that answer.
    """
    prefix = url_prefix.strip("/")
    taken: dict[str, set[str]] = {}
    for route in app.router.routes:
        folder, _, name = route.path.rpartition("/")
        if folder == prefix and name and "<" not in name:
            taken.setdefault(name, set()).update(route.methods)

    async def beside(request: Request[Any, Any], name: str, methods: set[str]) -> Any:
        if request.method in READING:
            return await relation(request, name)
        if request.method == "OPTIONS":
            return await options(request, sorted(methods), relation=name)
        message = f"Method {request.method} not allowed for URL {request.path}"
        raise MethodNotAllowed(message, request.method, sorted({*methods, *READING, "OPTIONS"}))

    with app.amend():
        for name, methods in taken.items():
            if "GET" not in methods:
                handler = partial(beside, name=name, methods=methods)
                path = f"/{prefix}/{name}" if prefix else f"/{name}"
                app.add_route(handler, path, {*METHODS, "OPTIONS"} - methods, name=f"data_{name}")


async def refusal(request: Request[Any, Any], error: Exception) -> Exception:
    """What to answer where Sanic refuses a method and does not say which ones there are.

    So it does at the paths of relations and functions, which have several routes, for methods of
    none of them. The route of a method that nothing knows either says what it is: 405 or 404.

    Args:
        request: as it came.
        error: any; others are answered as they are.
    """
    if not isinstance(error, MethodNotAllowed) or error.allowed_methods:
        return error
    try:
        host = request.headers.get("host")
        _, handler, names = request.app.router.get(request.path, "DELETE", host)
        await handler(request, **names)
    except (DataError, SanicException) as refused:
        return refused
    return error


# Sanic makes requests of this method for itself, to tell of one that it could not make.
SANICS_OWN = "NONE"
NOWHERE = b"*"


class TolerantRequest(Request[Any, Any]):
    """A request that is refused once for its target.

    Sanic's own fails again where the error is told, for the same target (Sanic 25.12): the client
    gets no answer, and the log a traceback.
    """

    def __init__(self, url_bytes: bytes, *arguments: Any, **named: Any) -> None:
        """As Sanic's.

        Raises:
            BadURL: the target is no URL, and the request not Sanic's own.
        """
        try:
            super().__init__(url_bytes, *arguments, **named)
        except BadURL:
            if named.get("method") != SANICS_OWN:
                raise BadURL("the target of the request is no URL") from None
            super().__init__(NOWHERE, *arguments, **named)
