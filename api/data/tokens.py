"""What a token (RFC 7519) says, checked as PostgREST checks it.

https://docs.postgrest.org/en/v12/references/auth.html
"""

import json
import time
from typing import Any

import jwt

from api.data.errors import DataError

TIMES = {"exp": "JWT expired", "nbf": "JWT not yet valid", "iat": "JWT issued at future"}
LEEWAY_SECONDS = 30  # between the clocks of who issues a token and who reads it


def read_token(token: str, secret: str | None) -> dict[str, Any]:
    """The claims of a token.

    Args:
        token: without the word Bearer.
        secret: that it is signed with (HS256); none where no token is to be taken.

    Raises:
        DataError: PGRST300 (500), there is no secret to check it with; PGRST301, PGRST303 (401),
            it is not valid, or not now.
    """
    if not secret:
        raise DataError(500, "PGRST300", "Server lacks JWT secret")
    if not token:
        raise _not_valid("PGRST301", "Empty JWT is sent in Authorization header")
    if (parts := token.count(".") + 1) != 3:
        raise _not_valid("PGRST301", f"Expected 3 parts in JWT; got {parts}")
    try:
        claims = json.loads(jwt.api_jws.decode(token, secret, ["HS256"]))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise _not_valid("PGRST301", str(error)) from None
    if not isinstance(claims, dict):
        raise _not_valid("PGRST301", "the claims are no JSON object")
    audience = claims.get("aud") or []
    listed = audience if isinstance(audience, list) else [audience]
    if not all(isinstance(one, str) for one in listed):
        raise _not_valid("PGRST303", "The JWT 'aud' claim must be a string or an array of strings")
    for name, problem in TIMES.items():
        if name in claims:
            _check_time(name, claims[name], problem)
    return claims


def _check_time(name: str, value: Any, problem: str) -> None:
    if not isinstance(value, int | float):
        raise _not_valid("PGRST303", f"The JWT '{name}' claim must be a number")
    ahead = value - time.time()  # seconds
    if (-ahead if name == "exp" else ahead) > LEEWAY_SECONDS:
        raise _not_valid("PGRST303", problem)


def _not_valid(code: str, message: str) -> DataError:
    shown = "".join(symbol for symbol in message if symbol.isprintable() and symbol != '"')
    challenge = f'Bearer error="invalid_token", error_description="{shown}"'
    return DataError(401, code, message, headers={"WWW-Authenticate": challenge})
