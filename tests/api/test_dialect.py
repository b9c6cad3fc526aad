"""The dialect over Tekana's own schema: what front-ends and analysts' scripts ask of it."""

import asyncio
import json
import os
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.data.catalogue import Catalogue
from api.data.loading import load_catalogue
from tests.api.conftest import Service
from tests.api.data.conftest import fuzz_examples
from tests.api.data.generated import sensible_requests
from tests.node import node
from tests.people import Person
from tests.waiting import eventually

__all__ = ["node"]  # a fixture: pytest finds it here

PAYMENTS = 25


@pytest.fixture(scope="module")
def purse(aline: Person, bosco: Person, staff: Person, floats: dict[str, int]) -> int:
    """Aline's wallet, that paid Bosco's so many times."""
    wallet, other = aline.open_wallet()["id"], bosco.open_wallet()["id"]
    staff.move("CASH_IN", floats["RWF"], wallet, 10_000).raise_for_status()
    for amount in range(1, PAYMENTS + 1):
        aline.move("TRANSFER", wallet, other, amount).raise_for_status()
    return int(wallet)


def test_wallets_embed_their_types_and_currencies_and_what_they_paid(
    aline: Person, purse: int
) -> None:
    answer = aline.get(
        "/wallets",
        select="wallet_types(code),currencies(name),transactions!debited_wallet_id(amount)",
        id=purse,
        **{"transactions.order": "id.desc", "transactions.limit": 2},
    )
    assert answer.json() == [
        {
            "wallet_types": {"code": "PERSONAL"},
            "currencies": {"name": "Rwanda Franc"},
            "transactions": [{"amount": PAYMENTS}, {"amount": PAYMENTS - 1}],
        }
    ]


def test_transactions_embed_their_type_and_only_wallets_that_one_may_see(
    aline: Person, purse: int
) -> None:
    answer = aline.get(
        "/transactions",
        select="transaction_types(code),from:wallets!debited_wallet_id(id),"
        "to:wallets!credited_wallet_id(id)",
        debited_wallet_id=purse,
        limit=1,
    )
    kind = {"code": "TRANSFER"}
    assert answer.json() == [{"transaction_types": kind, "from": {"id": purse}, "to": None}]


def test_customers_embed_their_wallets(staff: Person, aline: Person, purse: int) -> None:
    found = staff.get("/customers", select="email,wallets(id)", id=aline.id).json()
    assert {"id": purse} in found[0]["wallets"]


@pytest.mark.parametrize("relation", ["transactions", "wallets"])
def test_lists_come_by_key_and_each_page_links_to_the_next(
    aline: Person, purse: int, relation: str
) -> None:
    expected = [row["id"] for row in aline.get(f"/{relation}", order="id.desc", limit=1000).json()]
    assert expected == sorted(expected, reverse=True)
    answer, found = aline.get(f"/{relation}", order="id.desc", limit=1), []
    for _ in range(3):
        found += [row["id"] for row in answer.json()]
        if "link" not in answer.headers:
            break
        following = answer.headers["link"].split(">")[0].removeprefix("</api/v1")
        assert f"id=lt.{found[-1]}" in following
        answer = aline.client.get(following, headers=aline.headers)
    assert found == expected[: len(found)]
    assert len(found) == min(3, len(expected))


def test_a_history_leaves_as_csv_and_ndjson(aline: Person, purse: int) -> None:
    wish = {"debited_wallet_id": f"eq.{purse}", "select": "amount,status", "order": "id"}
    for media, first, lines in (
        ("text/csv", "amount,status", PAYMENTS + 1),
        ("application/x-ndjson", '{"amount":1,"status":"COMPLETED"}', PAYMENTS),
    ):
        headers = aline.headers | {"Accept": media}
        answer = aline.client.get("/transactions", params=wish, headers=headers)
        assert answer.headers["content-type"].startswith(media)
        assert answer.text.splitlines()[0] == first
        assert len(answer.text.splitlines()) == lines


def test_plans_are_for_staff(staff: Person, aline: Person) -> None:
    plan = {"Accept": "application/vnd.pgrst.plan+json"}
    assert aline.client.get("/wallets", headers=aline.headers | plan).status_code == 403
    answer = staff.client.get("/wallets", headers=staff.headers | plan)
    assert "Plan" in answer.json()[0]


def test_more_streams_than_there_may_be_are_told_to_come_again(
    service: Service, aline: Person
) -> None:
    long_list = (
        "create view api.long_list as select n, repeat('x', 1000) as text"
        " from generate_series(1, 1000000) as n;"
        "grant select on api.long_list to tekana_customer"
    )
    wish = aline.headers | {"Accept": "text/csv"}
    with service.offering("view", "api.long_list", long_list), ExitStack() as stack:
        eventually(lambda: aline.get("/long_list", limit=1).status_code == 200)
        for _ in range(2):
            begun = stack.enter_context(aline.client.stream("GET", "/long_list", headers=wish))
            assert begun.status_code == 200
        refused = aline.client.get("/wallets", headers=wish)
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["code"] == "AWAYS"
        assert aline.get("/wallets").status_code == 200
    # Clients that went away leave room for others.
    eventually(lambda: aline.client.get("/wallets", headers=wish).status_code == 200)


def test_the_methods_of_a_path_are_told(client: httpx.Client) -> None:
    for path, allowed in (
        ("/wallets", {"GET", "HEAD", "POST"}),
        ("/currencies", {"GET", "HEAD"}),
        ("/rpc/post_transaction", {"POST"}),
    ):
        told = client.options(path).headers["allow"].split(",")
        assert set(told) == allowed | {"OPTIONS"}, path


