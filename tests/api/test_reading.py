"""Reading relations: filters, order, pages; each sees what is theirs."""

import httpx
import psycopg
import pytest
from postgrest import SyncPostgrestClient

from tests.api.conftest import Service
from tests.people import Person, register


def test_a_customer_reads_self_and_staff_read_all(
    aline: Person, bosco: Person, staff: Person
) -> None:
    assert [customer["id"] for customer in aline.get("/customers").json()] == [aline.id]
    everybody = {customer["id"] for customer in staff.get("/customers", limit=1000).json()}
    assert {aline.id, bosco.id} <= everybody


def test_a_customer_is_found_by_each_unique_column(aline: Person, staff: Person) -> None:
    customer = aline.tokens["data"]
    for column in ("id", "email", "phone_number", "id_number"):
        answer = staff.get("/customers/find", **{column: customer[column]})
        assert answer.json() == customer
    for column, spelt in (("id", "eq. {} "), ("email", " {}"), ("id_number", "{} ")):
        as_typed = spelt.format(customer[column].upper() if column == "email" else customer[column])
        assert staff.get("/customers/find", **{column: as_typed}).json() == customer
    plus_as_a_space = f"/customers/find?phone_number={customer['phone_number']}"
    assert staff.client.get(plus_as_a_space, headers=staff.headers).json() == customer


def test_finding_nobody_is_404_and_finding_by_nothing_400(aline: Person, bosco: Person) -> None:
    assert aline.get("/customers/find", email="nobody@example.com").status_code == 404
    assert aline.get("/customers/find", id=bosco.id).status_code == 404
    assert aline.get("/customers/find").status_code == 400
    assert aline.get("/customers/find", gender="FEMALE").status_code == 400
    assert aline.get("/customers/find", id="x").status_code == 400


@pytest.mark.parametrize("count", ["planned", "estimated"])
def test_an_estimated_count_tells_nothing_of_what_others_did(
    service: Service, client: httpx.Client, staff: Person, floats: dict[str, int], count: str
) -> None:
    newcomer = register(client, service.phone).sign_in()
    wallet = newcomer.open_wallet()["id"]
    for _ in range(3):
        staff.move("CASH_IN", floats["RWF"], wallet, 1).raise_for_status()
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        connection.execute("analyze tekana.transactions")
    prefer = {"Prefer": f"count={count}"}
    query = {"status": "COMPLETED", "credited_wallet_id": floats["RWF"], "limit": 1}
    counts = [
        one.client.get("/transactions", params=query, headers=one.headers | prefer)
        for one in (newcomer, staff)
    ]
    assert [answer.headers["preference-applied"] for answer in counts] == [f"count={count}"] * 2
    assert counts[0].headers["content-range"] == "*/0"


def test_a_camel_case_path_names_the_relation(aline: Person) -> None:
    for path in ("walletTypes", "transactionTypes", "transactionRules"):
        snake = {"walletTypes": "wallet_types", "transactionTypes": "transaction_types"}
        answer = aline.get(f"/{path}")
        assert answer.status_code == 200
        assert answer.json() == aline.get(f"/{snake.get(path, 'transaction_rules')}").json()


def test_filters_order_and_columns(aline: Person) -> None:
    codes = aline.get(
        "/transactionTypes", select="code", code="in.(TRANSFER,CASH_IN)", order="code"
    )
    assert codes.json() == [{"code": "CASH_IN"}, {"code": "TRANSFER"}]
    assert aline.get("/transactionTypes", code="TRANSFER", select="id,code").json() == [
        {"id": 3, "code": "TRANSFER"}
    ]
    assert len(aline.get("/walletTypes", is_operator="is.true").json()) == 3
    assert aline.get(
        "/walletTypes", code="not.like.*A*", order="id.desc", select="code"
    ).json() == [
        {"code": "SETTLEMENT"},
        {"code": "FEE"},
    ]


