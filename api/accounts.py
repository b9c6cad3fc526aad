"""Registering, signing in and out: what the routes under /customers do, one function each."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb
from redis.exceptions import RedisError

from api.errors import INVALID_TOKEN, ApiError
from api.hashing import hash_password, verify_password
from api.services import Services, find_row, one_row
from api.tokens import Session, hash_refresh_token, new_refresh_token
from api.tx import CUSTOMER, THE_GATEKEEPER, act_as
from outbox.queue import enqueue_sms
from outbox.sealed import LIFETIME_SECONDS
from passwords.rule import password_problem

logger = logging.getLogger("tekana.api")
# Stands for a hash where something else is wrong already: the database refuses whatever it is.
NO_HASH_NEEDED = "not hashed"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The tokens that were just made for a session, and whose it is."""

    token: str
    refresh_token: str
    user: bytes  # as JSON: a customer as `GET /customers` shows it, staff likewise


async def register(
    services: Services, values: Mapping[str, str | None], problems: Mapping[str, str]
) -> bytes:
    """Register a customer; the password alone is judged here, the database has the other rules.

    Args:
        services: of this process.
        values: of the fields.
        problems: what is wrong already, field to problem, to be told together with the rest.

    Returns:
        The customer as JSON, as `GET /customers` shows it.

    Raises:
        psycopg.Error: a field is wrong (INVAL, every one is named) or taken (TAKEN).
        ApiError: 503, too many passwords are being hashed.
    """
    password = values.get("password")
    problem = password_problem(password) if password is not None else None
    if problem:
        problems = {**problems, "password": problem}
    password_hash = None  # which the database calls a missing password
    if password is not None:
        password_hash = NO_HASH_NEEDED if problems else await hash_password(password)
    arguments = {name: value for name, value in values.items() if name != "password"}
    async with services.database.transaction(THE_GATEKEEPER, read_only=False) as connection:
        (customer,) = await one_row(
            connection,
            "register_customer",
            **arguments,
            password_hash=password_hash,
            problems=Jsonb(dict(problems)),
        )
    return bytes(customer)


async def request_otp(services: Services, email: str, password: str) -> str:
    """Send a one-time password to whoever has this email address and password.

    Returns:
        The phone number that it goes to, masked.

    Raises:
        ApiError: 401, in the same words and time for a wrong password and an unknown address;
            429, likewise, after too many of them; 429, too many went out to this phone number;
            503, too many passwords are being checked.
        redis.RedisError: Valkey is away.
    """
    # First of all: who has failed too often costs no hashing, and when Valkey is away this is
    # found out while no transaction is open.
    user_id = await services.password_attempts.count(
        email, partial(_find_user, services, email, password)
    )
    if user_id is None:
        raise ApiError("NAUTH", "the email address or the password is wrong")
    async with services.database.transaction(THE_GATEKEEPER, read_only=False) as connection:
        message_id, phone_number, masked = await one_row(
            connection, "request_otp", user_id=user_id, lifetime_seconds=LIFETIME_SECONDS
        )
        # Before the commit: whoever finds the row finds its code.
        await services.one_time_passwords.issue(user_id, phone_number, message_id)
    try:
        await enqueue_sms(services.queue, message_id)
    except RedisError:
        # The row is committed: the worker finds it by itself, some seconds later.
        logger.warning("an SMS could not be queued", extra={"message_id": message_id})
    return str(masked)


async def _find_user(services: Services, email: str, password: str) -> int | None:
    """Who has this email address and password, in the same time whether anybody has or not."""
    async with services.database.transaction(THE_GATEKEEPER, read_only=True) as connection:
        row = await find_row(connection, "find_credentials", email=email)
    user_id, password_hash = row or (None, None)
    return user_id if await verify_password(password_hash, password) else None


async def validate_otp(services: Services, phone_number: str, code: str) -> SignedIn:
    """Begin the session of whoever a one-time password was sent to.

    Raises:
        ApiError: 400, it is wrong, used up or has expired; 429, too many wrong ones came.
        redis.RedisError: Valkey is away.
    """
    refresh_token = new_refresh_token()
    async with (
        services.one_time_passwords.using(phone_number, code) as user_id,
        services.database.transaction(THE_GATEKEEPER, read_only=False) as connection,
    ):
        session_id, role = await one_row(
            connection,
            "open_session",
            user_id=user_id,
            refresh_token_hash=hash_refresh_token(refresh_token),
            lifetime_seconds=services.settings.refresh_token_seconds,
        )
        session = Session(session_id, user_id, role)
        return await _sign_in(services, connection, session, refresh_token)


async def refresh(services: Services, refresh_token: str) -> SignedIn:
    """Exchange a refresh token for new tokens.

    Raises:
        ApiError: 401, it is unknown, was used before (the session ends) or its session has ended.
    """
    new_token = new_refresh_token()
    async with services.database.transaction(THE_GATEKEEPER, read_only=False) as connection:
        outcome, session_id, user_id, role = await one_row(
            connection,
            "refresh_session",
            refresh_token_hash=hash_refresh_token(refresh_token),
            new_refresh_token_hash=hash_refresh_token(new_token),
            lifetime_seconds=services.settings.refresh_token_seconds,
        )
        if outcome == "REFRESHED":
            session = Session(session_id, user_id, role)
            return await _sign_in(services, connection, session, new_token)
    if outcome == "REUSED":
        logger.warning("a refresh token came twice", extra={"session_id": session_id})
        raise _refused("this refresh token was already used, so its session was ended")
    raise _refused("the refresh token is not valid, or its session has ended")


async def log_out(services: Services, refresh_token: str) -> None:
    """End the session of a refresh token.

    Raises:
        ApiError: 401, it has none that is open.
    """
    async with services.database.transaction(THE_GATEKEEPER, read_only=False) as connection:
        (was_open,) = await one_row(
            connection, "close_session", refresh_token_hash=hash_refresh_token(refresh_token)
        )
    if not was_open:
        raise _refused("the refresh token is not valid, or its session has ended")


async def _sign_in(
    services: Services,
    connection: AsyncConnection[TupleRow],
    session: Session,
    refresh_token: str,
) -> SignedIn:
    """The tokens of a session, in the transaction that it is begun or refreshed in.

    Were whose it is read after that, a failure would leave nothing to try again with: the code is
    used up then, and the refresh token, whose second use ends the session.
    """
    await act_as(connection, session.actor)
    query = "read_customer" if session.actor.role == CUSTOMER else "read_staff"
    (user,) = await one_row(connection, query, user_id=session.user_id)
    return SignedIn(services.tokens.issue(session), refresh_token, bytes(user))


def _refused(message: str) -> ApiError:
    return ApiError("NAUTH", message, hint="Sign in again.", headers=INVALID_TOKEN)
