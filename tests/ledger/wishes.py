"""What hypothesis thinks up: wishes that depend on nothing, so that every run can be repeated.

A wish becomes a request by what there is when its turn comes: "the third hold" is the third of
those that there are then, counted round.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.ledger.model import Model
from tests.ledger.requests import Actor, End, Group, Post, Reverse

KINDS = ["post"] * 5 + ["hold"] * 4 + ["complete"] * 4 + ["cancel"] * 2 + ["reverse"] * 4
TYPES = ["TRANSFER"] * 6 + ["BILL"] * 3 + ["CASH_IN", "CASH_OUT", "PAYMENT"]
KEYS = "abcdefghijklmnopqrst"
One = TypeVar("One")


@dataclass(frozen=True)
class Wish:
    """What somebody wants."""

    kind: str
    type_code: str
    who: int
    debited: int
    credited: int
    size: str  # how the amount is chosen
    amount: int
    which: int  # transaction to end or to undo
    key: str | None
    reference: str | None
    force: bool


@dataclass(frozen=True)
class GroupWish:
    """What somebody wants to be done in one call."""

    items: tuple[Wish, ...]
    is_atomic: bool
    key: str | None


_keys = st.sampled_from([None, *KEYS])
_numbers = st.integers(0, 59)
SIZES = ["plain"] * 12 + ["all"] * 4 + ["more"] * 2 + ["odd", "nothing"]


def _wishes(kinds: list[str]) -> st.SearchStrategy[Wish]:
    return st.builds(
        Wish,
        kind=st.sampled_from(kinds),
        type_code=st.sampled_from(TYPES),
        who=st.integers(0, 7),
        debited=_numbers,
        credited=_numbers,
        size=st.sampled_from(SIZES),
        amount=st.integers(1, 400),
        which=_numbers,
        key=_keys,
        reference=st.none() | st.sampled_from("xyz"),
        force=st.booleans(),
    )


singles = _wishes(KINDS)
endings = _wishes(["complete", "cancel", "complete", "reverse", "post"])
holds = _wishes(["hold"])
groups = st.builds(
    GroupWish,
    items=st.lists(_wishes(["post", "post", "post", "hold"]), min_size=1, max_size=4).map(tuple),
    is_atomic=st.booleans(),
    key=_keys,
)
anything = st.one_of(singles, singles, singles, groups)


class Reader:
    """Makes requests of wishes."""

    def __init__(self, model: Model, customers: list[Actor], staff: list[Actor]) -> None:
        self.model, self.customers, self.staff = model, customers, staff

    def request(self, wish: Any, focus: int | None = None) -> Any:
        """The request that a wish is now.

        Args:
            wish: a `Wish` or `GroupWish`.
            focus: the transaction that it is about, if it is about one.
        """
        if isinstance(wish, GroupWish):
            return self._group(wish)
        if wish.kind in ("post", "hold"):
            return self._post(wish)
        return self._ending(wish, focus)

    def _post(self, wish: Wish) -> Post:
        wallets = list(self.model.wallets.values())
        debited = _pick(wallets, wish.debited)
        # Mostly one that can be paid, sometimes any.
        payable = [
            one for one in wallets if one.currency == debited.currency and one is not debited
        ]
        credited = _pick(wallets if wish.who == 6 else payable, wish.credited)
        owners = [actor for actor in self.customers if actor.user_id == debited.owner]
        # Mostly somebody who may, sometimes anybody.
        actor = (
            _pick(self.customers, wish.who)
            if wish.who == 7
            else _pick(owners + self.staff, wish.who)
        )
        type_code = wish.type_code
        if debited.owner is None and wish.who != 7:
            type_code = "CASH_IN"
        elif credited.owner is None and wish.who != 7:
            type_code = "CASH_OUT"
        return Post(
            actor,
            wish.key,
            type_code,
            debited.wallet_id,
            credited.wallet_id,
            self._amount(wish, debited.wallet_id, self.model.available(debited.wallet_id)),
            is_hold=wish.kind == "hold",
            reference=wish.reference and f"{wallets[0].wallet_id} {wish.reference}",
        )

    def _group(self, wish: GroupWish) -> Group:
        items = [self._post(item) for item in wish.items]
        actor = items[0].actor
        return Group(
            actor, wish.key, tuple(replace(item, actor=actor) for item in items), wish.is_atomic
        )

    def _ending(self, wish: Wish, focus: int | None) -> Any:
        wanted = "COMPLETED" if wish.kind == "reverse" else "PENDING"
        of_use = [
            one
            for one in self.model.transactions.values()
            if one.status == wanted and one.reverses is None
        ]
        # Mostly one that can end, sometimes any.
        candidates = of_use if of_use and wish.who < 6 else list(self.model.transactions.values())
        if focus is not None:
            candidates = [self.model.transactions[focus]]
        if not candidates:
            return self._post(wish)
        one = _pick(candidates, wish.which)
        amount = None
        if wish.size != "all":
            left = one.amount - self.model.reversed_of(one.transaction_id)
            amount = self._amount(wish, one.posting.debited, left)
        if wish.kind == "reverse":
            actor = _pick(self.staff, wish.who)
            return Reverse(actor, wish.key, one.transaction_id, amount, wish.force)
        owner = self.model.wallets[one.posting.debited].owner
        owners = [actor for actor in self.customers if actor.user_id == owner]
        actor = _pick(self.customers if wish.who == 7 else owners + self.staff, wish.who)
        if wish.kind == "cancel":
            return End(actor, wish.key, one.transaction_id, "CANCELLED")
        return End(actor, wish.key, one.transaction_id, "COMPLETED", amount)

    def _amount(self, wish: Wish, wallet_id: int, all_of_it: Decimal) -> Decimal:
        unit = Decimal(1).scaleb(-self.model.wallets[wallet_id].decimals)
        match wish.size:
            case "all":
                return max(all_of_it, unit)
            case "more":
                return max(all_of_it, Decimal(0)) + unit
            case "odd":
                return Decimal(wish.amount) + unit / 2
            case "nothing":
                return Decimal(0)
        return Decimal(wish.amount) + (0 if unit == 1 else 25 * unit)


def _pick(candidates: Sequence[One], number: int) -> One:
    return candidates[number % len(candidates)]
