"""`POST` on the relations that grow by a function: wallets, transactions, types and rules."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sanic import Blueprint, HTTPResponse, Request

from api.data.bodies import bad_fields, parse_body
from api.data.render import render
from api.data.requests import plan_values
from api.execution import execute
from api.requests import signed_in
from api.services import Services

PREFIX = "/api/v1"
blueprint = Blueprint("creation", url_prefix=PREFIX)


@dataclass(frozen=True, slots=True)
class Creation:
    """A path, and the function of schema `api` that a POST to it calls with its body."""

    path: str
    function: str
    relation: str
    idempotent: bool = False  # takes an Idempotency-Key


CREATIONS = (
    Creation("walletTypes", "create_wallet_type", "wallet_types"),
    Creation("transactionTypes", "create_transaction_type", "transaction_types"),
    Creation("transactionRules", "create_transaction_rule", "transaction_rules"),
    Creation("wallets", "open_wallet", "wallets"),
    Creation("transactions", "post_transaction", "transactions", idempotent=True),
)


async def create(request: Request[Any, Any], creation: Creation) -> HTTPResponse:
    """Call a creation's function with the body; 201 and the new row."""
    services: Services = request.app.ctx.services
    signed_in(request, services.tokens)
    values = parse_body(request.body)
    if creation.idempotent:
        values |= _idempotency_key(request, values)
    plan = plan_values(services.catalogue, creation.function, values)
    answer = await execute(request, render(plan), read_only=False)
    body = answer.body or b"null"
    location = f"{PREFIX}/{creation.path}?id=eq.{json.loads(body)['id']}"
    return HTTPResponse(body, 201, {"Location": location}, "application/json")


def _idempotency_key(request: Request[Any, Any], values: Mapping[str, object]) -> Mapping[str, str]:
    """The header as an argument of the function, when there is one."""
    if "idempotency_key" in values:
        raise bad_fields(["idempotency_key: is sent as the header Idempotency-Key"])
    match request.headers.getall("idempotency-key", []):
        case []:
            return {}
        case [key]:
            return {"idempotency_key": key}
        case _:
            raise bad_fields(["Idempotency-Key: is given more than once"])


def _add_route(creation: Creation) -> None:
    async def handler(request: Request[Any, Any]) -> HTTPResponse:
        return await create(request, creation)

    # The contract's camelCase path and the relation's own name are the same place.
    for path in dict.fromkeys((creation.path, creation.relation)):
        blueprint.add_route(handler, f"/{path}", methods=["POST"], name=f"create_{path}")


for _creation in CREATIONS:
    _add_route(_creation)
