"""Sealing as the worker does, verifying as the owner does, tampering as only a superuser can."""

from dataclasses import dataclass

import psycopg

from tests.db.kit import Person, Row, make_customer, open_wallet, post, unseen_by_triggers


def seal(connection: psycopg.Connection, most: int = 100_000) -> Row:
    return Person(connection, "tekana_worker").call("tekana.seal_transactions", most=most)


def verify(connection: psycopg.Connection, expected_hash: str | None = None) -> Row:
    owner = Person(connection, "tekana_owner")
    return owner.call("tekana.verify_ledger", expected_hash=expected_hash)


def difference(connection: psycopg.Connection) -> tuple[str | None, int | None]:
    """Kind and transaction of the first difference; (None, None) when there is none."""
    found = verify(connection)
    return found["kind"], found["transaction_id"]


def tamper(connection: psycopg.Connection, statement: str, *values: object) -> None:
    """Change exactly one row behind the back of every trigger."""
    with unseen_by_triggers(connection):
        assert connection.execute(statement, values or None).rowcount == 1


@dataclass(frozen=True)
class History:
    """A sealed transaction of each kind of outcome, by its key, in the order of the ledger."""

    completed: int
    failed: int
    cancelled: int
    captured: int
    reversed: int
    reversal: int

    @property
    def keys(self) -> list[int]:
        return sorted(vars(self).values())


def make_history(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int
) -> History:
    """Let there be every outcome, with everything given that a caller may give."""
    pocket = open_wallet(make_customer(connection))
    own = f" {pocket}"  # keys are used once

    def pay(amount: int, key: str, **changes: object) -> int:
        changes |= {"idempotency_key": key + own, "external_reference_number": f"ref {key}"}
        return post(aline, purse, pocket, amount, **changes)["id"]

    completed, failed = pay(10, "first"), pay(100_000, "too much")
    held, captured = (pay(20, key, status="PENDING") for key in ("held", "captured"))
    aline.call("api.cancel_transaction", transaction_id=held, idempotency_key="cancel" + own)
    aline.call(
        "api.complete_transaction",
        transaction_id=captured,
        amount=15,
        idempotency_key="capture" + own,
    )
    undone = pay(30, "undone")
    reversal = staff.call("api.reverse_transaction", transaction_id=undone, status_message="wrong")
    return History(completed, failed, held, captured, undone, reversal["id"])
