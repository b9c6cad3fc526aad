"""The schemas that are exposed: in any order, and only those that there are."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from config.environment import make_settings
from config.settings import SettingsError
from tests.api.conftest import Service, running_api
from tests.people import Person, fresh_details, movement


@pytest.fixture(scope="module")
def analytics_first(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of an API whose default schema is another than the hand-written routes stand on."""
    environment = service.environment | {"TEKANA_EXPOSED_SCHEMAS": "analytics, api"}
    with running_api(environment, tmp_path_factory.mktemp("schemas") / "api.log") as url:
        yield f"{url}/api/v1"


def test_hand_written_routes_do_as_ever_where_another_schema_is_the_default(
    analytics_first: str, aline: Person, bosco: Person, staff: Person, floats: dict[str, int]
) -> None:
    with httpx.Client(base_url=analytics_first, timeout=30) as client:
        (wallet_type,) = bosco.get("/walletTypes", code="PERSONAL").json()
        body = {"wallet_type_id": wallet_type["id"], "currency_code": "RWF"}
        opened = client.post("/wallets", json=body, headers=bosco.headers)
        assert opened.status_code == 201, opened.text

        body = movement("CASH_IN", floats["RWF"], opened.json()["id"], 100)
        posted = client.post("/transactions", json=body, headers=staff.headers)
        assert posted.status_code == 201, posted.text

        registered = client.post("/customers/register", json=fresh_details())
        assert registered.status_code == 201, registered.text
        query = {"email": aline.email}
        found = client.get("/customers/find", params=query, headers=aline.headers)
        assert found.json() == aline.tokens["data"]


def test_the_hand_written_routes_are_documented_with_their_own_schema(analytics_first: str) -> None:
    for headers, told in (({}, False), ({"Accept-Profile": "api"}, True)):
        answer = httpx.get(f"{analytics_first}/openapi.json", headers=headers)
        assert answer.status_code == 200, answer.text
        assert ("/customers/login" in answer.json()["paths"]) is told


@pytest.mark.parametrize("profile", ["api", "analytics"])
@pytest.mark.parametrize("root", ["", "/"])
def test_the_root_is_the_document_of_the_schema_too(
    service: Service, root: str, profile: str
) -> None:
    headers = {"Accept-Profile": profile}
    answer = httpx.get(f"{service.url}/api/v1{root}", headers=headers)
    assert answer.headers["content-type"] == "application/openapi+json; charset=utf-8"
    document = httpx.get(f"{service.url}/api/v1/openapi.json", headers=headers)
    assert document.headers["content-type"] == "application/json"
    assert answer.json() == document.json()


def test_who_asks_for_the_schema_that_clients_ask_for_unless_they_are_told_gets_the_first(
    aline: Person,
) -> None:
    for profile, status in (("public", 200), ("tekana", 406)):
        headers = aline.headers | {"Accept-Profile": profile}
        assert aline.client.get("/wallets", headers=headers).status_code == status


def test_a_schema_that_there_is_not_is_named_and_nothing_is_served(
    service: Service, aline: Person, tmp_path: Path
) -> None:
    environment = service.environment | {"TEKANA_EXPOSED_SCHEMAS": "api,nowhere"}
    with running_api(environment, tmp_path / "api.log") as url:
        checks = httpx.get(f"{url}/health/ready").json()["checks"]
        assert checks["schemas"] == "missing: nowhere"
        answer = httpx.get(f"{url}/api/v1/wallets", headers=aline.headers)
        assert answer.status_code == 503, answer.text
        log = map(json.loads, (tmp_path / "api.log").read_text().splitlines())
        told = [line for line in log if "schema cannot be read" in line["message"]]
        named = "TEKANA_EXPOSED_SCHEMAS names schemas that do not exist: nowhere"
        assert all(named in line["message"] and "exception" not in line for line in told)
        assert {line["level"] for line in told} == {"WARNING"}


def test_a_large_schema_is_served_though_reading_it_takes_longer_than_a_request_may(
    service: Service, ledger: psycopg.Connection, tmp_path: Path
) -> None:
    columns = ", ".join(f"column_{number} integer" for number in range(20))
    ledger.execute(
        "create schema large; do $$ begin for number in 1 .. 300 loop"
        f" execute format('create table large.%I ({columns})', 'table_' || number);"
        " end loop; end $$"
    )
    environment = service.environment | {"TEKANA_EXPOSED_SCHEMAS": "api,large"}
    try:
        limit = {"TEKANA_STATEMENT_TIMEOUT_MS": "100"}
        with running_api(environment | limit, tmp_path / "api.log") as url:
            # Known, and nothing that PostgreSQL is asked for.
            answer = httpx.get(f"{url}/api/v1/table_300", headers={"Accept-Profile": "large"})
            assert answer.status_code == 401, answer.text
    finally:
        ledger.execute("drop schema large cascade")


def test_the_schema_of_the_hand_written_routes_has_to_be_exposed() -> None:
    with pytest.raises(SettingsError, match="TEKANA_EXPOSED_SCHEMAS must include api"):
        make_settings(exposed_schemas="analytics")
