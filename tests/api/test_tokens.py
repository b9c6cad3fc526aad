"""An access token is ours, whole and in time, or it is none."""

import json
import time

import httpx
import jwt
import pytest

from tests.api.conftest import Service
from tests.people import Person


def _forged(aline: Person, secret: str, algorithm: str, typ: str, **changes: object) -> str:
    claims = jwt.decode(aline.tokens["token"], options={"verify_signature": False}) | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, secret, algorithm, headers={"typ": typ})


SECRET = "a secret of tests that signs the access tokens"


def test_a_token_of_a_machine_whose_clock_is_ahead_is_taken(
    client: httpx.Client, aline: Person
) -> None:
    token = _forged(aline, SECRET, "HS256", "at+jwt", iat=int(time.time()) + 10)
    answer = client.get("/wallets", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_a_token_ends_in_time_however_often_it_was_good(
    client: httpx.Client, aline: Person
) -> None:
    def answered(ends_in: float, times: int = 1) -> list[httpx.Response]:
        token = _forged(aline, SECRET, "HS256", "at+jwt", exp=time.time() + ends_in)
        headers = {"Authorization": f"Bearer {token}"}
        return [(client.get("/wallets", headers=headers), time.sleep(0.5))[0] for _ in range(times)]

    before, after, late = *answered(0.4, 2), *answered(-60)
    assert before.status_code == 200
    for answer in (after, late):
        assert answer.status_code == 401
        assert answer.json()["message"] == "the access token has expired"


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    ("secret", "algorithm", "typ", "changes"),
    [
        ("another secret that is as long as ours is", "HS256", "at+jwt", {}),
        ("", "none", "at+jwt", {}),
        (SECRET, "HS512", "at+jwt", {}),
        (SECRET, "HS256", "JWT", {}),
        (SECRET, "HS256", "at+jwt", {"exp": None}),
        (SECRET, "HS256", "at+jwt", {"exp": 1}),
        (SECRET, "HS256", "at+jwt", {"role": "tekana_owner"}),
        (SECRET, "HS256", "at+jwt", {"role": "tekana_gatekeeper"}),
        (SECRET, "HS256", "at+jwt", {"sid": "1"}),
        (SECRET, "HS256", "at+jwt", {"sid": 987654321}),
        (SECRET, "HS256", "at+jwt", {"iss": "somebody"}),
        *(
            (SECRET, "HS256", "at+jwt", changes)
            for changes in (
                *({"exp": odd} for odd in ("9999999999", True, [], {}, 1e400, float("nan"))),
                *({"iat": odd} for odd in ([], 1e400)),
                *({"nbf": odd} for odd in ([], 1e400)),
                *({"sid": odd} for odd in (True, 1.5, 0, 2**63, -(2**63) - 1, 10**400, [])),
                *({"sub": odd} for odd in ("", "x", "-1", "1.0", "\u0661", "1\0", "\ud800")),
                *({"sub": odd} for odd in (1, [], "9" * 20)),
                *({"role": odd} for odd in ([], {}, "tekana_customer\0")),
                *({"user_role": odd} for odd in (None, [], "OWNER", "ADMIN", "\0")),
                {"aud": "somebody"},
                {"iat": time.time() + 3600},
                *({name: None} for name in ("iat", "sub", "sid", "role")),
            )
        ),
    ],
)
def test_a_token_that_is_not_ours_is_refused(
    client: httpx.Client,
    service: Service,
    aline: Person,
    secret: str,
    algorithm: str,
    typ: str,
    changes: dict,
) -> None:
    lines = len(service.api_log.read_text().splitlines())
    token = _forged(aline, secret, algorithm, typ, **changes)
    answer = client.get("/wallets", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    logged = service.api_log.read_text(errors="surrogateescape").splitlines()
    assert all(json.loads(line)["level"] == "INFO" for line in logged[lines:])


def test_claims_that_are_none_of_ours_change_nothing(client: httpx.Client, aline: Person) -> None:
    token = _forged(aline, SECRET, "HS256", "at+jwt", note="\0 \ud800")
    answer = client.get("/wallets", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("header", ["", "Bearer", "Basic eDp5", "Bearer a.b.c"])
def test_a_header_that_is_no_token_is_refused(client: httpx.Client, header: str) -> None:
    answer = client.get("/wallets", headers={"Authorization": header})
    assert answer.status_code == 401
