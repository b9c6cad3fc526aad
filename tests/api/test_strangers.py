"""Who may not ask for something is told so, before what else is wrong with the request."""

import httpx
import pytest

from tests.api.conftest import Service
from tests.people import Person
from tests.waiting import eventually


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/wallets?nothing=1", 401),
        ("GET", "/walletTypes?limit=-1", 401),
        ("HEAD", "/currencies?select=nothing", 401),
        ("GET", "/rpc/balance_at", 401),
        ("POST", "/rpc/balanceAt", 401),
        ("POST", "/rpc/complete_transaction", 401),
        ("POST", "/transactions", 401),
        ("GET", "/rpc/complete_transaction", 401),
        ("DELETE", "/rpc/complete_transaction", 405),
        ("PATCH", "/currencies", 405),
        ("GET", "/nothing", 404),
        ("POST", "/rpc/nothing", 404),
        ("OPTIONS", "/wallets", 200),
    ],
)
def test_a_stranger_is_told_to_sign_in_whatever_else_is_wrong(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    content = b"{}" if method == "POST" else None
    answer = client.request(method, path, content=content)
    assert answer.status_code == status, answer.text
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


def test_what_everybody_may_call_needs_no_token(service: Service, client: httpx.Client) -> None:
    greeting = (
        "create function api.greeting(name text) returns text"
        " language sql immutable return 'Hello ' || name;"
        "grant execute on function api.greeting to tekana_anonymous"
    )
    with service.offering("function", "api.greeting", greeting):
        eventually(lambda: client.get("/rpc/greeting?name=Aline").status_code == 200)
        assert client.get("/rpc/greeting").status_code == 404


def test_who_is_not_signed_in_is_told_so_by_what_everybody_may_call(
    service: Service, client: httpx.Client, aline: Person
) -> None:
    of_staff = (
        "create function api.staff_alone() returns text language plpgsql stable as"
        " $$ begin raise insufficient_privilege; end $$;"
        "grant execute on function api.staff_alone to tekana_anonymous, tekana_customer"
    )
    with service.offering("function", "api.staff_alone", of_staff):
        eventually(lambda: client.get("/rpc/staff_alone").status_code == 401)
        assert client.get("/rpc/staff_alone").headers["www-authenticate"] == "Bearer"
        assert aline.get("/rpc/staff_alone").status_code == 403


@pytest.mark.parametrize("path", ["/walletTypes", "/transaction_types", "/transactionRules"])
def test_a_customer_is_told_that_it_is_for_staff_whatever_else_is_wrong(
    aline: Person, path: str
) -> None:
    for body in ({}, {"code": 1, "nothing": 1}):
        answer = aline.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "42501"), answer.text
