"""The ledger as it is promised, in plain Python: what each request must be answered and do.

It is told what the database answered and says whether that is right. It knows no SQL, no locks and
no clock: everything happens at once, one thing after the other.
"""

from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

from tests.ledger.books import Books
from tests.ledger.requests import Actor, End, Expiry, Group, Post, Request, Reverse, Sweep
from tests.ledger.state import POSTED, Answer, Refused, Row, Transaction, Unexplained


class Model(Books):
    """What each request must be answered and do."""

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

    def _do(self, request: Any, told: Answer) -> None:
        match request:
            case Post():
                self._check(self._post(request, *_numbers(told)), told)
            case End():
                self._check(self._end(request), told)
            case Reverse():
                self._check(self._reverse(request, *_numbers(told)), told)
            case Group():
                expected = self._group(request, _numbers(told, len(request.items)))
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

    def _group(self, group: Group, numbers: list[int]) -> list[Any]:
        """What becomes of a group, whose key is good for it alone once anything was recorded."""
        if group.key and group.key in {item.key for item in group.items}:
            raise Refused("INVAL")
        self._first_answer(group)
        judge = self._all_or_none if group.is_atomic else self._each
        answers = judge(group.postings, numbers)
        rows = [answer for answer in answers if isinstance(answer, dict)]
        if group.key and rows:
            self.keys[group.actor.user_id, group.key] = group.what, rows[0]
        return answers

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
        # All are judged as if the wallets that are paid had room: others must not hear of them.
        trial, declines, full, known = self.copy(), [], [], []
        for post, number in zip(postings, numbers, strict=True):
            self._refuse(post)
            if (first := self._first_answer(post)) is not None:
                known.append(first)
                continue
            trial._refuse_reference(post)
            declines.append(trial._obstacle(post, post.amount))
            full.append(None if declines[-1] else trial._too_full(post, post.amount))
            trial._record(post, declines[-1], number)
        if known:
            failed = [row["decline_code"] for row in known if row["status"] == "FAILED"]
            if declines or len(failed) not in (0, len(known)) or set(failed) == {"GROUP"}:
                raise Refused("KEYRE")
            return known
        declines = declines if any(declines) else full
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
        return self._obstacle(post, amount) or self._too_full(post, amount)

    def _obstacle(self, post: Post, amount: Decimal) -> str | None:
        """Why it is declined however full the credited wallet is."""
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
        return self._short(post.debited, amount)

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
