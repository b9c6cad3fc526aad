"""The documentation, used as its readers do: validated, compiled, and tried out in a browser."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from cli.servers.postgres import PostgresServer
from tests.api.conftest import Service, hire, serving
from tests.node import node
from tests.people import Person

__all__ = ["node"]  # a fixture: pytest finds it here

BROWSERS = "chromium", "chromium-browser", "google-chrome"


def described(client: httpx.Client, profile: str = "api") -> dict[str, Any]:
    answer = client.get("/openapi.json", headers={"Accept-Profile": profile})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def operations(document: dict[str, Any]) -> set[str]:
    """The operations, each as the page calls it."""
    found = [operation for item in document["paths"].values() for operation in item.values()]
    return {f"operations-{one['tags'][0]}-{one['operationId']}" for one in found}


@pytest.mark.parametrize("profile", ["api", "analytics"])
def test_the_document_of_each_schema_is_valid_openapi_3_1(
    client: httpx.Client, profile: str
) -> None:
    document = described(client, profile)
    assert document["openapi"].startswith("3.1.")
    problems = OpenAPIV31SpecValidator(document).iter_errors()
    assert [problem.message for problem in problems] == []
    assert ("/wallets" in document["paths"]) is (profile == "api")


def test_what_moves_money_says_how_it_may_be_refused(client: httpx.Client) -> None:
    paths = described(client, "api")["paths"]
    for path in ("/transactions", "/rpc/post_transactions", "/rpc/complete_transaction"):
        call = paths[path]["post"]
        assert {"409", "422"} <= set(call["responses"]), path
        assert "Idempotency-Key" in {one.get("name") for one in call["parameters"]}, path


CREATIONS = (  # in the order in which their examples stand on each other
    "/customers/register",
    "/wallet_types",
    "/transaction_types",
    "/transaction_rules",
    "/wallets",
    "/transactions",
)


@pytest.fixture
def newcomer(
    server: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Person]:
    """A member of staff of a service that nobody has used."""
    with (
        serving(server, template, tmp_path_factory.mktemp("newly_served")) as service,
        httpx.Client(base_url=f"{service.url}/api/v1", timeout=30) as client,
    ):
        yield hire(service, client)


def body(operation: dict[str, Any]) -> dict[str, Any]:
    """What the document says of a JSON body."""
    content: dict[str, Any] = operation["requestBody"]["content"]["application/json"]
    return content


def test_the_example_of_every_creation_works_when_it_is_sent(newcomer: Person) -> None:
    paths = described(newcomer.client)["paths"]
    assert {
        p for p, item in paths.items() if "201" in item.get("post", {}).get("responses", {})
    } == {*CREATIONS}
    for path in CREATIONS:
        operation = paths[path]["post"]
        schema, example = body(operation)["schema"], body(operation)["example"]
        assert list(Draft202012Validator(schema).iter_errors(example)) == [], path
        for name, value in example.items():
            assert schema["properties"][name]["examples"] == [value], (path, name)
        made = newcomer.post(path, example)
        assert made.status_code == 201, (path, made.text)
        documented = set(operation["responses"]["201"]["headers"])
        assert documented - {"Idempotency-Replayed"} == {"Location"}, path
        assert made.headers["location"], path
    group = "/rpc/post_transactions"
    assert newcomer.post(group, body(paths[group]["post"])["example"]).status_code == 200


def test_fields_with_few_values_list_them(client: httpx.Client) -> None:
    document = described(client)
    paths, schemas = document["paths"], document["components"]["schemas"]

    def listed(path: str, field: str) -> set[str]:
        return set(body(paths[path]["post"])["schema"]["properties"][field]["enum"])

    assert listed("/customers/register", "gender") == {"FEMALE", "MALE"}
    assert listed("/customers/register", "id_type") == {"NID", "PASSPORT"}
    assert listed("/transactions", "channel_type") == {"WEB", "APP", "KIOSK", "USSD"}
    assert listed("/transactions", "status") == {"PENDING", None}
    assert listed("/rpc/set_wallet_status", "status") == {"ACTIVE", "INACTIVE", "DORMANT"}
    statuses = schemas["transactions"]["properties"]["status"]["enum"]
    assert set(statuses) == {"PENDING", "COMPLETED", "FAILED", "REVERSED", "CANCELLED"}


@pytest.mark.parametrize("path", ["/transactions", "/rpc/post_transaction"])
def test_of_two_names_for_one_thing_one_is_given(client: httpx.Client, path: str) -> None:
    operation = described(client)["paths"][path]["post"]
    schema, example = body(operation)["schema"], body(operation)["example"]
    judge = Draft202012Validator(schema)
    pairs = {"transaction_type": "transaction_type_id"}
    pairs |= {"credited_wallet_id": "credited_account_number"}
    values = {"transaction_type_id": 1, "credited_account_number": "PERSONAL-00000001"}
    for name, other in pairs.items():
        without = {key: value for key, value in example.items() if key != name}
        assert judge.is_valid(without | {other: values[other]})
        assert judge.is_valid(without | {name: None, other: values[other]})
        assert not judge.is_valid(without), name
        assert not judge.is_valid(example | {other: values[other]}), other


def test_nothing_but_registering_and_signing_in_is_open_to_everybody(client: httpx.Client) -> None:
    document = described(client)
    assert document["security"] == [{"bearer": []}]
    open_to_all = {
        path
        for path, item in document["paths"].items()
        for operation in item.values()
        if {} in operation.get("security", document["security"])
    }
    account = {f"/customers/{one}" for one in ("register", "login", "validateOtp", "refresh")}
    assert open_to_all == account | {"/customers/logout"}


def test_every_status_that_is_met_is_documented_and_no_other(client: httpx.Client) -> None:
    paths = described(client)["paths"]
    told = {"201", "400", "401", "403", "404", "409", "503", "504"}
    for path in ("/wallet_types", "/transaction_types", "/transaction_rules"):
        assert set(paths[path]["post"]["responses"]) == told, path
    assert set(paths["/wallets"]["post"]["responses"]) == told | {"422"}  # its key
    for name in ("create_wallet_type", "create_transaction_type", "create_transaction_rule"):
        assert "409" in paths[f"/rpc/{name}"]["post"]["responses"], name
    accounts = {
        "register": {"201", "400", "409"},
        "login": {"200", "400", "401", "429"},
        "validateOtp": {"200", "400", "429"},
        "refresh": {"200", "400", "401"},
        "logout": {"204", "400", "401"},
        "find": {"200", "400", "401", "404"},
    }
    for name, statuses in accounts.items():
        (operation,) = paths[f"/customers/{name}"].values()
        assert set(operation["responses"]) == statuses | {"503"}, name


def test_an_answer_that_is_given_again_says_so_in_the_document(client: httpx.Client) -> None:
    paths = described(client)["paths"]
    for path, status in (("/transactions", "201"), ("/rpc/reverse_transaction", "200")):
        for answer in (status, "422"):
            headers = paths[path]["post"]["responses"][answer]["headers"]
            assert "Idempotency-Replayed" in headers, (path, answer)


def test_who_signs_in_is_described_as_they_are(
    client: httpx.Client, aline: Person, staff: Person
) -> None:
    document = described(client)
    answer = document["paths"]["/customers/validateOtp"]["put"]["responses"]["200"]
    whole = answer["content"]["application/json"]["schema"]
    data = whole["properties"]["data"]["anyOf"]
    fields = [
        document["components"]["schemas"]["customers"]["properties"]
        if "$ref" in one
        else one["properties"]
        for one in data
    ]
    assert [set(one) for one in fields] == [set(p.tokens["data"]) for p in (aline, staff)]


def run(folder: Path, *command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def types(node: Path, client: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the types that openapi-typescript makes of the document."""
    folder = tmp_path_factory.mktemp("types")
    (folder / "openapi.json").write_text(json.dumps(described(client)))
    generate = node / "node_modules/.bin/openapi-typescript"
    options = ("--properties-required-by-default", "--output", "api.ts")
    made = run(folder, generate, "openapi.json", *options)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


