"""The OpenAPI document: relations and functions by the catalogue, hand-written routes from here."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from api.blueprints import customers
from api.blueprints.creation import CREATIONS, Creation
from api.data.catalogue import Function, Relation
from api.data.openapi import Document, arguments, choice, content, describe, reference
from api.data.requests import Service
from api.tx import ANONYMOUS
from config.settings import OWN_SCHEMA
from passwords.rule import LONGEST, SHORTEST

DESCRIPTION = """The backend of an e-wallet platform.

Sign in with `POST /customers/login` and `PUT /customers/validateOtp`, then send the token as
`Authorization: Bearer …`. Relations are read in the dialect of PostgREST: `?status=eq.COMPLETED`,
`?order=id.desc`, `?limit=20&offset=20`, `?select=id,amount`; a bare value is equality. A camelCase
path names the snake_case relation: `/walletTypes` is `/wallet_types`.

Every error is `{"code", "message", "details", "hint"}`; where fields are wrong, `details` has a
line for each, `field: what is wrong`. Money is an exact decimal number in major units."""

_STRING: Document = {"type": "string"}
_STAFF: Document = {
    "type": "object",
    "description": "A member of staff.",
    "properties": {
        "id": {"type": "integer", "format": "int64"},
        "email": _STRING,
        "phone_number": _STRING,
        "role": _STRING | choice(["STAFF", "ADMIN"]),
        "status": _STRING | choice(["ACTIVE", "INACTIVE"]),
        "created_at": _STRING | {"format": "date-time"},
    },
}
_TOKENS: Document = {
    "type": "object",
    "properties": {
        "token": _STRING | {"description": "Access token, to be sent as Bearer."},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "description": "Seconds that the token is valid."},
        "refresh_token": _STRING | {"description": "For new tokens, once."},
        "data": {
            "description": "Who has signed in.",
            "anyOf": [reference("schemas", "customers"), _STAFF],
        },
    },
}
_SENT: Document = {
    "type": "object",
    "properties": {
        "message": _STRING,
        "phone_number": _STRING | {"description": "Where the code goes, masked."},
        "expires_in": {"type": "integer", "description": "Seconds that the code is valid."},
    },
}
# What the catalogue does not know of fields: of whatever has one, or of a function's.
_FIELDS: dict[str, Document] = {
    "email": {"format": "email"},
    "phone_number": {"description": "E.164."},
    "password": {"format": "password"},
    "register.password": {"minLength": SHORTEST, "maxLength": LONGEST},
    "otp": {"pattern": "^[0-9]{6}$"},
    "post_transaction.status": choice(["PENDING"]),
    "post_transactions.transactions": {"type": "array", "items": {"type": "object"}},
    "credited_account_number": {"examples": ["PERSONAL-75939974"]},
}
_POSTING: Document = {
    "transaction_type": "CASH_IN",
    "debited_wallet_id": 1,
    "credited_wallet_id": 7,
    "amount": 1200,
    "channel_type": "KIOSK",
}
# Bodies, by functions. Those that create something work when a member of staff, the first user of
# a new service, sends them in this order.
_EXAMPLES: dict[str, Document] = {
    "register": {
        "first_name": "Aline",
        "last_name": "Uwase",
        "email": "aline@example.com",
        "phone_number": "+250788123456",
        "id_type": "NID",
        "id_number": "1199080012345678",
        "gender": "FEMALE",
        "password": "a long and private sentence",
    },
    "login": {"email": "aline@example.com", "password": "a long and private sentence"},
    "validate_otp": {"phone_number": "+250788123456", "otp": "123456"},
    "create_wallet_type": {"code": "SAVINGS", "name": "Savings", "maximum_balance": 5000000},
    "create_transaction_type": {"code": "AIRTIME", "name": "Airtime", "maximum_amount": 50000},
    "create_transaction_rule": {
        "wallet_type_id": 7,
        "transaction_type_id": 5,
        "debit_allowed": True,
    },
    "open_wallet": {"wallet_type_id": 1, "currency_code": "RWF", "customer_id": 2},
    "post_transaction": _POSTING,
    "post_transactions": {"transactions": [_POSTING]},
}
# Fields of which exactly one is given.
_EITHER: dict[str, tuple[tuple[str, str], ...]] = {
    "post_transaction": (
        ("transaction_type", "transaction_type_id"),
        ("credited_wallet_id", "credited_account_number"),
    )
}
_IDEMPOTENCY_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Yours to choose, 1 to 255 characters. The same key and body get the first "
    "answer again, with `Idempotency-Replayed: true`; with another body 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_REPLAYED: Document = {
    "Idempotency-Replayed": {
        "description": "`true`: an earlier request had this key, and this is its answer again.",
        "schema": _STRING | {"const": "true"},
    }
}
_LOCATION: Document = {
    "Location": {
        "description": "Where the new row is read.",
        "schema": _STRING | {"examples": ["/api/v1/wallets?id=eq.7"]},
    }
}
_REFUSED: dict[str, str] = {
    "400": "Fields are wrong; details names each",
    "401": "Not signed in, or not valid",
    "404": "There is none",
    "409": "A field has a value that is in use already, or it is too late for this",
    "429": "Too many attempts; Retry-After says when to try again",
    "422": "Declined, and recorded as FAILED; or the key was used for another request",
}
# Of those that a call may have, what a creation may have.
_CREATION_REFUSALS = ("400", "401", "403", "422", "503", "504")


def document(service: Service, schema: str) -> Document:
    """The whole document of a schema, with the hand-written routes where it is theirs."""
    catalogue = service.catalogue
    described = describe(
        service,
        title="Tekana",
        version=version("tekana"),
        description=DESCRIPTION,
        server="/api/v1",
        schema=schema,
        anonymous=ANONYMOUS,
    )
    if schema != OWN_SCHEMA:
        return described
    paths: dict[str, Document] = described["paths"]
    for (of, name), overloads in catalogue.functions.items():
        if of == schema and (item := paths.get(f"/rpc/{name}")):
            _complete_call(item["post"], [one for one in overloads if one.callers])
    for creation in CREATIONS:
        paths[f"/{creation.relation}"]["post"] = _creation(creation, paths)
    for path, item in _account_paths(catalogue.relation("customers", OWN_SCHEMA)).items():
        paths[path] = paths.get(path, {}) | item
    return described


def _complete_call(call: Document, overloads: Sequence[Function]) -> None:
    """Say of a call what the catalogue does not: of one with a key, that it may be a header."""
    body = call["requestBody"]["content"]["application/json"]
    schemas = body["schema"].get("anyOf", [body["schema"]])
    for function, schema in zip(overloads, schemas, strict=True):
        body |= _body(function, schema, function.rows) | {"schema": body["schema"]}
    if any("idempotency_key" in schema.get("properties", {}) for schema in schemas):
        call["parameters"] = [*call["parameters"], _IDEMPOTENCY_KEY]
        call["responses"] |= _refusals(("409", "422"))
        for status in ("200", "422"):
            call["responses"][status] = _with_headers(call["responses"][status], _REPLAYED)


def _body(function: Function, schema: Document, like: Relation | None) -> Document:
    """A JSON body with what is known of its fields, and an example.

    Args:
        function: whose arguments it holds.
        schema: of the arguments.
        like: whose columns the fields are that are named like them.
    """
    example = _EXAMPLES.get(function.name, {})
    fields: dict[str, Document] = schema.get("properties", {})
    for name, field in fields.items():
        column = like.columns.get(name) if like else None
        if column and column.choices:
            field |= choice(column.choices)
        field |= _FIELDS.get(name, {}) | _FIELDS.get(f"{function.name}.{name}", {})
        if name in example:
            field["examples"] = [example[name]]
    if pairs := [pair for pair in _EITHER.get(function.name, ()) if fields.keys() >= {*pair}]:
        one_of = [[{"required": [name]} for name in pair] for pair in pairs]
        schema["allOf"] = [{"oneOf": ones} for ones in one_of]
    return {"schema": schema} | ({"example": example} if example else {})


def _with_headers(answer: Document, headers: Document) -> Document:
    return answer | {"headers": answer.get("headers", {}) | headers}


def _creation(creation: Creation, paths: Document) -> Document:
    """A creation is its function, called at another path and answered with 201."""
    call: Document = paths[f"/rpc/{creation.function}"]["post"]
    answers = call["responses"]
    return call | {
        "operationId": f"create_in_{creation.relation}",
        "tags": ["creation"],
        "responses": {"201": _with_headers(answers["200"], _LOCATION)}
        | {status: answers[status] for status in _CREATION_REFUSALS if status in answers}
        | _refusals(("404", "409")),
    }


def _refusals(statuses: Iterable[str]) -> Document:
    error = reference("schemas", "Error")
    told = {status: _answer(_REFUSED[status], error) for status in statuses}
    return told | {"503": reference("responses", "503")}


def _answer(description: str, schema: Document) -> Document:
    return {"description": description, "content": content({"application/json": schema})}


def _account_paths(relation: Relation) -> dict[str, Document]:
    """The routes of `api.blueprints.customers`, which show and take rows of a relation."""
    customer = reference("schemas", relation.name)
    registered = {"201": _with_headers(_answer("The customer", customer), _LOCATION)}

    def account(handler: Any, fields: Function, answers: Document, *refused: str) -> Document:
        body = _body(fields, arguments(fields), relation)
        return {
            "operationId": handler.__name__,
            "tags": ["customers"],
            "summary": _summary(handler),
            "security": [{}],
            "requestBody": {"required": True, "content": {"application/json": body}},
            "responses": answers | _refusals(refused),
        }

    tokens = {"200": _answer("The tokens of the session", _TOKENS)}
    ended = {"204": {"description": "It has ended"}}
    sent = {"200": _answer("The code is on its way", _SENT)}
    token = customers.REFRESH_TOKEN
    return {
        "/customers/register": {
            "post": account(customers.register, customers.REGISTER, registered, "400", "409")
        },
        "/customers/login": {
            "post": account(customers.login, customers.LOGIN, sent, "400", "401", "429")
        },
        "/customers/validateOtp": {
            "put": account(customers.validate_otp, customers.VALIDATE_OTP, tokens, "400", "429")
        },
        "/customers/refresh": {"post": account(customers.refresh, token, tokens, "400", "401")},
        "/customers/logout": {"post": account(customers.logout, token, ended, "400", "401")},
        "/customers/find": {
            "get": {
                "operationId": "find_customer",
                "tags": ["customers"],
                "summary": _summary(customers.find),
                "parameters": [
                    {"name": name, "in": "query", "schema": _STRING} for name in customers.FINDERS
                ],
                "responses": {"200": _answer("The customer", customer)}
                | _refusals(("400", "401", "404")),
            }
        },
    }


def _summary(handler: Any) -> str:
    return str(handler.__doc__).rstrip(".")
