"""`/customers`: register, sign in and out, and find one."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, empty
from sanic import json as json_response

from api import accounts
from api.data.catalogue import DataType, Function, Kind, Parameter
from api.data.errors import DataError
from api.data.headers import Media
from api.data.params import read_pairs
from api.data.requests import read_task
from api.errors import ApiError, bad_fields
from api.execution import RequestTransactions
from api.fields.bodies import Problems, parse_body
from api.fields.checking import Arguments, missing_arguments, read_arguments
from api.requests import check_body_of_stranger, signed_in
from api.routes import reading
from api.services import Services
from config.settings import OWN_SCHEMA
from outbox.sealed import LIFETIME_SECONDS

blueprint = Blueprint("customers", url_prefix="/api/v1/customers")


def _fields(name: str, *names: str) -> Function:
    """The fields of a body, all strings, told like the arguments of a function."""
    text = DataType("text", Kind.TEXT)
    parameters = tuple(Parameter(field, text) for field in names)
    return Function("routes", name, parameters)


REGISTER = _fields(
    "register",
    *("first_name", "last_name", "email", "phone_number", "id_type", "id_number", "gender"),
    "password",
)
LOGIN = _fields("login", "email", "password")
VALIDATE_OTP = _fields("validate_otp", "phone_number", "otp")
REFRESH_TOKEN = _fields("refresh_token", "refresh_token")


def _read_body(request: Request[Any, Any], fields: Function) -> tuple[Arguments, Problems]:
    """The fields of a request that can be read, and what is wrong with the others.

    Raises:
        DataError: 400, it is no JSON object; 413, it is larger than any that is needed here.
    """
    check_body_of_stranger(request)
    return read_arguments(fields, parse_body(request.body))


def _read_fields(request: Request[Any, Any], fields: Function) -> dict[str, str]:
    """The fields of a request, every one given.

    Raises:
        DataError: 400, naming every one that is missing, unknown or not a string; 413.
    """
    arguments, problems = _read_body(request, fields)
    if problems := {**problems, **missing_arguments(fields, arguments)}:
        raise bad_fields(problems)
    return {name: value for name, value in arguments.items() if value is not None}


@blueprint.post("/register")
async def register(request: Request[Any, Any]) -> HTTPResponse:
    """Register a customer."""
    services: Services = request.app.ctx.services
    arguments, problems = _read_body(request, REGISTER)
    values = {parameter.name: arguments.get(parameter.name) for parameter in REGISTER.parameters}
    customer = await accounts.register(services, values, problems)
    location = f"{blueprint.url_prefix}?id=eq.{json.loads(customer)['id']}"
    return _raw_json(customer, 201, {"Location": location})


@blueprint.post("/login")
async def login(request: Request[Any, Any]) -> HTTPResponse:
    """Start signing in: sends a one-time password by SMS."""
    services: Services = request.app.ctx.services
    fields = _read_fields(request, LOGIN)
    masked = await accounts.request_otp(services, fields["email"], fields["password"])
    return json_response(
        {
            "message": "A one-time password is being sent by SMS.",
            "phone_number": masked,
            "expires_in": LIFETIME_SECONDS,
        }
    )


@blueprint.put("/validateOtp")
async def validate_otp(request: Request[Any, Any]) -> HTTPResponse:
    """Finish signing in with the one-time password."""
    services: Services = request.app.ctx.services
    fields = _read_fields(request, VALIDATE_OTP)
    signed = await accounts.validate_otp(services, fields["phone_number"], fields["otp"])
    return _tokens(services, signed)


@blueprint.post("/refresh")
async def refresh(request: Request[Any, Any]) -> HTTPResponse:
    """Exchange a refresh token for new tokens; it can be used once."""
    services: Services = request.app.ctx.services
    fields = _read_fields(request, REFRESH_TOKEN)
    return _tokens(services, await accounts.refresh(services, fields["refresh_token"]))


@blueprint.post("/logout")
async def logout(request: Request[Any, Any]) -> HTTPResponse:
    """End the session: its tokens are no longer valid."""
    services: Services = request.app.ctx.services
    fields = _read_fields(request, REFRESH_TOKEN)
    await accounts.log_out(services, fields["refresh_token"])
    return empty()


ONE_OBJECT = {"accept": Media.OBJECT, "accept-profile": OWN_SCHEMA}
# A + in a query string reads as a space; both forms of a phone number find it.
FINDERS: Mapping[str, Callable[[str], str]] = {
    "id": str,
    "email": str.lower,
    "phone_number": lambda value: "+" + value.removeprefix("+"),
    "id_number": str,
}


@reading(blueprint, "/find")
async def find(request: Request[Any, Any]) -> HTTPResponse:
    """Get one customer by a unique column."""
    services: Services = request.app.ctx.services
    signed_in(request, services.tokens)
    pairs = read_pairs(request.query_string, services.service.limits)
    if len(pairs) != 1 or pairs[0][0] not in FINDERS:
        columns = ", ".join(FINDERS)
        raise ApiError(
            "INVAL", "give exactly one column to search by", f"one of {columns}: is required"
        )
    column, value = pairs[0]
    wanted = [(column, "eq." + FINDERS[column](value.removeprefix("eq.").strip()))]
    try:
        answer = await RequestTransactions().execute(
            request,
            read_task(services.service, "customers", "GET", wanted, ONE_OBJECT),
        )
    except DataError as error:
        if error.code == "PGRST116":
            raise ApiError("NFIND", "there is no such customer") from None
        raise
    return _raw_json(answer.body or b"null")


def _tokens(services: Services, signed: accounts.SignedIn) -> HTTPResponse:
    return json_response(
        {
            "token": signed.token,
            "token_type": "Bearer",
            "expires_in": services.tokens.lifetime_seconds,
            "refresh_token": signed.refresh_token,
            "data": json.loads(signed.user),
        },
        headers={"Cache-Control": "no-store"},  # RFC 6749, section 5.1
    )


def _raw_json(
    body: bytes, status: int = 200, headers: dict[str, str] | None = None
) -> HTTPResponse:
    return HTTPResponse(body, status, headers, "application/json")
