"""A request has an id and a line in the log, whoever asked for whatever."""

import json
import re

import httpx
import jwt

from tests.api.conftest import Service
from tests.people import Person
from tests.waiting import eventually


def test_a_well_formed_request_id_is_kept_and_another_is_not(client: httpx.Client) -> None:
    def answered(request_id: str) -> str:
        answer = client.get("/nothing", headers={"X-Request-ID": request_id})
        return answer.headers["x-request-id"]

    assert answered("checkout-42.a") == "checkout-42.a"
    for wrong in ("short", "x" * 65, 'a"b-c-d-e-f', "{}{}{}{}{}", "-starts-with-a-dash"):
        assert re.fullmatch("[0-9a-f]{32}", answered(wrong))


def user_of(person: Person) -> str:
    """The key of the user, as a token tells it."""
    claims = jwt.decode(person.tokens["token"], options={"verify_signature": False})
    return str(claims["sub"])


def test_there_is_one_log_line_a_request(aline: Person, service: Service) -> None:
    name = "one-line-please"
    # However a client writes that it is a bearer (RFC 9110, 11.1).
    wish = {"X-Request-ID": name, "Authorization": f"bearer  {aline.tokens['token']}"}
    answer = aline.client.get("/wallets?nothing=%2B250788123456", headers=wish)
    assert answer.status_code == 400
    # It is written once the answer is out.
    eventually(lambda: name in service.api_log.read_text())
    (line,) = [line for line in service.api_log.read_text().splitlines() if name in line]
    logged = json.loads(line)
    assert (logged["method"], logged["status"], logged["level"]) == ("GET", 400, "INFO")
    assert (logged["role"], logged["user_id"]) == ("tekana_customer", user_of(aline))
    assert logged["bytes"] == len(answer.content)
    assert logged["duration_ms"] > 0
    assert "788123456" not in line