def test_a_relation_that_the_contract_does_not_name_for_writing_is_405(aline: Person) -> None:
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        answer = aline.client.request(method, "/currencies", headers=aline.headers)
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]


def test_analytics_is_for_those_who_are_granted_it(aline: Person, service: Service) -> None:
    wish = aline.headers | {"Accept-Profile": "analytics"}
    figures = "create view analytics.figures as select 1 as figure"
    with service.offering("view", "analytics.figures", figures):
        eventually(lambda: aline.client.get("/figures", headers=wish).status_code == 403)
        assert aline.client.get("/figures", headers=aline.headers).status_code == 404
    other = aline.headers | {"Accept-Profile": "tekana"}
    assert aline.client.get("/users", headers=other).json()["code"] == "PGRST106"


def test_the_javascript_client_works_unmodified(
    node: Path, service: Service, aline: Person, purse: int
) -> None:
    program = """
        import { PostgrestClient } from "@supabase/postgrest-js";
        const { API, TOKEN, WALLET } = process.env;
        const headers = { Authorization: `Bearer ${TOKEN}` };
        const client = new PostgrestClient(API, { headers });
        const paid = await client
          .from("transactions")
          .select("amount, transaction_types!inner(code)", { count: "exact" })
          .eq("debited_wallet_id", WALLET)
          .eq("transaction_types.code", "TRANSFER")
          .order("id", { ascending: false })
          .range(0, 1);
        const floats = await client.rpc("find_operator_wallets", {}, { get: true }).limit(1);
        const told = await client.getOpenApiSpec();
        const seen = [paid.count, paid.data, floats.data.length, told.data.info.title];
        console.log(JSON.stringify(seen));
    """
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", program],
        cwd=node,
        env=os.environ
        | {"API": f"{service.url}/api/v1", "TOKEN": aline.tokens["token"], "WALLET": str(purse)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kind = {"transaction_types": {"code": "TRANSFER"}}
    rows = [{"amount": PAYMENTS, **kind}, {"amount": PAYMENTS - 1, **kind}]
    assert json.loads(done.stdout) == [PAYMENTS, rows, 1, "Tekana"]


@pytest.fixture(scope="module")
def secrets(service: Service, aline: Person, bosco: Person, purse: int) -> set[str]:
    """What is everybody else's."""
    with psycopg.connect(service.database_url) as connection:
        rows = connection.execute(
            "select u.email, u.phone_number, c.id_number, w.account_number"
            " from tekana.users as u left join tekana.customers as c on c.customer_id = u.user_id"
            " left join tekana.wallets as w on w.customer_id = u.user_id where u.user_id <> %s",
            [aline.id],
        ).fetchall()
    found = {value for row in rows for value in row if value}
    assert bosco.email in found
    return found


@pytest.fixture(scope="module")
def sensible_request(service: Service) -> Callable[[int], tuple[str, str]]:
    """A relation of what the API has to offer and a query of it, by the seed of how it is made."""

    async def load() -> Catalogue:
        async with await psycopg.AsyncConnection.connect(service.database_url) as connection:
            return await load_catalogue(connection, ["api"])

    return sensible_requests(asyncio.run(load()), "api")


@settings(
    max_examples=fuzz_examples(200),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**63))
def test_no_request_tells_a_customer_anything_of_another(
    sensible_request: Callable[[int], tuple[str, str]],
    aline: Person,
    secrets: set[str],
    seed: int,
) -> None:
    relation, query = sensible_request(seed)
    answer = aline.client.get(f"/{relation}?{query}", headers=aline.headers)
    assert answer.status_code < 500, (relation, query, answer.text)
    assert not [secret for secret in secrets if secret in answer.text], (relation, query)


@pytest.fixture
def transfer(aline: Person, bosco: Person, purse: int) -> dict[str, Any]:
    """The arguments of a payment."""
    return {
        "transaction_type": "TRANSFER",
        "debited_wallet_id": purse,
        "credited_wallet_id": bosco.open_wallet()["id"],
        "amount": 100,
        "channel_type": "APP",
    }


@pytest.mark.parametrize("prefer", ["", "count=exact", "count=planned", "count=estimated"])
def test_a_function_moves_money_once_however_its_rows_are_counted(
    aline: Person, bosco: Person, transfer: dict[str, Any], prefer: str
) -> None:
    answer = aline.post("/rpc/post_transaction", transfer, Prefer=prefer)
    assert answer.status_code < 300, answer.text
    assert bosco.balance(transfer["credited_wallet_id"]) == 100


@pytest.mark.parametrize(
    "prefer", ["", "count=exact", "count=planned", "count=estimated", "timezone=Africa/Kigali"]
)
def test_a_token_whose_session_has_ended_moves_no_money(
    aline: Person, bosco: Person, transfer: dict[str, Any], prefer: str
) -> None:
    thief = Person(aline.client, aline.phone, aline.email, aline.number, aline.password).sign_in()
    ended = {"refresh_token": thief.tokens["refresh_token"]}
    assert aline.client.post("/customers/logout", json=ended).status_code == 204
    for path in ("/rpc/post_transaction", "/transactions"):
        refused = thief.post(path, transfer, Prefer=prefer)
        assert (refused.status_code, refused.json()["code"]) == (401, "NAUTH")
        assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert refused.json()["message"] == "the session has ended"
    assert bosco.balance(transfer["credited_wallet_id"]) == 0
