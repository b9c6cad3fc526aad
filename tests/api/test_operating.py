"""What operators and documentation readers see."""

import asyncio
import json
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from api.errors import cause_of
from tests.api.conftest import Service, running_api
from tests.people import PASSWORD, Person, movement
from tests.waiting import eventually


def test_the_process_says_that_it_is_alive(service: Service) -> None:
    assert httpx.get(f"{service.url}/health/live").json() == {"status": "live"}


def test_readiness_names_migrations_that_are_pending(service: Service) -> None:
    # This database was built from db/ and has no registry: all of the plan is pending.
    answer = httpx.get(f"{service.url}/health/ready")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    checks = answer.json()["checks"]
    assert (checks["postgresql"], checks["valkey"]) == ("ok", "ok")
    assert checks["migrations"].startswith("pending: ")


def test_a_database_that_can_only_be_read_is_told_as_that(
    service: Service, aline: Person, tmp_path: Path
) -> None:
    # As a replica, a primary that has become one, or one whose host has switched it to read-only.
    read_only = "&options=-c%20default_transaction_read_only%3Don"
    url = service.environment["TEKANA_API_DATABASE_URL"] + read_only
    log = tmp_path / "api.log"
    with running_api(service.environment | {"TEKANA_API_DATABASE_URL": url}, log) as url:
        answer = httpx.get(f"{url}/health/ready")
        assert answer.status_code == 503
        told = answer.json()["checks"]["postgresql"]
        assert told == "cannot be written to: a replica, or read-only"
        with httpx.Client(base_url=f"{url}/api/v1", headers=aline.headers, timeout=30) as client:
            for path, body in (
                ("/transactions", movement("TRANSFER", 1, 2, 100)),
                ("/customers/login", {"email": aline.email, "password": PASSWORD}),
            ):
                answer = client.post(path, json=body)
                assert (answer.status_code, answer.json()["code"]) == (503, "AWAYS"), answer.text
    failures = [line for line in log.read_text().splitlines() if "a request failed" in line]
    assert {json.loads(line)["cause"][:7] for line in failures} == {"25006: "}
    assert "Traceback" not in log.read_text()  # nobody has to look for it in the code


def test_numbers_that_have_run_out_or_come_again_are_not_what_a_client_sent(
    ledger: psycopg.Connection, aline: Person, bosco: Person
) -> None:
    """They come again in a database that was copied without its sequences."""
    purse, pocket = aline.open_wallet(), bosco.open_wallet()["id"]
    for _ in range(5):
        aline.move("TRANSFER", purse["id"], pocket, 5)  # nothing is there: declined
    open_another = {"wallet_type_id": purse["wallet_type_id"], "currency_code": "RWF"}
    answers = []
    with counting_on(ledger, "account_number_sequence", lambda _: 99_999_999):
        answers.append(aline.post("/wallets", open_another))
    with counting_on(ledger, "account_number_sequence", lambda drawn: drawn - 2):
        answers.append(aline.post("/wallets", open_another))
    with counting_on(ledger, "transactions_transaction_id_seq", lambda drawn: drawn - 4):
        answers.append(aline.move("TRANSFER", purse["id"], pocket, 5))
    for answer in answers:
        assert (answer.status_code, answer.json().get("code")) == (500, "BROKE"), answer.text
        assert "sequence" not in answer.text


@contextmanager
def counting_on(
    ledger: psycopg.Connection, sequence: str, after: Callable[[int], int]
) -> Iterator[None]:
    """A sequence goes on after another number than it has drawn, until the block ends."""
    (drawn,) = ledger.execute(f"select last_value from tekana.{sequence}").fetchone()
    ledger.execute("select setval(%s, %s)", [f"tekana.{sequence}", after(drawn)])
    try:
        yield
    finally:
        ledger.execute("select setval(%s, %s)", [f"tekana.{sequence}", drawn])


@pytest.mark.parametrize(
    ("function", "arguments", "ask"),
    [
        ("post_gathered", "jsonb, integer", lambda person: person.move("TRANSFER", 1, 2, 100)),
        ("require_session", "bigint", lambda person: person.get("/wallets")),
    ],
)
def test_a_schema_that_is_not_what_the_code_needs_is_our_fault_and_written_down(
    service: Service,
    aline: Person,
    function: str,
    arguments: str,
    ask: Callable[[Person], httpx.Response],
) -> None:
    rename = f"alter function tekana.{{}}({arguments}) rename to {{}}"
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        connection.execute(rename.format(function, "as_it_was"))
        try:
            answer = ask(aline)
        finally:
            connection.execute(rename.format("as_it_was", function))
    assert (answer.status_code, answer.json()["code"]) == (500, "BROKE"), answer.text
    assert function not in answer.text
    (failure,) = [
        line
        for line in service.api_log.read_text().splitlines()
        if answer.headers["x-request-id"] in line and "a request failed" in line
    ]
    assert json.loads(failure)["cause"].startswith(f"42883: function tekana.{function}")
    assert "Traceback" in json.loads(failure)["exception"]


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
    answers = (
        "create view api.answers as select 42 as answer;"
        "comment on view api.answers is 'The answer.';"
        "grant select on api.answers to tekana_customer"
    )
    with service.offering("view", "api.answers", answers):
        eventually(lambda: aline.get("/answers").status_code != 404)
        assert aline.get("/answers").json() == [{"answer": 42}]
        described = aline.client.get("/openapi.json").json()["paths"]["/answers"]["get"]
        assert described["summary"] == "The answer"


async def test_the_cause_of_what_took_too_long_is_not_how_the_limit_was_kept() -> None:
    with pytest.raises(TimeoutError) as told:
        async with asyncio.timeout(0):
            await asyncio.sleep(1)
    assert cause_of(told.value) == "TimeoutError"


@contextmanager
def open_files_limited(few: int) -> Iterator[None]:
    """Programs that are started in the block may open few files, unless they raise that limit."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_more_clients_than_files_may_be_open_to_begin_with(
    service: Service, tmp_path: Path
) -> None:
    with ExitStack() as exits:
        with open_files_limited(128):
            url = exits.enter_context(running_api(service.environment, tmp_path / "api.log"))
        port = int(url.rpartition(":")[2])
        for _ in range(150):
            exits.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert httpx.get(f"{url}/health/live", timeout=20).status_code == 200
