"""Each rule is found broken, from nothing and from the last proof on; a superuser breaks them."""

from contextlib import nullcontext
from dataclasses import asdict

import psycopg
import pytest

from tests.db.check_ledger.conftest import Everything
from tests.db.kit import findings, unseen_by_triggers

pytestmark = pytest.mark.parametrize("full", [True, False], ids=["full", "incremental"])

WALLET = "update tekana.wallets set {} where wallet_id = %(purse)s"
TRANSACTION = "update tekana.transactions set {} where transaction_id = %({})s"
UNCONSTRAINED = "alter table tekana.transactions drop constraint {}; "

# What is done → the rules that are found broken, and by what.
BREAKS = {
    "a balance": (
        WALLET.format("current_balance = current_balance + 1"),
        {("currency_sums_to_zero", "currency RWF"), ("balance_equals_history", "wallet {purse}")},
    ),
    "two balances, which sum to zero": (
        WALLET.format(
            "current_balance = current_balance + case wallet_id when %(purse)s then 1 else -1 end"
        )
        + " or wallet_id = %(pocket)s",
        {("balance_equals_history", f"wallet {{{name}}}") for name in ("purse", "pocket")},
    ),
    "a held amount": (
        WALLET.format("held_amount = held_amount + 1"),
        {("held_amount_equals_pending", "wallet {purse}")},
    ),
    "a hold that vanishes": (
        "delete from tekana.transactions where transaction_id = %(held)s",
        {("held_amount_equals_pending", "wallet {purse}")},
    ),
    "a floor": (
        WALLET.format("minimum_balance = 100000, is_under_floor = true")
        + "; alter table tekana.wallets drop constraint"
        " wallets_available_balance_is_over_its_floor; " + WALLET.format("is_under_floor = false"),
        {("available_balance_is_over_floor", "wallet {purse}")},
    ),
    "a floor that nothing but a flag lets it be under": (
        WALLET.format("minimum_balance = 100000, is_under_floor = true"),
        {("available_balance_is_over_floor", "wallet {purse}")},
    ),
    "whose a wallet is": (
        WALLET.format("customer_id = (select max(customer_id) from tekana.customers)"),
        {("wallet_is_whose_it_was", "wallet {purse}")},
    ),
    "whose a wallet was in the middle of its history": (
        TRANSACTION.format("debited_customer_id = null", "transfer"),
        {("wallet_is_whose_it_was", "wallet {purse}")},
    ),
    "a balance after a posting": (
        TRANSACTION.format("debited_balance_after = debited_balance_after + 1", "transfer"),
        {("balances_chain", "wallet {purse}")},
    ),
    "the balance after a wallet's last posting": (
        "update tekana.transactions set credited_balance_after = credited_balance_after + 1"
        " where transaction_id = (select max(transaction_id) from tekana.transactions"
        " where credited_wallet_id = %(purse)s and status = 'COMPLETED')",
        {("balances_chain", "wallet {purse}")},
    ),
    "an amount": (
        TRANSACTION.format("amount = amount + 1", "transfer"),
        {
            (rule, f"wallet {{{name}}}")
            for rule in ("balance_equals_history", "balances_chain")
            for name in ("purse", "pocket")
        },
    ),
    "the amount of a hold that was completed": (
        TRANSACTION.format("amount = amount - 1", "completed"),
        {
            (rule, f"wallet {{{name}}}")
            for rule in ("balance_equals_history", "balances_chain")
            for name in ("purse", "pocket")
        },
    ),
    "a posting that vanishes": (
        "delete from tekana.transactions where transaction_id = %(transfer)s",
        {
            (rule, f"wallet {{{name}}}")
            for rule in ("balance_equals_history", "balances_chain")
            for name in ("purse", "pocket")
        },
    ),
    "a decline that was posted": (
        TRANSACTION.format(
            "status = 'COMPLETED', decline_code = null, debited_balance_after = 0,"
            " credited_balance_after = 0",
            "declined",
        ),
        {
            (rule, f"wallet {{{name}}}")
            for rule in ("balance_equals_history", "balances_chain")
            for name in ("purse", "pocket")
        },
    ),
    "a reversal of more than the original": (
        TRANSACTION.format("amount = 31", "last_reversal"),
        {
            ("reversals_are_within_original", "transaction {reversed}"),
            ("reversed_is_wholly_reversed", "transaction {reversed}"),
            *(
                (rule, f"wallet {{{name}}}")
                for rule in ("balance_equals_history", "balances_chain")
                for name in ("purse", "pocket")
            ),
        },
    ),
    "a reversal to another wallet": (
        "update tekana.transactions set credited_wallet_id = debited_wallet_id,"
        " debited_wallet_id = credited_wallet_id, credited_customer_id = debited_customer_id,"
        " debited_customer_id = credited_customer_id,"
        " credited_balance_after = debited_balance_after,"
        " debited_balance_after = credited_balance_after where transaction_id = %(last_reversal)s",
        {
            ("reversals_give_back", "transaction {reversed}"),
            *(
                (rule, f"wallet {{{name}}}")
                for rule in ("balance_equals_history", "balances_chain")
                for name in ("purse", "pocket")
            ),
        },
    ),
    "one that is wholly reversed and does not say so": (
        TRANSACTION.format("status = 'COMPLETED'", "reversed"),
        {("reversed_is_wholly_reversed", "transaction {reversed}")},
    ),
    "one that is partly reversed and says wholly": (
        TRANSACTION.format("status = 'REVERSED'", "partly_reversed"),
        {("reversed_is_wholly_reversed", "transaction {partly_reversed}")},
    ),
    "one that nothing reversed and says so": (
        TRANSACTION.format("status = 'REVERSED'", "completed"),
        {("reversed_is_wholly_reversed", "transaction {completed}")},
    ),
    **{
        f"one that is {name} and says that it moved something": (
            UNCONSTRAINED.format("transactions_posted_have_both_balances")
            + TRANSACTION.format("debited_balance_after = 5", name),
            {("only_posted_moved", f"transaction {{{name}}}")},
        )
        for name in ("declined", "held", "cancelled")
    },
}


