"""The OpenAPI document: relations and functions by the catalogue, hand-written routes from here."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

from api.blueprints.creation import CREATIONS, Creation
from api.data.openapi import Document, describe, reference
from api.data.requests import Service

DESCRIPTION = """The backend of an e-wallet platform.

Sign in with `POST /customers/login` and `PUT /customers/validateOtp`, then send the token as
`Authorization: Bearer …`. Relations are read in the dialect of PostgREST: `?status=eq.COMPLETED`,
`?order=id.desc`, `?limit=20&offset=20`, `?select=id,amount`; a bare value is equality. A camelCase
path names the snake_case relation: `/walletTypes` is `/wallet_types`.

Every error is `{"code", "message", "details", "hint"}`; where fields are wrong, `details` has a
line for each, `field: what is wrong`. Money is an exact decimal number in major units."""

_STRING: Document = {"type": "string"}
_TOKENS: Document = {
    "type": "object",
    "properties": {
        "token": _STRING | {"description": "Access token, to be sent as Bearer."},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "description": "Seconds that the token is valid."},
        "refresh_token": _STRING | {"description": "For new tokens, once."},
        "data": reference("schemas", "customers"),
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
_PERSON: Document = {
    "first_name": _STRING | {"examples": ["Aline"]},
    "last_name": _STRING | {"examples": ["Uwase"]},
    "email": _STRING | {"format": "email", "examples": ["aline@example.com"]},
    "phone_number": _STRING | {"description": "E.164.", "examples": ["+250788123456"]},
    "id_type": _STRING | {"enum": ["NID", "PASSPORT"]},
    "id_number": _STRING | {"examples": ["1199080012345678"]},
    "gender": _STRING | {"enum": ["FEMALE", "MALE"]},
    "password": _STRING | {"minLength": 8, "format": "password"},
}
_IDEMPOTENCY_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Yours to choose, 1 to 255 characters. The same key and body get the first "
    "answer again, with `Idempotency-Replayed: true`; with another body 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


def document(service: Service, schema: str) -> Document:
    """The whole document of a schema, with the hand-written routes where it is the default one."""
    described = describe(
        service,
        title="Tekana",
        version=version("tekana"),
        description=DESCRIPTION,
        server="/api/v1",
        schema=schema,
    )
    if schema != service.catalogue.schemas[0]:
        return described
    paths = {path: _with_header_arguments(item) for path, item in described["paths"].items()}
    for path, item in (_ACCOUNT_PATHS | _creation_paths(paths)).items():
        paths[path] = paths.get(path, {}) | item
    return described | {"paths": paths}


_REFUSED: dict[str, str] = {
    "400": "Fields are wrong; details names each",
    "401": "Not signed in, or not valid",
    "404": "There is none",
    "409": "A field has a value that is in use already, or it is too late for this",
    "429": "Too many attempts; Retry-After says when to try again",
    "422": "Declined, and recorded as FAILED; or the key was used for another request",
}


def _refusals(statuses: Iterable[str]) -> Document:
    content = {"application/json": {"schema": reference("schemas", "Error")}}
    return {status: {"description": _REFUSED[status], "content": content} for status in statuses}


def _operation(
    name: str,
    summary: str,
    fields: Document,
    answers: Document,
    refused: Iterable[str] = ("400", "401"),
) -> Document:
    body = {
        "type": "object",
        "additionalProperties": False,
        "properties": fields,
        "required": list(fields),
    }
    return {
        "operationId": name,
        "tags": ["customers"],
        "summary": summary,
        "security": [{}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": answers | _refusals(refused),
    }


def _answer(status: str, description: str, schema: Document) -> Document:
    content = {"application/json": {"schema": schema}}
    return {status: {"description": description, "content": content}}


_CUSTOMER = reference("schemas", "customers")
_PHONE_AND_OTP: Document = {
    "phone_number": _PERSON["phone_number"],
    "otp": _STRING | {"pattern": "^[0-9]{6}$"},
}
_ACCOUNT_PATHS: dict[str, Any] = {
    "/customers/register": {
        "post": _operation(
            "register",
            "Register a customer",
            _PERSON,
            _answer("201", "The customer", _CUSTOMER),
            ("400", "409"),
        )
    },
    "/customers/login": {
        "post": _operation(
            "login",
            "Begin to sign in: a one-time password goes out by SMS",
            {"email": _PERSON["email"], "password": _STRING | {"format": "password"}},
            _answer("200", "The code is on its way", _SENT),
            ("400", "401", "429"),
        )
    },
    "/customers/validateOtp": {
        "put": _operation(
            "validate_otp",
            "Sign in with the one-time password",
            _PHONE_AND_OTP,
            _answer("200", "The tokens of the new session", _TOKENS),
            ("400", "429"),
        )
    },
    "/customers/refresh": {
        "post": _operation(
            "refresh",
            "Exchange a refresh token, once, for new tokens",
            {"refresh_token": _STRING},
            _answer("200", "New tokens of the same session", _TOKENS),
        )
    },
    "/customers/logout": {
        "post": _operation(
            "logout",
            "End the session: its tokens are worth nothing from now on",
            {"refresh_token": _STRING},
            {"204": {"description": "It has ended"}},
        )
    },
    "/customers/find": {
        "get": {
            "operationId": "find_customer",
            "tags": ["customers"],
            "summary": "One customer, by one of these",
            "parameters": [
                {"name": name, "in": "query", "schema": _STRING}
                for name in ("id", "email", "phone_number", "id_number")
            ],
            "responses": _answer("200", "The customer", _CUSTOMER)
            | _refusals(("400", "401", "404")),
        }
    },
}


def _creation_paths(paths: Document) -> Document:
    """A creation is its function, called at another path and answered with 201."""
    return {f"/{creation.relation}": {"post": _creation(creation, paths)} for creation in CREATIONS}


def _creation(creation: Creation, paths: Document) -> Document:
    call: Document = paths[f"/rpc/{creation.function}"]["post"]
    answers = dict(call["responses"])
    created = answers.pop("200")
    return call | {
        "operationId": f"create_in_{creation.relation}",
        "tags": ["creation"],
        "responses": {"201": created} | answers | _refusals(("404", "409")),
    }


def _with_header_arguments(item: Document) -> Document:
    """A call whose body may leave its key to a header, with that header: what moves money."""
    call = item.get("post", {})
    fields = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "idempotency_key" not in fields.get("schema", {}).get("properties", {}):
        return item
    parameters = [*call["parameters"], _IDEMPOTENCY_KEY]
    responses = call["responses"] | _refusals(("409", "422"))
    return item | {"post": call | {"parameters": parameters, "responses": responses}}
