"""The ledger as it is promised, in plain Python: what each request must be answered and do.

It is told what the database answered and says whether that is right. It knows no SQL, no locks and
no clock: everything happens at once, one thing after the other.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from typing import Any

from tests.ledger.requests import Actor, End, Expiry, Group, Post, Request, Reverse, Sweep

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


class Model:
    """Wallets, transactions, and the answers that belong to keys."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.wallets: dict[int, Wallet] = {}
        self.transactions: dict[int, Transaction] = {}
        self.keys: dict[tuple[int, str], tuple[tuple[Any, ...], Row]] = {}

    def copy(self) -> "Model":
        """Another one in the same state."""
        other = Model(self.catalogue)
        other.wallets, other.keys = dict(self.wallets), dict(self.keys)
        other.transactions = dict(self.transactions)
        return other

    def take(self, request: Any, told: Answer) -> None:
        """Do what is asked, if this is what the database must have answered.

        Raises:
            Unexplained: it must not; the model is as it was before.
        """
        trial = self.copy()
        try:
            trial._do(request, told)
        except Refused as refusal:
            if told != refusal.code:
                raise Unexplained(
                    f"{request} must be refused with {refusal.code}, was: {told}"
                ) from None
            return
        if isinstance(told, str):
            raise Unexplained(f"{request} was refused with {told}")
        # Whoever asks again is to be told all that was told first, to the last field.
        rows = [row for row in (told if isinstance(told, list) else [told]) if row]
        for key in trial.keys.keys() - self.keys.keys():
            what, answer = trial.keys[key]
            same = [row for row in rows if isinstance(row, dict) and row["id"] == answer["id"]]
            trial.keys[key] = what, same[0] if same else answer
        self.wallets, self.transactions = trial.wallets, trial.transactions
        self.keys = trial.keys

    def held(self, wallet_id: int) -> Decimal:
        """What is held of a wallet."""
        return self.wallets[wallet_id].held_elsewhere + sum(
            one.amount
            for one in self.transactions.values()
            if one.posting.debited == wallet_id and one.status == "PENDING"
        )

    def available(self, wallet_id: int) -> Decimal:
        """What can be spent of a wallet."""
        return self.wallets[wallet_id].balance - self.held(wallet_id)

    def expire(self, transaction_id: int) -> None:
        """The time of a hold is over: if it still is one, it has ended."""
        one = self.transactions[transaction_id]
        if one.status == "PENDING":
            self.transactions[transaction_id] = replace(one, status="CANCELLED", is_due=True)

    def _do(self, request: Any, told: Answer) -> None:
        match request:
            case Post():
                self._check(self._post(request, *_numbers(told)), told)
            case End():
                self._check(self._end(request), told)
            case Reverse():
                self._check(self._reverse(request, *_numbers(told)), told)
            case Group():
                judge = self._all_or_none if request.is_atomic else self._each
                expected = judge(request.postings, _numbers(told, len(request.items)))
                if isinstance(told, list):
                    for one, answer in zip(expected, told, strict=True):
                        self._check(one, answer)
            case Expiry():
                self.expire(request.transaction_id)
            case Sweep():
                pass  # what it releases was free already

    def _check(self, expected: Row | str, told: Answer) -> None:
        if isinstance(expected, str) or isinstance(told, str):
            fits = expected == told
        else:
            fits = told is not None and all(told[name] == expected[name] for name in expected)
        if not fits:
            raise Unexplained(f"expected {expected}, was told {told}")

    # --- posting

    def _post(self, post: Post, number: int) -> Row:
        self._refuse(post)
        if (first := self._first_answer(post)) is not None:
            return first
        self._refuse_reference(post)
        return self._record(post, self._decline(post, post.amount), number)

    def _each(self, postings: tuple[Post, ...], numbers: list[int]) -> list[Row | str]:
        """What becomes of each by itself; a key that comes again waits for those that are new."""
        seen: set[str] = set()
        first, again = [], []
        for place, post in enumerate(postings):
            (again if post.key in seen else first).append(place)
            seen |= {post.key} if post.key else set()
        answers: dict[int, Row | str] = {}
        for place in first + again:
            try:
                answers[place] = self._post(postings[place], numbers[place])
            except Refused as refusal:
                answers[place] = refusal.code
        return [answers[place] for place in range(len(postings))]

    def _all_or_none(self, postings: tuple[Post, ...], numbers: list[int]) -> list[Row]:
        keys = [post.key for post in postings if post.key]
        if len(keys) != len(set(keys)):
            raise Refused("INVAL")
        for post in postings:
            self._refuse(post)
        trial, declines, known = self.copy(), [], []
        for post, number in zip(postings, numbers, strict=True):
            if (first := self._first_answer(post)) is not None:
                known.append(first)
                continue
            trial._refuse_reference(post)
            declines.append(trial._decline(post, post.amount))
            trial._record(post, declines[-1], number)
        if known:
            if declines:
                raise Refused("KEYRE")
            return known
        together = [decline or "GROUP" for decline in declines] if any(declines) else declines
        return [self._record(*one) for one in zip(postings, together, numbers, strict=True)]

    def _refuse(self, post: Post) -> None:
        """Raise what a posting is refused for whatever is in the wallets."""
        debited, credited = self.wallets.get(post.debited), self.wallets.get(post.credited)
        if post.amount <= 0 or post.debited == post.credited:
            raise Refused("INVAL")
        if not post.actor.is_staff and (debited is None or debited.owner != post.actor.user_id):
            raise Refused("DENYD")
        if debited is None or credited is None:
            raise Refused("NFIND")
        if _decimals(post.amount) > debited.decimals:
            raise Refused("INVAL")

    def _refuse_reference(self, post: Post) -> None:
        if not self.catalogue.unique_references[post.type_code] or post.reference is None:
            return
        names = post.type_code, post.reference
        for one in self.transactions.values():
            is_used = one.reverses is None and one.status in ("PENDING", *POSTED)
            if is_used and (one.posting.type_code, one.posting.reference) == names:
                raise Refused("TAKEN")

    def _decline(self, post: Post, amount: Decimal) -> str | None:
        """Why a movement is declined now."""
        debited, credited = self.wallets[post.debited], self.wallets[post.credited]
        if not (debited.is_active and credited.is_active):
            return "INACT"
        if debited.currency != credited.currency:
            return "CURNC"
        rules, nothing = self.catalogue.rules, (False, False)
        if not rules.get((debited.kind.code, post.type_code), nothing)[0]:
            return "NRULE"
        if not rules.get((credited.kind.code, post.type_code), nothing)[1]:
            return "NRULE"
        for kind in (debited.kind, credited.kind):
            if kind.least is not None and amount < kind.least:
                return "LIMIT"
            if kind.most is not None and amount > kind.most:
                return "LIMIT"
        return self._short(post.debited, amount) or self._too_full(post, amount)

    def _short(self, wallet_id: int, amount: Decimal) -> str | None:
        floor = self.wallets[wallet_id].floor
        return "NFUND" if floor is not None and self.available(wallet_id) - amount < floor else None

    def _too_full(self, post: Post, amount: Decimal) -> str | None:
        wallet = self.wallets[post.credited]
        over = wallet.kind.ceiling is not None and wallet.balance + amount > wallet.kind.ceiling
        return "LIMIT" if over and not post.is_hold else None

    def _record(self, post: Post, decline: str | None, number: int) -> Row:
        if number in self.transactions:
            raise Unexplained(f"{post} was answered with {self.transactions[number]}")
        status = "FAILED" if decline else "PENDING" if post.is_hold else "COMPLETED"
        held = post.amount if status == "PENDING" else None
        self.transactions[number] = Transaction(number, post, post.amount, status, decline, held)
        if status == "COMPLETED":
            self._move(number, post.amount)
        self._settle(post.debited, post.credited)
        return self._keep(post, number)

    def _move(self, number: int, amount: Decimal) -> None:
        one = self.transactions[number]
        for wallet_id, change in ((one.posting.debited, -amount), (one.posting.credited, amount)):
            wallet = self.wallets[wallet_id]
            self.wallets[wallet_id] = replace(wallet, balance=wallet.balance + change)
        after = tuple(
            self.wallets[wallet_id].balance
            for wallet_id in (one.posting.debited, one.posting.credited)
        )
        self.transactions[number] = replace(one, amount=amount, after=after)

    def _settle(self, *wallet_ids: int, is_forced: bool = False) -> None:
        """Only force takes a wallet under its floor; money alone takes it out again."""
        for wallet_id in wallet_ids:
            wallet = self.wallets[wallet_id]
            is_under = wallet.floor is not None and self.available(wallet_id) < wallet.floor
            if is_under and not (wallet.is_under_floor or is_forced):
                raise Unexplained(f"wallet {wallet_id} falls under its floor")
            self.wallets[wallet_id] = replace(wallet, is_under_floor=is_under)

    # --- ending and reversing

    def _end(self, end: End) -> Row:
        one = self._find(end.transaction_id, end.actor)
        if (first := self._first_answer(end)) is not None:
            return first
        if one.status != "PENDING":
            raise Refused("STATE")
        released = replace(one, status="CANCELLED")
        if end.status == "COMPLETED":
            amount = self._part(end.amount, one.amount, one.posting.debited)
            trial = self.copy()
            trial.transactions[one.transaction_id] = released
            # What it holds itself is given back first, and a ceiling counts now.
            if decline := trial._decline(replace(one.posting, is_hold=False), amount):
                raise Refused(decline)
            self.transactions[one.transaction_id] = replace(one, status="COMPLETED")
            self._move(one.transaction_id, amount)
        else:
            self.transactions[one.transaction_id] = released
        self._settle(one.posting.debited, one.posting.credited)
        return self._keep(end, one.transaction_id)

    def _reverse(self, reverse: Reverse, number: int) -> Row:
        if not reverse.actor.is_staff:
            raise Refused("42501")
        original = self._find(reverse.transaction_id, reverse.actor)
        if (first := self._first_answer(reverse)) is not None:
            return first
        if original.status != "COMPLETED" or original.reverses is not None:
            raise Refused("STATE")
        left = original.amount - self.reversed_of(original.transaction_id)
        payer, paid = original.posting.credited, original.posting.debited
        amount = self._part(reverse.amount, left, payer)
        is_forced = reverse.force and self.wallets[payer].kind.can_be_forced_under
        decline = None if is_forced else self._short(payer, amount)
        back = replace(original.posting, actor=reverse.actor, debited=payer, credited=paid)
        if number in self.transactions:
            raise Unexplained(f"{reverse} was answered with {self.transactions[number]}")
        self.transactions[number] = Transaction(
            number,
            replace(back, is_hold=False),
            amount,
            "FAILED" if decline else "COMPLETED",
            decline,
            reverses=original.transaction_id,
        )
        if decline is None:
            self._move(number, amount)
            self._settle(payer, paid, is_forced=is_forced)
            if amount == left:
                self.transactions[original.transaction_id] = replace(original, status="REVERSED")
        return self._keep(reverse, number)

    def reversed_of(self, transaction_id: int) -> Decimal:
        """How much of a transaction was given back."""
        return sum(
            (
                one.amount
                for one in self.transactions.values()
                if one.reverses == transaction_id and one.status == "COMPLETED"
            ),
            Decimal(0),
        )

    def _find(self, transaction_id: int, actor: Actor) -> Transaction:
        one = self.transactions.get(transaction_id)
        if one is None or not (
            actor.is_staff or self.wallets[one.posting.debited].owner == actor.user_id
        ):
            raise Refused("NFIND")
        return one

    def _part(self, asked: Decimal | None, most: Decimal, wallet_id: int) -> Decimal:
        if asked is None:
            return most
        if not 0 < asked <= most or _decimals(asked) > self.wallets[wallet_id].decimals:
            raise Refused("INVAL")
        return asked

    # --- keys

    def _first_answer(self, request: Request) -> Row | None:
        if request.key is None:
            return None
        what, answer = self.keys.get((request.actor.user_id, request.key), (None, None))
        if what is not None and what != request.what:
            raise Refused("KEYRE")
        return answer

    def _keep(self, request: Request, number: int) -> Row:
        """The answer to what was just done, which its key stands for from now on."""
        answer = self.shown(number, request.actor)
        if request.key is not None:
            self.keys[request.actor.user_id, request.key] = request.what, answer
        return answer

    def shown(self, number: int, actor: Actor) -> Row:
        """A transaction as somebody sees it."""
        one = self.transactions[number]
        debited, credited = (self.wallets[w] for w in (one.posting.debited, one.posting.credited))
        sides = [actor.is_staff or wallet.owner == actor.user_id for wallet in (debited, credited)]
        return {
            "id": number,
            "status": one.status,
            "decline_code": one.decline_code,
            "amount": one.amount,
            "held_amount": one.held,
            "reverses_transaction_id": one.reverses,
            "currency_code": debited.currency,
            "debited_wallet_id": debited.wallet_id,
            "credited_wallet_id": credited.wallet_id,
            "debited_balance_after": one.after[0] if sides[0] else None,
            "credited_balance_after": one.after[1] if sides[1] else None,
        }


_made_up = count(-1, -1)


def _numbers(told: Answer, many: int = 1) -> list[int]:
    """The numbers of the transactions in an answer; made up where it has none."""
    if isinstance(told, dict):
        return [told["id"]]
    if isinstance(told, list):
        return [one["id"] if isinstance(one, dict) else next(_made_up) for one in told]
    return [next(_made_up) for _ in range(many)]


def _decimals(amount: Decimal) -> int:
    return max(0, -int(amount.normalize().as_tuple().exponent))
