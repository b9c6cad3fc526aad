"""What there is: wallets and transactions as they are now, types and rules."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.ledger.requests import Post

POSTED = ("COMPLETED", "REVERSED")
Row = dict[str, Any]
Answer = Row | list[Any] | str | None  # a transaction, those of a group, or the code of a refusal


class Unexplained(AssertionError):  # noqa: N818 - says what is the matter
    """The database did what the ledger must not do."""


class Refused(Exception):  # noqa: N818 - not an error
    """A request that must be refused, by its code; nothing changes."""

    @property
    def code(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Kind:
    """A type of wallet."""

    code: str
    least: Decimal | None
    most: Decimal | None
    ceiling: Decimal | None
    can_be_forced_under: bool


@dataclass(frozen=True)
class Catalogue:
    """Types and rules: what is given."""

    kinds: dict[int, Kind]
    unique_references: dict[str, bool]  # of each type of transaction
    rules: dict[tuple[str, str], tuple[bool, bool]]  # wallet type, type → may debit, may credit


@dataclass(frozen=True)
class Wallet:
    """A wallet as it is now."""

    wallet_id: int
    owner: int | None
    kind: Kind
    currency: str
    decimals: int
    floor: Decimal | None
    balance: Decimal
    held_elsewhere: Decimal = Decimal(0)  # by holds from before the model began
    is_active: bool = True
    is_under_floor: bool = False


@dataclass(frozen=True)
class Transaction:
    """A transaction as it is now."""

    transaction_id: int
    posting: Post
    amount: Decimal
    status: str
    decline_code: str | None = None
    held: Decimal | None = None
    is_due: bool = False
    after: tuple[Decimal | None, Decimal | None] = (None, None)
    reverses: int | None = None
