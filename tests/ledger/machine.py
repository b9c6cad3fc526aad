"""The state machine: what happens to the ledger, and what must be true after each step."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.db.kit import float_wallet, make_customer, make_staff
from tests.ledger.house import House
from tests.ledger.model import Model
from tests.ledger.requests import Actor, Expiry, Group, Post, Sweep
from tests.ledger.state import Answer, Unexplained
from tests.ledger.wishes import Reader, anything, endings, groups, holds, singles

# Whose wallets there are: of three customers, and the operator's float of both currencies.
WALLETS = [
    (0, "PERSONAL", "RWF"),
    (1, "PERSONAL", "RWF"),
    (2, "DEBT", "RWF"),
    (0, "JAR", "RWF"),
    (1, "PERSONAL", "USD"),
    (2, "PERSONAL", "USD"),
]
MOMENT = timedelta(milliseconds=4)


class Ledger(RuleBasedStateMachine):
    """Everything that can be asked of the ledger, by people of this example's own."""

    def __init__(self, house: House, steps: Counter[str]) -> None:
        super().__init__()
        self.house, self.steps = house, steps

    @initialize()
    def begin(self) -> None:
        """Open the wallets and put something into most of them."""
        main = self.house.main
        people = [make_customer(main) for _ in range(3)]
        self.customers = [Actor(person.user_id, is_staff=False) for person in people]
        self.staff = [Actor(make_staff(main).user_id, is_staff=True) for _ in range(2)]
        self.model = Model(self.house.catalogue)
        self.asked: list[Any] = []
        wallets = [
            self.house.open_wallet(people[number], kind, currency)
            for number, kind, currency in WALLETS
        ] + [self.house.wallet(float_wallet(main, currency)) for currency in ("RWF", "USD")]
        self.model.wallets = {wallet.wallet_id: wallet for wallet in wallets}
        self.floats = list(self.model.wallets)[-2:]
        self.mark = self.house.last_transaction()
        self.reader = Reader(self.model, self.customers, self.staff)
        for wallet in list(self.model.wallets.values())[:5]:
            source = self.floats[wallet.currency == "USD"]
            self._ask(Post(self.staff[0], None, "CASH_IN", source, wallet.wallet_id, Decimal(800)))

    # --- one at a time

    @rule(wish=anything)
    def ask(self, wish: Any) -> None:
        self._ask(self.reader.request(wish))

    @rule(wish=singles)
    def ask_one(self, wish: Any) -> None:
        self._ask(self.reader.request(wish))

    @rule(wish=groups)
    def ask_many_in_one_call(self, wish: Any) -> None:
        self._ask(self.reader.request(wish))

    @rule(number=st.integers(0, 59))
    def ask_again(self, number: int) -> None:
        """Ask what was asked before with a key."""
        if self.asked:
            self._ask(self.asked[number % len(self.asked)])

    @rule(wish=singles, number=st.integers(0, 59))
    def ask_something_else_with_a_used_key(self, wish: Any, number: int) -> None:
        if self.asked:
            earlier = self.asked[number % len(self.asked)]
            request = self.reader.request(replace(wish, who=0))
            self._ask(replace(request, actor=earlier.actor, key=earlier.key))

    # --- time

    @rule(number=st.integers(0, 59))
    def time_passes(self, number: int) -> None:
        """A hold's time is over, and nobody sweeps."""
        if hold := self._open_hold(number, is_to_expire=True):
            self._edit_end(hold, timedelta(0))
            self.model.expire(hold)
            self.steps["expired"] += 1

    @rule(wish=holds)
    def a_hold_ends_by_itself(self, wish: Any) -> None:
        """A hold for a moment."""
        end = datetime.now(UTC) + 5 * MOMENT
        hold = replace(self.reader.request(wish), expires_at=end, reference=None)
        told = self.house.ask(hold)
        time.sleep(max(0, (end - datetime.now(UTC)).total_seconds()) + 0.001)
        if told == "INVAL":
            return  # the machine was so slow that it ended before it began
        self._take(hold, told)
        if isinstance(told, dict):
            self.model.expire(told["id"])
            self.steps["expired"] += told["status"] == "PENDING"

    @rule()
    def the_worker_sweeps(self) -> None:
        self._ask(Sweep())

    # --- everything else

    @rule(number=st.integers(0, 59), is_active=st.booleans())
    def a_wallet_is_closed_or_opened(self, number: int, is_active: bool) -> None:
        wallet = list(self.model.wallets.values())[number % len(WALLETS)]
        # Two of three are open: with most closed, nothing would move.
        is_active = is_active or number % 3 > 0
        self.house.staff.call(
            "api.set_wallet_status",
            wallet_id=wallet.wallet_id,
            status="ACTIVE" if is_active else "INACTIVE",
        )
        self.model.wallets[wallet.wallet_id] = replace(wallet, is_active=is_active)

    # --- several at once

    @rule(wishes=st.lists(anything, min_size=2, max_size=4))
    def ask_at_once(self, wishes: list[Any]) -> None:
        self._ask_at_once([self.reader.request(wish) for wish in wishes])

    @rule(wish=anything, many=st.integers(2, 4))
    def ask_the_same_at_once(self, wish: Any, many: int) -> None:
        self._ask_at_once([self.reader.request(replace(wish, key=wish.key or "z"))] * many)

    @rule(wishes=st.lists(endings, min_size=2, max_size=4), number=st.integers(0, 59))
    def end_one_at_once(self, wishes: list[Any], number: int) -> None:
        if hold := self._open_hold(number):
            self._ask_at_once([self.reader.request(wish, hold) for wish in wishes])

    @rule(wishes=st.lists(endings, min_size=1, max_size=2), number=st.integers(0, 59))
    def end_one_while_it_expires(self, wishes: list[Any], number: int) -> None:
        if hold := self._open_hold(number, is_to_expire=True):
            requests = [self.reader.request(wish, hold) for wish in wishes]
            self._edit_end(hold, MOMENT / 8)
            self._ask_at_once([*requests, Sweep()], Expiry(hold))

    # --- how

    def _open_hold(self, number: int, is_to_expire: bool = False) -> int | None:
        held = [
            one.transaction_id
            for one in self.model.transactions.values()
            if one.status == "PENDING"
            # A unique reference is free again when its hold is swept, not when it expires.
            and not (is_to_expire and one.posting.reference)
        ]
        return held[number % len(held)] if held else None

    def _edit_end(self, hold: int, after: timedelta) -> None:
        end = self.house.let_expire(hold, after)
        if end is None:
            raise Unexplained(f"hold {hold} is not held any more")
        for key, (what, answer) in self.model.keys.items():
            if answer["id"] == hold:
                self.model.keys[key] = what, answer | {"expires_at": end}

    def _ask(self, request: Any) -> Answer:
        told = self.house.ask(request)
        self._take(request, told)
        return told

    def _take(self, request: Any, told: Answer) -> None:
        note(f"{request} → {told}")
        self.model.take(request, told)
        self._remember(request, told)

    def _ask_at_once(self, requests: list[Any], *moments: Expiry) -> None:
        answers = self.house.ask_at_once(requests)
        if moments:
            time.sleep(MOMENT.total_seconds())
        happened: list[tuple[Any, Answer]] = [(moment, None) for moment in moments]
        for place, (request, told) in enumerate(zip(requests, answers, strict=True)):
            note(f"at once: {request} → {told}")
            # Of two with one key the database may send one away, to ask again: because the other
            # was faster, or because each waits for the other (one of them in a group with a key).
            if told not in ("40001", "40P01") or not _shares_a_key(
                request, requests[:place] + requests[place + 1 :]
            ):
                happened.append((request, told))
        self.steps["at once"] += 1
        state = self._state()
        for model in _orders(self.model, happened):
            if _state_of(model, self.mark) == state:
                break
        else:
            raise Unexplained(f"no order explains what came of {happened}")
        self.model.wallets, self.model.keys = model.wallets, model.keys
        self.model.transactions = model.transactions
        for request, told in happened[len(moments) :]:
            self._remember(request, told)

    def _remember(self, request: Any, told: Answer) -> None:
        self.steps[f"{type(request).__name__} {_outcome(told)}"] += 1
        if getattr(request, "key", None):
            self.asked.append(request)

    # --- what must be true

    @invariant()
    def is_as_promised(self) -> None:
        if not hasattr(self, "model"):
            return
        self.steps["steps"] += 1
        state, expected = self._state(), _state_of(self.model, self.mark)
        if state != expected:
            raise Unexplained(f"{_difference(state, expected)}")
        if problems := self.house.problems(self.mark, list(self.model.wallets)):
            raise Unexplained("; ".join(problems))

    def _state(self) -> Any:
        wallets = self.house.wallets(list(self.model.wallets))
        return wallets, self.house.transactions(self.mark)


