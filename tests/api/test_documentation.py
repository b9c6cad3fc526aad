"""The documentation, used as its readers do: validated, compiled, and tried out in a browser."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.api.conftest import Service
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
    made = run(folder, generate, "openapi.json", "--output", "api.ts")
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def compiled(node: Path, types: Path, program: str) -> list[str]:
    """What the compiler says of a program of tests/javascript, beside the types."""
    shutil.copy(node / program, types)
    compiler = node / "node_modules/.bin/tsc"
    done = run(types, compiler, "--strict", "--noEmit", "--pretty", "false", program)
    assert bool(done.returncode) is bool(done.stdout), done.stderr
    return done.stdout.splitlines()


def test_a_front_end_compiles_with_the_types_of_the_document(node: Path, types: Path) -> None:
    assert compiled(node, types, "uses.ts") == []


def test_no_misuse_of_the_types_compiles(node: Path, types: Path) -> None:
    said = [line for line in compiled(node, types, "misuses.ts") if not line.startswith(" ")]
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
