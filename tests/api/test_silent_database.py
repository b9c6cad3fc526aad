"""A PostgreSQL that hangs without closing its connections costs a request seconds, and no more."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import httpx
import jwt
import pytest

from api import teller
from api.errors import ApiError
from api.teller import Teller
from api.tx import CUSTOMER, Actor, Database
from cli.servers.postgres import PostgresServer
from config.connections import NoAnswer
from config.settings import Settings
from tests.api.conftest import Service, running_api
from tests.people import Person, movement
from tests.silence import stopped
from tests.waiting import eventually

STATEMENT_SECONDS = 1.0  # the schema is read within it, also where others are at work
# That limit and the client's grace of 2 s; and to get a connection to begin with, at most 5 s.
ANSWERED_SECONDS, CONNECTED_SECONDS = STATEMENT_SECONDS + 2, 5
POOL_SIZE = 4


@pytest.fixture(scope="module")
def url(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another API process over the same database, with less patience."""
    environment = service.environment | {
        "TEKANA_STATEMENT_TIMEOUT_MS": str(int(STATEMENT_SECONDS * 1000)),
        "TEKANA_DATABASE_POOL_SIZE": str(POOL_SIZE),
    }
    with running_api(environment, tmp_path_factory.mktemp("silent") / "api.log") as url:
        yield url


@pytest.fixture
def payer(url: str, aline: Person) -> Iterator[Person]:
    """Aline, who talks to that process."""
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client:
        payer = Person(client, aline.phone, aline.email, aline.number, aline.password)
        payer.tokens = aline.tokens
        yield payer


@pytest.fixture
def purse(aline: Person, staff: Person, floats: dict[str, int]) -> int:
    """A wallet of Aline's with RWF 10,000 in it."""
    wallet = aline.open_wallet()["id"]
    staff.move("CASH_IN", floats["RWF"], wallet, 10_000).raise_for_status()
    return int(wallet)


@pytest.fixture
def pocket(bosco: Person) -> int:
    """A wallet of Bosco's, empty."""
    return int(bosco.open_wallet()["id"])


def timed(ask):
    began = time.monotonic()
    return ask(), time.monotonic() - began


def test_requests_are_answered_and_all_works_again_afterwards(
    server: PostgresServer, url: str, payer: Person, purse: int, pocket: int
) -> None:
    def pay(key: str) -> httpx.Response:
        body = {"transactions": [movement("TRANSFER", purse, pocket, 7)]}
        return payer.post("/rpc/post_transactions", body, Idempotency_Key=key)

    read = lambda _: timed(lambda: payer.get("/wallets"))  # noqa: E731
    key = f"silence {purse}"
    with ThreadPoolExecutor(20) as threads:
        assert {answer.status_code for answer, _ in threads.map(read, range(20))} == {200}
        assert pay(f"before {key}").status_code == 200
        with stopped(server):
            # More than there are connections.
            reading = [threads.submit(read, number) for number in range(3 * POOL_SIZE)]
            paying = threads.submit(timed, lambda: pay(key))
            ready = threads.submit(timed, lambda: httpx.get(f"{url}/health/ready", timeout=60))
            answers = [one.result() for one in reading]
            paid, told = paying.result(), ready.result()
    for answer, seconds in [*answers, paid]:
        assert (answer.status_code, answer.json()["code"]) == (503, "AWAYS"), answer.text
        assert answer.headers["retry-after"] == "1"
        assert seconds < CONNECTED_SECONDS + ANSWERED_SECONDS + 1
    assert min(seconds for _, seconds in answers) > STATEMENT_SECONDS  # they did wait
    assert paid[1] < ANSWERED_SECONDS + 1
    assert "With the same Idempotency-Key, it takes effect only once" in paid[0].json()["hint"]
    checks = told[0].json()["checks"]
    assert (told[0].status_code, checks["postgresql"]) == (503, "cannot be reached")
    assert told[1] < 5

    began = time.monotonic()
    eventually(lambda: payer.get("/wallets").status_code == 200, 6, "reading again")
    assert httpx.get(f"{url}/health/ready").json()["checks"]["postgresql"] == "ok"
    # PostgreSQL had been asked, and does it now: the same key is told so.
    eventually(lambda: payer.balance(purse) == 10_000 - 14, 6, "what was asked")
    again = pay(key)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert payer.balance(purse) == 10_000 - 14
    assert time.monotonic() - began < 8


def test_a_payment_outlives_a_short_silence(
    server: PostgresServer, payer: Person, purse: int, pocket: int
) -> None:
    assert payer.move("TRANSFER", purse, pocket, 7).status_code == 201
    with ThreadPoolExecutor(1) as thread:
        with stopped(server):
            paying = thread.submit(payer.move, "TRANSFER", purse, pocket, 7)
            time.sleep(ANSWERED_SECONDS + 1)
            assert not paying.done()
        paid = paying.result(20)
    # It was asked for again by a key that the payer knows nothing of.
    assert (paid.status_code, "idempotency-replayed" in paid.headers) == (201, False)
    assert payer.balance(purse) == 10_000 - 14


async def test_a_payment_that_was_under_way_when_its_time_was_up_is_found_by_its_key(
    server: PostgresServer,
    service: Service,
    aline: Person,
    purse: int,
    pocket: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(teller, "PATIENCE_SECONDS", 1.0)
    claims = jwt.decode(aline.tokens["token"], options={"verify_signature": False})
    payment = movement("TRANSFER", purse, pocket, 7) | {"idempotency_key": f"under way {purse}"}
    arguments = {name: str(value) for name, value in payment.items()}
    url = service.environment["TEKANA_API_DATABASE_URL"]
    database = Database(Settings(api_database_url=url, statement_timeout_ms=2_000))
    await database.open()
    try:
        paying = Teller(database)
        other = arguments | {"idempotency_key": f"before {purse}"}
        assert (await paying.post(Actor(CUSTOMER, claims), other)).code is None
        with stopped(server):
            began = time.monotonic()
            with pytest.raises(ApiError) as told:
                await paying.post(Actor(CUSTOMER, claims), arguments)
            assert time.monotonic() - began < 2
        assert (told.value.status, told.value.code) == (503, "AWAYS")
        monkeypatch.setattr(teller, "PATIENCE_SECONDS", 20.0)
        found = await Teller(database).post(Actor(CUSTOMER, claims), arguments)
        assert found.code is None
        await asyncio.sleep(0.5)  # whatever else was asked has happened
        assert aline.balance(purse) == 10_000 - 14
    finally:
        await database.close()


async def test_closing_does_not_wait_for_it(server: PostgresServer, service: Service) -> None:
    url = service.environment["TEKANA_API_DATABASE_URL"]
    database = Database(Settings(api_database_url=url, statement_timeout_ms=100))
    await database.open()
    async with AsyncExitStack() as exits:
        # As many as there may be, in two pools, which then all want new ones.
        borrowed = [
            await exits.enter_async_context(
                database.connection(Actor(CUSTOMER), read_only=read_only)
            )
            for read_only in [True, False] * 8
        ]
        with stopped(server):
            asked = (connection.execute("select 1") for connection in borrowed)
            answers = await asyncio.gather(*asked, return_exceptions=True)
            assert {type(answer) for answer in answers} == {NoAnswer}
            await exits.aclose()
            began = time.monotonic()
            await database.close()
            assert time.monotonic() - began < 4