def _state_of(model: Model, mark: int) -> Any:
    wallets = {
        number: (wallet.balance, model.available(number))
        for number, wallet in sorted(model.wallets.items())
    }
    transactions = {
        number: (
            one.status,
            one.decline_code,
            one.amount,
            one.held,
            one.reverses,
            one.posting.debited,
            one.posting.credited,
            *one.after,
        )
        for number, one in sorted(model.transactions.items())
        if number > mark
    }
    return wallets, transactions


def _difference(found: Any, expected: Any) -> str:
    lines = [
        f"{what} {number}: {has.get(number)}, not {should.get(number)}"
        for what, has, should in zip(("wallet", "transaction"), found, expected, strict=True)
        for number in sorted(has.keys() | should.keys())
        if has.get(number) != should.get(number)
    ]
    return "; ".join(lines)


def _orders(model: Model, happened: list[Any]) -> Iterator[Model]:
    """The model after each order of what happened that explains every answer."""
    if not happened:
        yield model
    for place, (request, told) in enumerate(happened):
        after = model.copy()
        try:
            after.take(request, told)
        except Unexplained:
            continue
        yield from _orders(after, happened[:place] + happened[place + 1 :])


def _keys_of(request: Any) -> set[tuple[int, str]]:
    postings = [request, *(request.postings if isinstance(request, Group) else ())]
    return {(one.actor.user_id, one.key) for one in postings if getattr(one, "key", None)}


def _shares_a_key(request: Any, others: list[Any]) -> bool:
    return any(_keys_of(request) & _keys_of(other) for other in others)


def _outcome(told: Answer) -> str:
    if isinstance(told, list):
        return "of " + ", ".join(sorted({_outcome(one) for one in told}))
    if isinstance(told, dict):
        return str(told["decline_code"] or told["status"])
    return str(told)
