"""The books: what is in every wallet, what became of every transaction, and what keys stand for."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Self

from tests.ledger.requests import Actor
from tests.ledger.state import Catalogue, Row, Transaction, Unexplained, Wallet


class Books:
    """Wallets, transactions, and the answers that belong to keys."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.wallets: dict[int, Wallet] = {}
        self.transactions: dict[int, Transaction] = {}
        self.keys: dict[tuple[int, str], tuple[tuple[Any, ...], Row]] = {}

    def copy(self) -> Self:
        """Another one in the same state."""
        other = type(self)(self.catalogue)
        other.wallets, other.keys = dict(self.wallets), dict(self.keys)
        other.transactions = dict(self.transactions)
        return other

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

    def expire(self, transaction_id: int) -> None:
        """The time of a hold is over: if it still is one, it has ended."""
        one = self.transactions[transaction_id]
        if one.status == "PENDING":
            self.transactions[transaction_id] = replace(one, status="CANCELLED", is_due=True)

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
