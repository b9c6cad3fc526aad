"""The page for front-ends, docs/clients.md, as they use it: what stands there is copied and run."""

import json
import re
from pathlib import Path

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.api.conftest import Service
from tests.api.test_documentation import run
from tests.node import node
from tests.people import Person, Phone, movement, register

__all__ = ["node"]  # a fixture: pytest finds it here

PAGE = Path(__file__).parents[2] / "docs/clients.md"
CODE = re.findall(r"```js\n(.*?)```", PAGE.read_text(), re.DOTALL)
WITHOUT_BUNDLER = {  # Node reads the provider as a CommonJS module, and react-admin needs React
    "postgrest({": "postgrest.default({",
    'import { HttpError } from "react-admin";': "class HttpError extends Error {}",
}


def front_end(
    node: Path, folder: Path, service: Service, program: str, copied: str, **environment: str
) -> list[object]:
    """What a program of tests/javascript prints, which uses what it copied from the page."""
    copied = copied.replace("http://127.0.0.1:8000", service.url)
    (folder / "copied.mjs").write_text(copied)
    (folder / program).write_text((node / program).read_text())
    (folder / "node_modules").symlink_to(node / "node_modules")
    done = run(folder, "node", program, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    printed: list[object] = json.loads(done.stdout)
    return printed


def test_a_session_goes_on_and_its_requests_arrive_whole(
    node: Path, service: Service, client: httpx.Client, phone: Phone, tmp_path: Path
) -> None:
    chantal = register(client, phone).sign_in()
    mine = [chantal.open_wallet()["id"] for _ in range(2)]
    told = {
        "SESSION": json.dumps(chantal.tokens),
        "TRANSFER": json.dumps(movement("TRANSFER", *mine, 1)),  # of what is not there
    }
    copied = f"{CODE[0]}export {{ api, session, signedFetch }};\n"
    printed = front_end(node, tmp_path, service, "session.mjs", copied, **told)
    assert printed == [[422, None], [422, "true"], *[[200, None]] * 4]


def test_the_back_office_finds_each_line_of_all_statements_by_its_key(
    node: Path, service: Service, staff: Person, funded: tuple[int, int], tmp_path: Path
) -> None:
    copied = f"{CODE[0]}{CODE[1]}export {{ session }};\n"
    for said, instead in WITHOUT_BUNDLER.items():
        assert said in copied
        copied = copied.replace(said, instead)
    tokens = json.dumps(staff.tokens)
    listed, *found = front_end(node, tmp_path, service, "back-office.mjs", copied, SESSION=tokens)
    assert funded[0] in listed
    assert found == [listed, listed]


@pytest.mark.parametrize(
    ("method", "path", "hint"),
    [
        ("GET", "/transactions?created_at=gt.2026-01-31T12:00:00+00:00", "%2B"),
        ("GET", "/rpc/balance_at?wallet_id=1&at=2026-01-31T12:00:00+00:00", "%2B"),
        ("GET", "/wallets/1", "?id=eq.1"),
        ("PATCH", "/wallets?id=eq.1", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/customers/validateOtp", "PUT"),
    ],
)
def test_a_request_that_front_ends_get_wrong_is_told_what_to_do(
    aline: Person, method: str, path: str, hint: str
) -> None:
    answer = aline.client.request(method, path, headers=aline.headers, json={})
    assert answer.status_code in {400, 404, 405}, answer.text
    assert hint in (answer.json()["hint"] or ""), answer.text


def test_a_number_that_comes_as_a_text_is_told_apart(aline: Person) -> None:
    answer = aline.post("/wallets", {"wallet_type_id": "1", "currency_code": "RWF"})
    assert "wallet_type_id: must be a whole number, not a text" in answer.json()["details"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("select=wallets(id)", 300), ("select=colour", 400), ("id=eq.x", 400), ("limit=x", 400)],
)
def test_an_error_is_of_the_schema_that_the_document_has_for_its_status(
    aline: Person, query: str, status: int
) -> None:
    answer = aline.client.get(f"/transactions?{query}", headers=aline.headers)
    assert answer.status_code == status, answer.text
    document = aline.client.get("/openapi.json").json()
    told = document["components"]["responses"][str(status)]["content"]["application/json"]
    schema = told["schema"] | {"components": document["components"]}
    for body in (answer.json(), told["example"]):
        Draft202012Validator(schema).validate(body)
