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


def test_a_session_goes_on_and_its_requests_arrive_whole(
    node: Path, service: Service, client: httpx.Client, phone: Phone, tmp_path: Path
) -> None:
    chantal = register(client, phone).sign_in()
    mine = [chantal.open_wallet()["id"] for _ in range(2)]
    code = re.findall(r"```js\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    code = code.replace("http://127.0.0.1:8000", service.url)
    (tmp_path / "copied.mjs").write_text(f"{code}export {{ api, session, signedFetch }};\n")
    (tmp_path / "session.mjs").write_text((node / "session.mjs").read_text())
    (tmp_path / "node_modules").symlink_to(node / "node_modules")
    done = run(
        tmp_path,
        "node",
        "session.mjs",
        SESSION=json.dumps(chantal.tokens),
        TRANSFER=json.dumps(movement("TRANSFER", *mine, 1)),  # of what is not there
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == [[422, None], [422, "true"], *[[200, None]] * 4]


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
