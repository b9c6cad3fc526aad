"""What is answered when a request cannot be: Tekana's own codes, over those of PostgreSQL.

The statuses of PostgreSQL's codes are `api.data.errors.STATUSES`.
"""

from asyncio import CancelledError
from collections.abc import Mapping

import psycopg
from redis.exceptions import RedisError
from sanic import HTTPResponse, Request, json
from sanic.exceptions import SanicException

from api.data.errors import DataError, from_postgresql, hint_of, status_of
from api.data.running import sqlstate_of

# Raised by the functions in db/functions and by the API; docs/errors.md tells them to people.
CODES: Mapping[str, int] = {
    "INVAL": 400,  # fields are not valid
    "OTPNO": 400,  # one-time password wrong or expired
    "NAUTH": 401,  # not signed in, or no longer
    "DENYD": 403,  # not yours to do
    "IMMUT": 403,  # history is never rewritten
    "NFIND": 404,  # what is named does not exist
    "METHD": 405,  # the path does not know the method
    "TAKEN": 409,  # unique and in use
    "STATE": 409,  # not in the state that this needs
    "LARGE": 413,  # body too large
    "NFUND": 422,  # declined: funds
    "LIMIT": 422,  # declined: limits
    "NRULE": 422,  # declined: no rule allows it
    "INACT": 422,  # declined: wallet or type not active
    "CURNC": 422,  # declined: two currencies
    "GROUP": 422,  # declined: another of a group of which all or none is posted was
    "KEYRE": 422,  # Idempotency-Key used for another request
    "SLOWD": 429,  # too many attempts to sign in
    "AWAYS": 503,  # database or Valkey cannot be reached, or too much to do
    "BROKE": 500,  # our own fault
}


