"""What is asked of the ledger: requests, as plain values."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Actor:
    """Who asks."""

    user_id: int
    is_staff: bool


@dataclass(frozen=True)
class Request:
    """Something that is asked with or without a key."""

    actor: Actor
    key: str | None

    @property
    def what(self) -> tuple[Any, ...]:
        """All that the same request with the same key must say again."""
        rest = [f.name for f in fields(self) if f.name not in ("actor", "key")]
        return (type(self).__name__, *(getattr(self, name) for name in rest))


@dataclass(frozen=True)
class Post(Request):
    """Money is to move, or to be held."""

    type_code: str
    debited: int
    credited: int
    amount: Decimal
    is_hold: bool = False
    expires_at: datetime | None = None
    reference: str | None = None


@dataclass(frozen=True)
class End(Request):
    """A hold is to end: COMPLETED (amount or all of it) or CANCELLED."""

    transaction_id: int
    status: str
    amount: Decimal | None = None


@dataclass(frozen=True)
class Reverse(Request):
    """A transaction is to be undone: amount of it, or what is left."""

    transaction_id: int
    amount: Decimal | None = None
    force: bool = False


@dataclass(frozen=True)
class Group(Request):
    """Many postings in one call."""

    items: tuple[Post, ...]
    is_atomic: bool

    @property
    def postings(self) -> tuple[Post, ...]:
        """Its items with the keys that they have by themselves or by the group's."""
        return tuple(
            Post(
                self.actor,
                item.key or (f"{self.key}\n{place}" if self.key else None),
                *item.what[1:],
            )
            for place, item in enumerate(self.items, 1)
        )


@dataclass(frozen=True)
class Sweep:
    """Expired holds are to be released."""


@dataclass(frozen=True)
class Expiry:
    """No request: the moment at which a hold's time is over."""

    transaction_id: int
