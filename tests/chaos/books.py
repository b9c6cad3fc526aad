"""What clients were told, against what the ledger says."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.chaos.clients import Payment, ask_again
from tests.db.kit import findings

ASKED_AGAIN = 500


@dataclass
class Books:
    """What became of the payments of one kind of kill."""

    acknowledged: int = 0
    found_out_for_it: int = 0  # of these: by the API, which lost the database's answer
    unknown: int = 0
    found_done: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: tuple[str, ...] = ()

    @property
    def are_right(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def balances_of(connection: psycopg.Connection, wallet_ids: list[int]) -> dict[int, Decimal]:
    query = "select wallet_id, current_balance from tekana.wallets where wallet_id = any(%s)"
    return dict(connection.execute(query, [wallet_ids]).fetchall())


def compare(
    connection: psycopg.Connection,
    port: int,
    payments: list[Payment],
    before: dict[int, Decimal],
) -> Books:
    """What is lost, doubled or otherwise wrong.

    Args:
        connection: a superuser's.
        port: of the API.
        payments: all that was asked, each of which was answered in the end.
        before: balance of each wallet before them.
    """
    books = Books(
        acknowledged=sum(payment.is_acknowledged for payment in payments),
        unknown=sum(payment.was_unknown for payment in payments),
        found_out_for_it=sum(p.was_done for p in payments if not p.was_unknown),
        found_done=sum(p.was_done for p in payments if p.was_unknown),
    )
    kept = _kept(connection, payments)
    expected = dict(before)
    for payment in payments:
        rows = kept.get(payment.body["external_reference_number"], [])
        books.doubled += max(0, len(rows) - 1)
        if payment.status == 400:  # a hold that came too late
            books.doubled += len(rows)
        elif not any(_is_as_told(payment, row) for row in rows):
            books.lost += 1
        elif payment.answer.get("status") == "COMPLETED":
            amount = payment.body["amount"]
            expected[payment.body["debited_wallet_id"]] -= amount
            expected[payment.body["credited_wallet_id"]] += amount
    books.wrong = tuple(_wrong(connection, port, payments, expected))
    return books


def _wrong(
    connection: psycopg.Connection,
    port: int,
    payments: list[Payment],
    expected: dict[int, Decimal],
) -> list[str]:
    found = balances_of(connection, list(expected))
    wrong = [
        f"wallet {wallet_id} has {found[wallet_id]}, not {balance}"
        for wallet_id, balance in expected.items()
        if found[wallet_id] != balance
    ]
    wrong += [" ".join(finding) for finding in findings(connection)]
    query = "select problem from tekana.verify_ledger() where problem is not null"
    wrong += [problem for (problem,) in connection.execute(query)]
    told = [payment for payment in payments if payment.status in (201, 422)]
    asked = random.sample(told, min(ASKED_AGAIN, len(told)))
    asked += [payment for payment in told if payment.was_unknown]
    for payment, answer in zip(asked, asyncio.run(ask_again(port, asked)), strict=True):
        same = (payment.status, payment.answer) == (answer.status, answer.body)
        if not (same and answer.is_replayed):
            wrong.append(f"{payment} is answered with {answer} when it is asked again")
    return wrong


def _kept(
    connection: psycopg.Connection, payments: list[Payment]
) -> dict[str, list[dict[str, Any]]]:
    query = (
        "select t.*, tekana.reference_number(t.transaction_id) as reference_number"
        " from tekana.transactions as t where t.external_reference_number = any(%s)"
    )
    names = [payment.body["external_reference_number"] for payment in payments]
    kept: dict[str, list[dict[str, Any]]] = {}
    for row in connection.cursor(row_factory=dict_row).execute(query, [names]):
        kept.setdefault(row["external_reference_number"], []).append(row)
    return kept


def _is_as_told(payment: Payment, row: dict[str, Any]) -> bool:
    """Whether a transaction is the one that a client was told of."""
    told = payment.answer
    if payment.status == 422:
        return row["status"] == "FAILED" and row["reference_number"] in told["details"]
    if told["id"] != row["transaction_id"] or told["amount"] != row["amount"]:
        return False
    if told["status"] == "PENDING":
        return row["held_amount"] == told["amount"] and row["status"] in ("PENDING", "CANCELLED")
    return (
        row["status"] == "COMPLETED"
        and row["debited_balance_after"] == told["debited_balance_after"]
    )


def outcomes(payments: list[Payment]) -> Counter[str]:
    """How many of each answer there were."""
    return Counter(payment.answer.get("status") or payment.answer["code"] for payment in payments)
