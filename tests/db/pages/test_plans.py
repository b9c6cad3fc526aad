"""A page reads about as many rows as it shows, however long the history and whatever the plan."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from bench.population import MERCHANT, OCCASIONAL, fill
from cli.servers.postgres import PostgresServer
from tests.databases import clone

STAFF = 0  # who are no customer
TRANSACTIONS = 40_000  # of which the merchant has a tenth
PAGES = {
    "newest": "select * from api.transactions order by id desc limit 21",
    "further down": "select * from api.transactions where id < $2 order by id desc limit 21",
    "two filters": "select * from api.transactions where status = 'COMPLETED' and amount > $3"
    " order by id desc limit 21",
    # As the dialect writes it: a value that a check lists stands in the statement.
    "a rare status": "select * from api.transactions where status = 'FAILED'"
    " order by id desc limit 21",
    "by time": "select * from api.transactions order by created_at desc, id desc limit 21",
    "before a day": "select * from api.transactions where created_at < $4"
    " order by created_at desc, id desc limit 21",
    "paid into a wallet": "select * from api.transactions where credited_wallet_id = $1"
    " order by id desc limit 21",
    "paid from a wallet": "select * from api.transactions where debited_wallet_id = $1"
    " order by id desc limit 21",
    "statement": "select * from api.statement_lines where wallet_id = $1"
    " order by posting_id desc limit 21",
}


@pytest.fixture(scope="module")
def history(server: PostgresServer, template: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection to a database with a merchant's long history in it."""
    with (
        clone(server, template, "plans") as database,
        psycopg.connect(server.url(database), autocommit=True) as connection,
    ):
        fill(connection, TRANSACTIONS)
        yield connection


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("customer", [MERCHANT, OCCASIONAL, STAFF])
def test_a_page_reads_what_it_shows(
    history: psycopg.Connection, page: str, mode: str, customer: int
) -> None:
    role = "tekana_staff" if customer == STAFF else "tekana_customer"
    with history.transaction(force_rollback=True):
        wallet_id, middle = history.execute(
            "select min(w.wallet_id), now() - interval '20000 seconds'"
            " from tekana.wallets as w where w.customer_id = %s",
            [customer or MERCHANT],
        ).fetchone()
        claims = json.dumps({"role": role, "sub": str(customer)})
        history.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        history.execute(f"set local role {role}")
        history.execute(f"set local plan_cache_mode = {mode}")
        kinds = "bigint, bigint, numeric, timestamptz"
        history.execute(f"prepare page ({kinds}) as {PAGES[page]}")
        values = f"{wallet_id}, {TRANSACTIONS // 2}, 100, '{middle.isoformat()}'"
        explain = "explain (analyze, timing off, format json) execute page"
        ((plans,),) = history.execute(f"{explain} ({values})").fetchall()
        history.execute("deallocate page")
    # The occasional customer's own rows are twenty; the merchant's are four thousand.
    assert sum(rows_read(plans[0]["Plan"])) < 200, json.dumps(plans, indent=1)


def rows_read(plan: dict[str, Any]) -> Iterator[float]:
    """How many rows each scan of transactions found, those that a filter dropped among them."""
    if "transactions" in (plan.get("Relation Name"), plan.get("Index Name", "")[:12]):
        found = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        yield found * plan["Actual Loops"]
    for inner in plan.get("Plans", ()):
        yield from rows_read(inner)
