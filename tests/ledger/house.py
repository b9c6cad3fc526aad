"""The real ledger, asked as the API asks it, from several connections."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg

from config.queries import load_queries
from tests.db.kit import Person, make_staff, open_wallet, unseen_by_triggers
from tests.ledger.requests import Actor, End, Group, Post, Reverse, Sweep
from tests.ledger.state import Answer, Catalogue, Kind, Row, Wallet

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
AT_ONCE = 4
TIMES = ("created_at", "ended_at", "expires_at")
AMOUNTS = ("amount", "held_amount", "debited_balance_after", "credited_balance_after")


class House:
    """A database with the ledger, and connections to it."""

    def __init__(self, url: str) -> None:
        self.main = psycopg.connect(url, autocommit=True)
        self._others = [psycopg.connect(url, autocommit=True) for _ in range(AT_ONCE)]
        self._threads = ThreadPoolExecutor(AT_ONCE)
        self.staff = make_staff(self.main)
        self.catalogue = self._furnish()

    def close(self) -> None:
        self._threads.shutdown()
        for connection in (self.main, *self._others):
            connection.close()

    def _furnish(self) -> Catalogue:
        """Add what the seeds have none of: ceilings, debts, and references that are unique."""
        can_be_forced = {"can_be_forced_under": True}
        debt = {"code": "DEBT", "name": "Debt", "minimum_balance": -500} | can_be_forced
        jar = {"code": "JAR", "name": "Jar", "maximum_balance": 1500} | can_be_forced
        jar |= {"minimum_transaction_amount": 3, "maximum_transaction_amount": 900}
        bill = {"code": "BILL", "name": "Bill", "has_unique_references": True}
        self.staff.call("api.create_wallet_type", **debt)
        self.staff.call("api.create_wallet_type", **jar)
        self.staff.call("api.create_transaction_type", **bill)
        self.main.execute(QUERIES["rules"])
        kinds = {row[0]: Kind(*row[1:]) for row in self.main.execute(QUERIES["find_kinds"])}
        unique = dict(self.main.execute(QUERIES["find_types"]).fetchall())
        rules = {row[:2]: row[2:] for row in self.main.execute(QUERIES["find_rules"])}
        return Catalogue(kinds, unique, rules)

    def open_wallet(self, person: Person, kind: str, currency: str) -> Wallet:
        """A new wallet."""
        return self.wallet(open_wallet(person, kind, currency, by=self.staff))

    def wallet(self, wallet_id: int) -> Wallet:
        """A wallet as it is."""
        row = self.main.execute(QUERIES["find_wallet"], {"wallet_id": wallet_id}).fetchone()
        return Wallet(*row[:2], self.catalogue.kinds[row[2]], *row[3:])

    # --- asking

    def ask(self, request: Any, connection: psycopg.Connection | None = None) -> Answer:
        """What the ledger answers: a transaction, those of a group, or the code of a refusal."""
        connection = connection or self.main
        try:
            return _ask(request, connection)
        except psycopg.errors.UniqueViolation:
            return "TAKEN"  # as the API tells it
        except psycopg.Error as error:
            return error.sqlstate

    def ask_at_once(self, requests: list[Any]) -> list[Answer]:
        """The same of some, each from a connection of its own."""
        start = Barrier(len(requests))

        def ask(request: Any, connection: psycopg.Connection) -> Answer:
            start.wait(30)
            return self.ask(request, connection)

        return list(self._threads.map(ask, requests, self._others))

    def let_expire(self, transaction_id: int, after: timedelta) -> datetime | None:
        """Move the end of a hold, as if it had been asked so; None: it has ended."""
        with unseen_by_triggers(self.main):
            values = {"transaction_id": transaction_id, "after": after}
            row = self.main.execute(QUERIES["let_expire"], values).fetchone()
        return row[0] if row else None

    # --- looking

    def last_transaction(self) -> int:
        query = "select coalesce(max(greatest(transaction_id, ending_id)), 0)"
        return self.main.execute(f"{query} from tekana.transactions").fetchone()[0]

    def problems(self, mark: int, wallet_ids: list[int]) -> list[str]:
        """What of the invariants does not hold."""
        values = {"mark": mark, "wallet_ids": wallet_ids}
        return [problem for (problem,) in self.main.execute(QUERIES["problems"], values)]

    def wallets(self, wallet_ids: list[int]) -> dict[int, tuple[Decimal, Decimal]]:
        """Current and available balance of each."""
        rows = self.main.execute(QUERIES["wallets"], {"wallet_ids": wallet_ids})
        return {row[0]: (row[1], row[2]) for row in rows}

    def transactions(self, mark: int) -> dict[int, tuple[Any, ...]]:
        """Those after a mark, as they are kept."""
        rows = self.main.execute(QUERIES["transactions"], {"mark": mark})
        return {row[0]: row[1:] for row in rows}


def _ask(request: Any, connection: psycopg.Connection) -> Answer:
    if isinstance(request, Sweep):
        query = "select tekana.sweep_expired_holds(10)"
        Person(connection, "tekana_worker").ask(query)
        return None
    person = _person(request.actor, connection)
    if isinstance(request, Group):
        arguments = {
            "transactions": json.dumps([_arguments(i) for i in request.items], default=str),
            "atomic": request.is_atomic,
            "idempotency_key": request.key,
        }
        outcomes = person.call("api.post_transactions", **arguments)["post_transactions"]
        return [
            _row(one["transaction"]) if one["transaction"] else one["error"]["code"]
            for one in outcomes
        ]
    function = {
        Post: "api.post_transaction",
        Reverse: "api.reverse_transaction",
        End: "api.cancel_transaction",
    }[type(request)]
    if isinstance(request, End) and request.status == "COMPLETED":
        function = "api.complete_transaction"
    return _row(person.call(function, **_arguments(request)))


def _arguments(request: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {"idempotency_key": request.key} if request.key else {}
    match request:
        case Post():
            arguments |= {
                "debited_wallet_id": request.debited,
                "credited_wallet_id": request.credited,
                "amount": request.amount,
                "channel_type": "APP",
                "transaction_type": request.type_code,
                "external_reference_number": request.reference,
                "status": "PENDING" if request.is_hold else None,
                "expires_at": request.expires_at,
            }
        case Reverse():
            arguments |= {"transaction_id": request.transaction_id, "amount": request.amount}
            arguments |= {"force": request.force}
        case End():
            arguments |= {"transaction_id": request.transaction_id}
            if request.status == "COMPLETED":
                arguments |= {"amount": request.amount}
    return arguments


def _person(actor: Actor, connection: psycopg.Connection) -> Person:
    role = "tekana_staff" if actor.is_staff else "tekana_customer"
    return Person(connection, role, actor.user_id)


def _row(told: Row) -> Row:
    """A transaction, the same whether it came as a row or as JSON."""
    row = dict(told)
    for name in AMOUNTS:
        row[name] = None if row[name] is None else Decimal(str(row[name]))
    for name in TIMES:
        if isinstance(row[name], str):
            row[name] = datetime.fromisoformat(row[name])
    return row