def test_pages(aline: Person) -> None:
    first = aline.get("/currencies")
    assert len(first.json()) == 20
    assert first.headers["content-range"] == "0-19/*"
    assert 'rel="next"' in first.headers["link"]
    following = first.headers["link"].split(">")[0].removeprefix("<").removeprefix("/api/v1")
    second = aline.client.get(following, headers=aline.headers)
    # Where the order is by a key, the next page is what comes after the last row.
    assert "currency_code=gt." in following
    assert len(second.json()) == 20
    assert not {c["currency_code"] for c in first.json()} & {
        c["currency_code"] for c in second.json()
    }
    ranged = aline.client.get(
        "/currencies",
        headers=aline.headers | {"Range": "5-9", "Range-Unit": "items", "Prefer": "count=exact"},
    )
    assert ranged.status_code == 206
    assert ranged.headers["content-range"].startswith("5-9/")
    assert "link" not in aline.get("/currencies", limit=1000).headers


def test_the_postgrest_client_reads_unmodified(service: Service, aline: Person) -> None:
    with SyncPostgrestClient(f"{service.url}/api/v1", headers=aline.headers) as postgrest:
        answer = (
            postgrest.from_("transaction_types")
            .select("id,code", count="exact")
            .in_("code", ["CASH_IN", "CASH_OUT", "TRANSFER", "PAYMENT"])
            .neq("code", "PAYMENT")
            .order("code", desc=True)
            .limit(2)
            .execute()
        )
        assert [row["code"] for row in answer.data] == ["TRANSFER", "CASH_OUT"]
        single = postgrest.from_("customers").select("*").eq("id", aline.id).single().execute()
        assert single.data["email"] == aline.email
        wallets = postgrest.rpc("find_operator_wallets", {}).execute().data
        assert {wallet["wallet_type_code"] for wallet in wallets} == {"FLOAT", "FEE", "SETTLEMENT"}


def test_what_the_postgrest_client_creates_is_given_as_it_expects(
    service: Service, aline: Person, staff: Person
) -> None:
    row = {"wallet_type_id": aline.get("/walletTypes", code="PERSONAL").json()[0]["id"]}
    row["currency_code"] = "RWF"
    with SyncPostgrestClient(f"{service.url}/api/v1", headers=aline.headers) as postgrest:
        (wallet,) = postgrest.from_("wallets").insert(row).execute().data
    assert wallet == aline.get("/wallets", id=wallet["id"]).json()[0]

    def create(**headers: str) -> httpx.Response:
        answer = aline.post("/wallets", row, **headers)
        assert answer.status_code == 201
        assert answer.headers["location"].startswith("/api/v1/wallets?id=eq.")
        assert "content-range" not in answer.headers  # of what is read, and of what is paid neither
        return answer

    listed = create(Prefer="count=exact, return=representation")
    assert isinstance(listed.json(), list)
    assert listed.headers["preference-applied"] == "return=representation"
    one = {"Accept": "application/vnd.pgrst.object+json"}
    for headers in ({}, {"Prefer": "return=minimal"}, {"Prefer": "return=representation"} | one):
        assert isinstance(create(**headers).json(), dict)
    refused = staff.post("/wallets", row | {"currency_code": "XXX"}, Prefer="return=representation")
    assert refused.json().keys() == {"code", "message", "details", "hint"}


def test_a_body_has_money_exactly_as_it_is(service: Service, staff: Person) -> None:
    body = {"code": "EXACT", "name": "Exact", "maximum_transaction_amount": "0.1234"}
    made = staff.post("/walletTypes", body)
    assert '"maximum_transaction_amount":0.1234' in made.text
    big = {"code": "EXACT_2", "name": "Exact", "maximum_transaction_amount": "999999999999999.9999"}
    assert ":999999999999999.9999" in staff.post("/walletTypes", big).text


def test_head_answers_without_a_body(aline: Person) -> None:
    answer = aline.client.head("/wallets", headers=aline.headers)
    assert (answer.status_code, answer.content) == (200, b"")


def test_options_is_answered(client: httpx.Client) -> None:
    assert client.options("/wallets").status_code < 500
