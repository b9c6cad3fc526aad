"""`POST` on the relations that grow by a function: wallets, transactions, types and rules."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.compat import Header

from api.data.answers import respond
from api.data.calls import GIVEN_TWICE, from_headers
from api.data.catalogue import Function, Kind
from api.data.headers import Media, parse_accept
from api.data.requests import values_task
from api.errors import ApiError, bad_fields, not_allowed
from api.execution import RequestTransactions
from api.fields.bodies import Problems, Unreadable, parse_body
from api.fields.checking import missing_arguments, read_arguments
from api.queries import QUERIES
from api.requests import note_function, signed_in
from api.services import HEADER_ARGUMENTS, Services
from api.teller import ask_on
from api.tx import THE_GATEKEEPER
from config.settings import OWN_SCHEMA

PREFIX = "/api/v1"
JSON = "application/json; charset=utf-8"
REPRESENTATION = "return=representation"
blueprint = Blueprint("creation", url_prefix=PREFIX)


Arguments = Mapping[str, str | None]
Made = tuple[bytes, Header]  # the new row as JSON, and headers


async def _by_its_function(request: Request[Any, Any], function: str, arguments: Arguments) -> Made:
    services: Services = request.app.ctx.services
    task = values_task(services.service, OWN_SCHEMA, function, arguments)
    answer = await RequestTransactions().execute(request, task)
    _, told, body = respond(task.plan, answer, request.path)
    headers = Header(told)
    del headers["content-range"]
    return body, headers


async def _by_the_teller(request: Request[Any, Any], _function: str, arguments: Arguments) -> Made:
    services: Services = request.app.ctx.services
    posted = await services.teller.post(signed_in(request, services.tokens), arguments)
    replayed = posted.is_replayed and arguments.get("idempotency_key")
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    if posted.code is not None:
        raise ApiError(posted.code, posted.message or "", posted.details, posted.hint, headers)
    return posted.transaction or b"", Header({"Content-Type": JSON, **headers})


@dataclass(frozen=True, slots=True)
class Creation:
    """A path, and the function of schema `api` that a POST to it calls with its body."""

    path: str
    function: str
    relation: str
    make: Callable[[Request[Any, Any], str, Arguments], Awaitable[Made]] = _by_its_function


CREATIONS = (
    Creation("walletTypes", "create_wallet_type", "wallet_types"),
    Creation("transactionTypes", "create_transaction_type", "transaction_types"),
    Creation("transactionRules", "create_transaction_rule", "transaction_rules"),
    Creation("wallets", "open_wallet", "wallets"),
    Creation("transactions", "post_transaction", "transactions", _by_the_teller),
)


async def create(request: Request[Any, Any], creation: Creation) -> HTTPResponse:
    """Call a creation's function with the body; 201 and the new row, or a list of it."""
    services: Services = request.app.ctx.services
    actor = signed_in(request, services.tokens)
    (function,) = services.service.catalogue.overloads(creation.function, OWN_SCHEMA)
    note_function(request, function)
    if actor.role not in function.callers:
        raise not_allowed()  # before what else is wrong
    values = parse_body(request.body)
    for name, value in from_headers(request.headers, [function], HEADER_ARGUMENTS):
        values[name] = Unreadable(GIVEN_TWICE) if name in values else value
    arguments, problems = read_arguments(function, values)
    problems = {**problems, **await _reading_problems(services, function, arguments)}
    if problems:
        raise bad_fields({**problems, **missing_arguments(function, arguments)})
    body, headers = await creation.make(request, creation.function, arguments)
    headers["Location"] = f"{PREFIX}/{creation.path}?id=eq.{json.loads(body)['id']}"
    if _wants_a_list(request):
        headers["Preference-Applied"] = REPRESENTATION
        body = b"[" + body + b"]"
    return HTTPResponse(body, 201, headers, headers.pop("content-type"))


def _wants_a_list(request: Request[Any, Any]) -> bool:
    """Whether a client of PostgREST asks for the rows that it made: it expects a list of them."""
    preferred = ",".join(request.headers.getall("prefer", ()))
    if REPRESENTATION not in map(str.strip, preferred.split(",")):
        return False
    accepts = parse_accept(request.headers.get("accept"))
    return not accepts or accepts[0].media != Media.OBJECT


async def _reading_problems(
    services: Services, function: Function, arguments: Arguments
) -> Problems:
    """What is wrong with arguments that PostgreSQL alone can read: times and durations."""
    of_others = [
        (parameter.name, text, parameter.sql_type)
        for parameter in function.parameters
        if parameter.type.kind is Kind.OTHER and (text := arguments.get(parameter.name)) is not None
    ]
    if not of_others:
        return {}
    fields, texts, types = map(list, zip(*of_others, strict=True))
    values = {"fields": fields, "texts": texts, "types": types}

    async def find() -> Problems:
        async with services.database.connection(THE_GATEKEEPER, read_only=True) as connection:
            cursor = await connection.execute(QUERIES["reading_problems"], values)
            return dict(await cursor.fetchall())

    # A hold that says when it ends is kept as any payment is while PostgreSQL is away.
    return await ask_on(find)


def _add_route(creation: Creation) -> None:
    async def handler(request: Request[Any, Any]) -> HTTPResponse:
        return await create(request, creation)

    # The contract's camelCase path and the relation's own name are the same place.
    for path in dict.fromkeys((creation.path, creation.relation)):
        blueprint.add_route(handler, f"/{path}", methods=["POST"], name=f"create_{path}")


for _creation in CREATIONS:
    _add_route(_creation)
