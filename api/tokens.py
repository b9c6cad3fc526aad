"""Access tokens (JWT) and refresh tokens; worth something while their session is open."""

import hashlib
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt

from api.errors import ApiError
from api.tx import CUSTOMER, STAFF, Actor
from config.settings import Settings

ALGORITHM = "HS256"
ISSUER = "tekana"
TYPE = "at+jwt"  # RFC 9068: no other kind of JWT passes for an access token
DATABASE_ROLES = {"CUSTOMER": CUSTOMER, "STAFF": STAFF, "ADMIN": STAFF}
LARGEST_KEY = 2**63 - 1  # of a bigint
USER_ID = re.compile(r"[0-9]{1,18}")
REFRESH_TOKEN_BYTES = 32
TOKEN_ID_BYTES = 9
LEEWAY_SECONDS = 30  # that the clock of who issued a token may be ahead; none for its end
VERIFIED_TOKENS = 4096  # kept in each process


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its tokens tell it."""

    session_id: int
    user_id: int
    role: str  # CUSTOMER, STAFF or ADMIN

    @property
    def actor(self) -> Actor:
        """Who the session belongs to, with the claims that say so to the database."""
        role = DATABASE_ROLES[self.role]
        claims = {"sub": str(self.user_id), "sid": self.session_id, "role": role}
        return Actor(role, claims | {"user_role": self.role})


class Tokens:
    """Makes and reads the tokens of one deployment."""

    def __init__(self, settings: Settings) -> None:
        self._secret = settings.require("jwt_secret")
        self.lifetime_seconds = settings.access_token_seconds
        # A token comes with every request of its session: what was verified once is kept.
        self._verified = lru_cache(VERIFIED_TOKENS)(self._verify)

    def issue(self, session: Session) -> str:
        """An access token for a session, valid for `lifetime_seconds`."""
        now = int(time.time())
        claims = {
            **session.actor.claims,
            "iss": ISSUER,
            "iat": now,
            "exp": now + self.lifetime_seconds,
            # Two of one second are two tokens, for whoever compares the old one with the new.
            "jti": secrets.token_urlsafe(TOKEN_ID_BYTES),
        }
        return jwt.encode(claims, self._secret, ALGORITHM, headers={"typ": TYPE})

    def read(self, token: str) -> Actor:
        """Who an access token says is asking.

        Raises:
            ApiError: 401, it is not one of ours or no longer valid.
        """
        actor = self._verified(token)
        if actor.claims["exp"] <= time.time():
            raise _expired()
        return actor

    def _verify(self, token: str) -> Actor:
        try:
            decoded = jwt.decode_complete(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "sid", "role"]},
            )
        except jwt.ExpiredSignatureError:
            raise _expired() from None
        except (jwt.PyJWTError, TypeError, OverflowError):  # the last two: a time that is none
            raise _not_valid() from None
        claims = decoded["payload"]
        session = _read_session(claims)
        if (
            session is None
            or decoded["header"].get("typ") != TYPE
            or type(claims["exp"]) not in {int, float}
        ):
            raise _not_valid()
        # No other claims: PostgreSQL and the log are told these.
        actor = session.actor
        return Actor(actor.role, {**actor.claims, "exp": claims["exp"]})


def _read_session(claims: Mapping[str, Any]) -> Session | None:
    """The session that claims are of, if they are as `Tokens.issue` writes them."""
    sid, sub, user_role = claims["sid"], claims["sub"], claims.get("user_role")
    if not (type(sid) is int and isinstance(sub, str) and isinstance(user_role, str)):
        return None
    if not (0 < sid <= LARGEST_KEY and USER_ID.fullmatch(sub)):
        return None
    if DATABASE_ROLES.get(user_role, "") != claims["role"]:
        return None
    return Session(sid, int(sub), user_role)


def _not_valid() -> ApiError:
    return _refused("the access token is not valid", "Sign in again.")


def _expired() -> ApiError:
    return _refused("the access token has expired", "Refresh it, or sign in again.")


def _refused(message: str, hint: str) -> ApiError:
    return ApiError("NAUTH", message, hint=hint)


def new_refresh_token() -> str:
    """A refresh token: 256 random bits, which mean nothing by themselves."""
    return secrets.token_urlsafe(REFRESH_TOKEN_BYTES)


def hash_refresh_token(token: str) -> bytes:
    """Under which the database knows a refresh token; it never sees the token."""
    return hashlib.sha256(token.encode()).digest()