@pytest.fixture(scope="module")
def said(node: Path, types: Path) -> list[str]:
    """What the compiler says of the programs of tests/javascript, beside the types."""
    programs = "uses.ts", "misuses.ts"
    for program in programs:
        shutil.copy(node / program, types)
    compiler = node / "node_modules/.bin/tsc"
    done = run(types, compiler, "--strict", "--noEmit", "--pretty", "false", *programs)
    assert bool(done.returncode) is bool(done.stdout), done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith(" ")]


def test_a_front_end_compiles_with_the_types_of_the_document(said: list[str]) -> None:
    assert [line for line in said if not line.startswith("misuses.ts")] == []


def test_no_misuse_of_the_types_compiles(node: Path, said: list[str]) -> None:
    said = [line for line in said if line.startswith("misuses.ts")]
    lines = enumerate((node / "misuses.ts").read_text().splitlines(), 1)
    expected = [
        (number, code) for number, line in lines for code in re.findall(r"// (TS\d+)", line)
    ]
    found = [re.match(r"misuses\.ts\((\d+),\d+\): error (TS\d+)", line) for line in said]
    assert [match and (int(match[1]), match[2]) for match in found] == expected, said


class Visit(NamedTuple):
    """What somebody saw who opened the page, signed in and tried an operation out."""

    operations: list[str]
    status: str
    body: str
    complaints: list[str]  # of the page: errors on the console, the policy's among them
    addresses: list[str]  # of all requests


@pytest.fixture(scope="module")
def visit(node: Path, service: Service, aline: Person) -> Visit:
    """A visit to Swagger UI in a real browser, which reads the customer's wallets."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser is installed, none of {', '.join(BROWSERS)}")
    aline.open_wallet()
    done = run(
        node,
        "node",
        "swagger-ui.mjs",
        CHROMIUM=browser,
        DOCS_URL=f"{service.url}/docs",
        DOCS_TOKEN=aline.tokens["token"],
        DOCS_OPERATION="read_wallets",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Visit(**json.loads(done.stdout))


def test_the_page_shows_every_operation(visit: Visit, client: httpx.Client) -> None:
    assert set(visit.operations) == operations(described(client))


def test_the_page_works_without_a_complaint_and_asks_nobody_else(
    visit: Visit, service: Service
) -> None:
    policy = httpx.get(f"{service.url}/docs").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert visit.complaints == []
    assert f"{service.url}/api/v1/openapi.json" in visit.addresses
    assert [url for url in visit.addresses if not url.startswith(f"{service.url}/")] == []


def test_an_operation_is_tried_out_live_by_who_is_signed_in(visit: Visit, aline: Person) -> None:
    assert visit.status == "200"
    wallets = json.loads(visit.body)
    assert wallets == aline.get("/wallets").json()
    assert {wallet["customer_id"] for wallet in wallets} == {aline.id}