class ApiError(DataError):
    """A refusal by one of Tekana's own codes, which says the status too."""

    def __init__(
        self,
        code: str,
        message: str,
        details: str | None = None,
        hint: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(CODES[code], code, message, details, hint, headers or {})


# PostgreSQL's own that come of what a client wrote, and whose words are about nothing else:
# operators, casts and types that there are not.
TOLD = {"42725", "42804", "42846", "42883", "42704"}
READ_ONLY = "25006"  # read_only_sql_transaction
# What lacks a name of the private schema, which no client can write, is not the client's.
NOT_THERE, PRIVATE = ("42883", "42P01"), "tekana."
LOCKED = "55P03"  # lock_not_available
RUN_OUT = "2200H"  # sequence_generator_limit_exceeded: of its class, and no value that was sent
# Classes: what a statement of ours names is not there, is something else, or may not be used.
NOT_OUR_SCHEMA = ("0A", "26", "3F", "42")
RETRY_AFTER_SECONDS = "1"
TRY_AGAIN = "Try again."
NOTHING_TWICE = "Try again. With the same Idempotency-Key, it takes effect only once."
# RFC 6750, section 3: without an error code when no token came at all.
CHALLENGE: dict[str, str] = {"WWW-Authenticate": "Bearer"}
INVALID_TOKEN = {"WWW-Authenticate": 'Bearer error="invalid_token"'}

WRONG_FIELDS = "some fields are not valid"
# What a constraint is called when it refuses a value; the wording is its comment in the database.
CONSTRAINT_CODES: Mapping[str, tuple[str, str]] = {
    "23503": ("NFIND", "what a field refers to does not exist"),
    "23505": ("TAKEN", "the value of a field is already in use"),
    "23514": ("INVAL", WRONG_FIELDS),
}


def of_our_making(error: psycopg.Error, *, gatekeeper: bool, read_only: bool) -> ApiError | None:
    """What to answer for an error that no client brought about, though it looks like one.

    Args:
        error: as psycopg raised it.
        gatekeeper: whether the connection was the gatekeeper's, whose statements are our own.
        read_only: whether it is one that is not to write.
    """
    code = sqlstate_of(error)
    if code == READ_ONLY and not read_only:
        return busy("the database cannot be written to at the moment")
    if gatekeeper and code.startswith(NOT_OUR_SCHEMA):
        return our_fault()
    if code == RUN_OUT or (code in NOT_THERE and PRIVATE in (error.diag.message_primary or "")):
        return our_fault()
    return None


def from_database(error: psycopg.Error, constraints: Mapping[str, str]) -> DataError:
    """What to answer for an error of PostgreSQL that is not `of_our_making`; never its SQL.

    Args:
        error: as psycopg raised it.
        constraints: constraint name → `field: problem`, from the constraints' comments.
    """
    diagnosis = error.diag
    code = sqlstate_of(error)
    status = status_of(code)
    message = diagnosis.message_primary or ""
    details, hint = diagnosis.message_detail, diagnosis.message_hint
    comment = constraints.get(diagnosis.constraint_name or "")
    if comment and code in CONSTRAINT_CODES:
        return ApiError(*CONSTRAINT_CODES[code], comment)
    if code in CODES:
        return ApiError(code, message, details or None, hint or None)
    if code.startswith(("PT", "PGRST")):
        # What a function wants to be answered: `raise sqlstate 'PT402'`, or 'PGRST'.
        return from_postgresql(code, message, details, hint)
    if code == "23505" and constraints and f"{diagnosis.schema_name}." == PRIVATE:
        return our_fault()  # what is unique and nobody is told of: a number that was drawn twice
    if code == "23502":
        return bad_fields({str(diagnosis.column_name): "is required"})
    if code == "42501":
        return not_allowed()
    if code.startswith("22") or code in TOLD:
        # Class 22, data exception: the message names the value, not the statement.
        told = message or "a value is not valid"
        return DataError(status, code, told, hint=hint_of(code, told))
    if status < 500:
        return DataError(status, code, "the database refused this request")
    if status == 503:
        return locked() if code == LOCKED else unavailable("the database")
    return _too_slow() if status == 504 else our_fault()


def cause_of(error: BaseException) -> str:
    """Why something failed, for the log: what PostgreSQL said, or the kind of error."""
    origin = error.__cause__ or error
    if isinstance(origin, CancelledError):  # how a time limit is kept, and not why
        origin = error
    if isinstance(origin, psycopg.Error) and origin.sqlstate:
        return f"{origin.sqlstate}: {origin.diag.message_primary}"
    return f"{type(origin).__name__}: {origin}".strip(": \n")


def our_fault() -> ApiError:
    """500: what went wrong is in the log, and nobody else's business."""
    return ApiError("BROKE", "internal error; it has been logged")


def bad_fields(problems: Mapping[str, str]) -> ApiError:
    """400: fields are wrong, each told as `field: what is wrong`."""
    told = "\n".join(f"{name}: {problem}" for name, problem in problems.items())
    return ApiError("INVAL", WRONG_FIELDS, told)


def not_allowed() -> DataError:
    """403: whoever is asking may not do this at all."""
    return DataError(
        403, "42501", "you are not allowed to do this", hint="Sign in as a user who is allowed to."
    )


def not_signed_in() -> ApiError:
    """401: nobody is, and this is for somebody."""
    return ApiError(
        "NAUTH",
        "you are not signed in",
        hint="Sign in with POST /api/v1/customers/login.",
    )


def unavailable(what: str) -> ApiError:
    """503: something we stand on cannot be reached now."""
    return busy(f"{what} cannot be reached at the moment")


def locked() -> ApiError:
    """503: somebody else holds for too long what this has to change."""
    return busy("what this needs is locked for too long")


def busy(message: str) -> ApiError:
    """503: there is more to do than can be done now."""
    headers = {"Retry-After": RETRY_AFTER_SECONDS}
    return ApiError("AWAYS", message, hint=TRY_AGAIN, headers=headers)


def slow_down(seconds: int) -> ApiError:
    """429: too many attempts to sign in, or too many SMS asked for, in a window of time.

    Args:
        seconds: until the window ends.
    """
    return ApiError(
        "SLOWD",
        "too many attempts to sign in",
        hint="Try again after the number of seconds in Retry-After.",
        headers={"Retry-After": str(seconds)},
    )


def _too_slow() -> DataError:
    message = "the request took too long and was cancelled"
    return DataError(504, "57014", message, hint="Request less, or try again later.")


def wrong_code() -> ApiError:
    """400: a one-time password that is not, or no longer, out."""
    return ApiError(
        "OTPNO",
        "the one-time password is wrong or has expired",
        hint="Sign in again to get a new one.",
    )


def from_sanic(error: SanicException) -> DataError:
    """What to answer for what Sanic itself refuses: no such path, wrong method, too large."""
    status = error.status_code
    headers = {str(name): str(value) for name, value in (error.headers or {}).items()}
    if status == 404:
        hint = "See /docs. To get one row, filter a list by a column: /wallets?id=eq.1."
        return ApiError("NFIND", "this path does not exist", hint=hint)
    if status == 405:
        # In the body too: a page of another origin is not shown the header.
        known = f"It supports {headers['Allow']}." if "Allow" in headers else None
        return ApiError(
            "METHD", "this path does not support this method", hint=known, headers=headers
        )
    if status == 413 and "header" in str(error).lower():
        return DataError(431, "LARGE", "the headers are larger than 16 KB", headers=headers)
    if status == 413:
        return ApiError("LARGE", "the body is larger than 4 MB", headers=headers)
    if status < 500:
        return DataError(status, "INVAL", str(error), headers=headers)
    if status == 503:
        return unavailable("what this needs")
    return our_fault()


def translate(error: Exception, constraints: Mapping[str, str]) -> DataError:
    """The one error that every other becomes on its way out."""
    if isinstance(error, DataError):
        return error
    if isinstance(error, psycopg.Error):
        return from_database(error, constraints)
    if isinstance(error, TimeoutError):
        return _too_slow()
    if isinstance(error, RedisError):
        return unavailable("Valkey")
    if isinstance(error, SanicException):
        return from_sanic(error)
    return our_fault()


def respond(request: Request, error: DataError) -> HTTPResponse:
    """The response that tells a client of an error."""
    headers = error.headers
    if error.status == 401:
        # RFC 9110, 11.6.1: every 401 carries a challenge.
        headers = (INVALID_TOKEN if "authorization" in request.headers else CHALLENGE) | headers
    body = error.body()
    if error.hint == TRY_AGAIN and getattr(request.ctx, "takes_a_key", False):
        body["hint"] = NOTHING_TWICE
    return json(body, status=error.status, headers=headers)