def break_it(connection: psycopg.Connection, everything: Everything, deed: str) -> dict[str, int]:
    """Break the ledger; the keys of what it is made of."""
    keys = {
        name: what["id"] if isinstance(what, dict) else what
        for name, what in asdict(everything).items()
    }
    for statement in deed.split("; "):
        guarded = statement.startswith(("update", "delete"))
        with unseen_by_triggers(connection) if guarded else nullcontext():
            connection.execute(statement, keys)
    return keys


def test_a_ledger_in_which_everything_happened_is_right(
    connection: psycopg.Connection, full: bool
) -> None:
    assert findings(connection, full) == []


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_found_and_nothing_else(
    connection: psycopg.Connection, everything: Everything, name: str, full: bool
) -> None:
    deed, expected = BREAKS[name]
    keys = break_it(connection, everything, deed)
    found = {(rule, subject) for rule, subject, _ in findings(connection, full)}
    assert found == {(rule, subject.format(**keys)) for rule, subject in expected}


def test_a_finding_says_what_was_expected_and_what_was_found(
    connection: psycopg.Connection, everything: Everything, full: bool
) -> None:
    set_it = "; ".join(
        [
            WALLET.format("current_balance = 12345, held_amount = 3"),
            TRANSACTION.format("debited_balance_after = 77", "transfer"),
        ]
    )
    after = everything.transfer["debited_balance_after"]
    keys = break_it(connection, everything, set_it)
    told = {rule: finding for rule, _, finding in findings(connection, full)}
    assert told["held_amount_equals_pending"] == "what is PENDING comes to 40, its held amount is 3"
    assert told["balance_equals_history"].endswith(", its current balance is 12345")
    assert told["balances_chain"] == (
        f"the balance after transaction {keys['transfer']} should be {after} and is 77;"
        " such gaps: 2"
    )


def test_no_more_is_told_than_was_asked_for(
    connection: psycopg.Connection, everything: Everything, full: bool
) -> None:
    break_it(
        connection, everything, "update tekana.wallets set held_amount = 1e5, is_under_floor = true"
    )
    query = "select rule, count(*) from tekana.check_ledger(full => %s, most => 2) group by rule"
    told = dict(connection.execute(query, [full]).fetchall())
    rules = ("available_balance_is_over_floor", "held_amount_equals_pending")
    assert told == dict.fromkeys(rules, 2)
