"""What operators and documentation readers see."""

import time

import httpx
import psycopg

from tests.api.conftest import Service
from tests.people import Person


def test_the_process_says_that_it_is_alive(service: Service) -> None:
    assert httpx.get(f"{service.url}/health/live").json() == {"status": "live"}


def test_readiness_names_migrations_that_are_pending(service: Service) -> None:
    # This database was built from db/ and has no registry: all of the plan is pending.
    answer = httpx.get(f"{service.url}/health/ready")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert (checks["postgresql"], checks["valkey"]) == ("ok", "ok")
    assert checks["migrations"].startswith("pending: ")


def test_metrics_count_requests_by_route(service: Service, aline: Person) -> None:
    aline.get("/wallets")
    text = httpx.get(f"{service.url}/metrics").text
    assert 'tekana_http_requests_total{method="GET",route="api/v1/wallets",status="200"}' in text


def test_the_openapi_document_is_whole(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    paths = document["paths"]
    assert set(paths["/wallets"]) >= {"get", "post"}
    assert {"/customers/register", "/customers/find", "/rpc/complete_transaction"} <= set(paths)
    columns = document["components"]["schemas"]["wallets"]["properties"]
    assert all("description" in column for column in columns.values())


def test_the_documentation_page_needs_nothing_from_elsewhere(service: Service) -> None:
    for path in ("/docs", "/api/v1/docs"):
        page = httpx.get(f"{service.url}{path}")
        assert page.status_code == 200
        assert "http://" not in page.text
        assert "https://" not in page.text
    for asset in (
        "/docs/assets/swagger-ui-bundle.js",
        "/docs/assets/swagger-ui.css",
        "/docs/page.js",
    ):
        assert httpx.get(f"{service.url}{asset}").status_code == 200


def test_a_new_view_is_an_endpoint_with_documentation_at_once(
    service: Service, aline: Person
) -> None:
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        connection.execute("create view api.answers as select 42 as answer")
        connection.execute("comment on view api.answers is 'The answer.'")
        connection.execute("grant select on api.answers to tekana_customer")
        connection.execute("notify pgrst, 'reload schema'")
    deadline = time.monotonic() + 30
    while (answer := aline.get("/answers")).status_code == 404:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert answer.json() == [{"answer": 42}]
    described = aline.client.get("/openapi.json").json()["paths"]["/answers"]["get"]
    assert described["summary"] == "The answer"
