"""`POST` on the relations that grow by a function: wallets, transactions, types and rules."""

import json
from dataclasses import dataclass
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from api.data.bodies import parse_body
from api.data.render import render
from api.data.requests import plan_values, with_headers
from api.execution import execute
from api.requests import signed_in
from api.services import Services

PREFIX = "/api/v1"
# A request's header is the argument of whichever function has such a parameter, by every path.
HEADER_ARGUMENTS = {"idempotency-key": "idempotency_key"}
blueprint = Blueprint("creation", url_prefix=PREFIX)


@dataclass(frozen=True, slots=True)
class Creation:
    """A path, and the function of schema `api` that a POST to it calls with its body."""

    path: str
    function: str
    relation: str


CREATIONS = (
    Creation("walletTypes", "create_wallet_type", "wallet_types"),
    Creation("transactionTypes", "create_transaction_type", "transaction_types"),
    Creation("transactionRules", "create_transaction_rule", "transaction_rules"),
    Creation("wallets", "open_wallet", "wallets"),
    Creation("transactions", "post_transaction", "transactions"),
)


async def create(request: Request[Any, Any], creation: Creation) -> HTTPResponse:
    """Call a creation's function with the body; 201 and the new row."""
    services: Services = request.app.ctx.services
    signed_in(request, services.tokens)
    values = with_headers(
        services.catalogue,
        creation.function,
        parse_body(request.body),
        request.headers,
        HEADER_ARGUMENTS,
    )
    plan = plan_values(services.catalogue, creation.function, values)
    answer = await execute(request, render(plan), read_only=False)
    body = answer.body or b"null"
    location = f"{PREFIX}/{creation.path}?id=eq.{json.loads(body)['id']}"
    return HTTPResponse(body, 201, {"Location": location}, "application/json")


def _add_route(creation: Creation) -> None:
    async def handler(request: Request[Any, Any]) -> HTTPResponse:
        return await create(request, creation)

    # The contract's camelCase path and the relation's own name are the same place.
    for path in dict.fromkeys((creation.path, creation.relation)):
        blueprint.add_route(handler, f"/{path}", methods=["POST"], name=f"create_{path}")


for _creation in CREATIONS:
    _add_route(_creation)
