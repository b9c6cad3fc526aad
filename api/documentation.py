"""The OpenAPI document: relations and functions by the catalogue, hand-written routes from here."""

from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from api.blueprints import customers
from api.blueprints.creation import CREATIONS, PREFIX, Creation
from api.data.catalogue import Function, Relation
from api.data.openapi import Document, arguments, choice, content, describe, reference
from api.data.requests import Service
from api.documented_bodies import EITHER, EXAMPLES, FIELDS, OUTCOMES, POSTING, SENT, STRING, TOKENS
from api.tx import ANONYMOUS
from config.settings import OWN_SCHEMA

DESCRIPTION = """The backend of an e-wallet platform.

Sign in with `POST /customers/login` and `PUT /customers/validateOtp`, then send the token as
`Authorization: Bearer …`. Relations are read in the query language of PostgREST:
`?status=eq.COMPLETED`, `?order=id.desc`, `?limit=20&offset=20`, `?select=id,amount`. A value
without an operator means equality. A path can be in camelCase: `/walletTypes` is `/wallet_types`.

Every error is `{"code", "message", "details", "hint"}`. If fields are invalid, `details` has one
line for each: `field: what is wrong`. Amounts are exact decimal numbers in major units."""

_IDEMPOTENCY_KEY: Document = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Any string that you choose. Repeating the same request with the same key "
    "returns the first answer, with `Idempotency-Replayed: true`. Another body with the same key "
    "gets 422.",
}
_REPLAYED: Document = {
    "Idempotency-Replayed": {
        "description": "`true`: an earlier request had this key; this is its answer.",
        "schema": STRING | {"const": "true"},
    }
}
_RETRY_AFTER: Document = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
}
# The codes that stand for those of the dialect.
_CODES = {"401": "NAUTH", "409": "TAKEN", "503": "AWAYS"}
_REFUSED: dict[str, str] = {
    "400": "Fields are invalid; `details` names each of them",
    "404": "Not found",
    "409": "A value is already in use, or the state does not allow this any more",
    "429": "Too many attempts; `Retry-After` says when to try again",
    "422": "Declined and recorded as FAILED, or the key was already used for another request",
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
        server=PREFIX,
        schema=schema,
        anonymous=ANONYMOUS,
    )
    components = described["components"]
    _tell_own_codes(components["responses"])
    if schema != OWN_SCHEMA:
        return described
    paths: dict[str, Document] = described["paths"]
    for (of, name), overloads in catalogue.functions.items():
        if of == schema and (item := paths.get(f"/rpc/{name}")):
            _complete_call(item["post"], [one for one in overloads if one.callers])
    components["schemas"][POSTING] = _sent(paths["/rpc/post_transaction"]["post"])["schema"]
    groups: Document = paths["/rpc/post_transactions"]["post"]["responses"]["200"]
    groups |= _answer(groups["description"], OUTCOMES)
    for creation in CREATIONS:
        paths[f"/{creation.relation}"]["post"] = _creation(creation, paths)
    for path, item in _account_paths(catalogue.relation("customers", OWN_SCHEMA)).items():
        paths[path] = paths.get(path, {}) | item
    return described


def _tell_own_codes(refusals: Document) -> None:
    for status, code in _CODES.items():
        told = refusals[status]
        example = told["content"]["application/json"]["example"]
        told["description"] = told["description"].replace(example["code"], code)
        example["code"] = code


def _sent(call: Document) -> Document:
    body: Document = call["requestBody"]["content"]["application/json"]
    return body


def _complete_call(call: Document, overloads: Sequence[Function]) -> None:
    """Say of a call what the catalogue does not: of one with a key, that it may be a header."""
    body = _sent(call)
    schemas = body["schema"].get("anyOf", [body["schema"]])
    for function, schema in zip(overloads, schemas, strict=True):
        body |= _body(function, schema, function.rows) | {"schema": body["schema"]}
    fields = [schema.get("properties", {}) for schema in schemas]
    if keys := [one["idempotency_key"] for one in fields if "idempotency_key" in one]:
        lengths = {name: keys[0][name] for name in ("minLength", "maxLength")}
        header = _IDEMPOTENCY_KEY | {"schema": STRING | lengths}
        call["parameters"] = [*call["parameters"], header]
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
    example = EXAMPLES.get(function.name, {})
    fields: dict[str, Document] = schema.get("properties", {})
    for name, field in fields.items():
        column = like.columns.get(name) if like else None
        if column and column.choices:
            field |= choice(column.choices)
        field |= FIELDS.get(name, {}) | FIELDS.get(f"{function.name}.{name}", {})
        if "enum" in field and "null" in field["type"]:
            field["enum"] = [*field["enum"], None]
        if name in example:
            field["examples"] = [example[name]]
    if pairs := [pair for pair in EITHER.get(function.name, ()) if fields.keys() >= {*pair}]:
        one_of = [[_given(name, fields[name]) for name in pair] for pair in pairs]
        schema["allOf"] = [{"oneOf": ones} for ones in one_of]
    return {"schema": schema} | ({"example": example} if example else {})


def _given(name: str, field: Document) -> Document:
    """What an object is like that has a field which may be null, and is not."""
    kind = next(kind for kind in field["type"] if kind != "null")
    return {"required": [name], "properties": {name: {"type": kind}}}


def _location(path: str) -> Document:
    example = f"{PREFIX}/{path}?id=eq.7"
    schema = STRING | {"examples": [example]}
    return {"Location": {"description": "URL of the new row.", "schema": schema}}


def _with_headers(answer: Document, headers: Document) -> Document:
    return answer | {"headers": answer.get("headers", {}) | headers}


def _creation(creation: Creation, paths: Document) -> Document:
    """A creation is its function, called at another path and answered with 201."""
    call: Document = paths[f"/rpc/{creation.function}"]["post"]
    answers = call["responses"]
    return call | {
        "operationId": f"create_in_{creation.relation}",
        "tags": ["creation"],
        "responses": {"201": _with_headers(answers["200"], _location(creation.path))}
        | {status: answers[status] for status in _CREATION_REFUSALS if status in answers}
        | _refusals(("404", "409")),
    }


def _refusals(statuses: Iterable[str]) -> Document:
    error = reference("schemas", "Error")
    told = {status: reference("responses", status) for status in (*statuses, "503")}
    told |= {status: _answer(_REFUSED[status], error) for status in statuses if status in _REFUSED}
    if "429" in told:
        told["429"]["headers"] = _RETRY_AFTER
    return told


def _answer(description: str, schema: Document) -> Document:
    return {"description": description, "content": content({"application/json": schema})}


def _account_paths(relation: Relation) -> dict[str, Document]:
    """The routes of `api.blueprints.customers`, which show and take rows of a relation."""
    customer = reference("schemas", relation.name)
    registered = {"201": _with_headers(_answer("The customer", customer), _location("customers"))}

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

    tokens = {"200": _answer("The tokens of the session", TOKENS)}
    ended = {"204": {"description": "The session has ended"}}
    sent = {"200": _answer("The one-time password was requested", SENT)}
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
                "description": "Give exactly one of these parameters.",
                "parameters": [
                    {"name": name, "in": "query", "schema": STRING} for name in customers.FINDERS
                ],
                "responses": {"200": _answer("The customer", customer)}
                | _refusals(("400", "401", "404")),
            }
        },
    }


def _summary(handler: Any) -> str:
    return str(handler.__doc__).rstrip(".")
