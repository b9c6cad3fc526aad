"""The API and the worker as real processes over real servers, one set for each test process."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest
from psycopg import sql

from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer
from tests.db.kit import assert_clean
from tests.people import PASSWORD, Person, Phone, register
from tests.processes import ROOT, free_port, start_program
from tests.sms_gateway import Gateway

STAFF_EMAIL, STAFF_NUMBER = "staff@example.com", "+250780000000"


class Service(NamedTuple):
    """A running service and what stands behind it."""

    url: str  # without a path
    database: str
    database_url: str  # as superuser
    valkey_url: str
    gateway: Gateway
    environment: dict[str, str]  # that both programs were told
    api_log: Path
    worker_log: Path

    @property
    def phone(self) -> Phone:
        """Everybody's phone."""
        return Phone(
            lambda: [(sms["recipients"], sms["message"]) for sms in list(self.gateway.received)]
        )


@contextmanager
def running_api(environment: dict[str, str], log: Path) -> Iterator[str]:
    """An API on a port of its own; its URL, without a path, once it answers."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    program = start_program("api", environment | {"TEKANA_PORT": str(port)}, log)
    try:
        _wait_until_it_answers(url, log)
        yield url
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(30)


@contextmanager
def serving(server: PostgresServer, template: str, folder: Path) -> Iterator[Service]:
    """One API process with one worker process over a fresh database, until the block ends."""
    database = folder.name
    with psycopg.connect(server.url(), autocommit=True) as connection:
        statement = sql.SQL("create database {} template {}")
        connection.execute(statement.format(sql.Identifier(database), sql.Identifier(template)))
    # A Valkey of its own: the worker here would take the jobs of other rooms' tests.
    valkey = ValkeyServer(folder / "valkey")
    valkey.start()
    gateway = Gateway()
    environment = {
        "TEKANA_HOST": "127.0.0.1",
        "TEKANA_WORKERS": "1",
        "TEKANA_DATA_DIR": str(folder),
        "TEKANA_API_DATABASE_URL": server.url(database, "tekana_authenticator"),
        "TEKANA_WORKER_DATABASE_URL": server.url(database, "tekana_worker"),
        "TEKANA_REDIS_URL": valkey.url,
        "TEKANA_JWT_SECRET": "a secret of tests that signs the access tokens",
        "TEKANA_OTP_SECRET": "a secret of tests that seals one-time passwords",
        "TEKANA_CORS_ORIGINS": "https://front.example",
        "TEKANA_PLAN_ENABLED": "true",
        "TEKANA_STREAMS_MAXIMUM": "2",
        "TEKANA_SMS_GATEWAY": "intouch",
        "TEKANA_SMS_URL": gateway.url,
        "TEKANA_SMS_USERNAME": "tekana",
        "TEKANA_SMS_PASSWORD": "gateway-password",
    }
    logs = folder / "api.log", folder / "worker.log"
    worker = start_program("workers", environment, logs[1])
    try:
        with running_api(environment, logs[0]) as url:
            own = server.url(database)
            yield Service(url, database, own, valkey.url, gateway, environment, *logs)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(15)
        valkey.stop()
        gateway.close()


@pytest.fixture(scope="session")
def service(
    server: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service of all the tests of this room."""
    with serving(server, template, tmp_path_factory.mktemp("service")) as service:
        yield service


def _wait_until_it_answers(url: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health/live").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail(f"the API does not answer: {log.read_text()}")


@pytest.fixture(scope="session")
def ledger(service: Service) -> Iterator[psycopg.Connection]:
    """A superuser's connection to the database of the service."""
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(autouse=True)
def ledger_stays_right(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did to the service, the ledger is right after it."""
    served = "service" in request.fixturenames
    connection = request.getfixturevalue("ledger") if served else None
    yield
    if connection is not None:
        assert_clean(connection)


@pytest.fixture(scope="session")
def client(service: Service) -> Iterator[httpx.Client]:
    """A client of the API that nobody has signed in with."""
    with httpx.Client(base_url=f"{service.url}/api/v1", timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def phone(service: Service) -> Phone:
    """Everybody's phone."""
    return service.phone


@pytest.fixture(scope="session")
def aline(client: httpx.Client, phone: Phone) -> Person:
    """A customer who is signed in."""
    return register(client, phone).sign_in()


@pytest.fixture(scope="session")
def bosco(client: httpx.Client, phone: Phone) -> Person:
    """Another customer who is signed in."""
    return register(client, phone, first_name="Bosco", gender="MALE").sign_in()


def hire(service: Service, client: httpx.Client) -> Person:
    """A member of staff, made with the command, who is signed in."""
    command = [sys.executable, "-m", "cli.main", "staff", "create", "--url", service.database_url]
    command += ["--email", STAFF_EMAIL, "--phone-number", STAFF_NUMBER]
    subprocess.run(command, input=PASSWORD + "\n", text=True, check=True, cwd=ROOT)
    return Person(client, service.phone, STAFF_EMAIL, STAFF_NUMBER).sign_in()


@pytest.fixture(scope="session")
def staff(service: Service, client: httpx.Client) -> Person:
    """A member of staff who is signed in."""
    return hire(service, client)


@pytest.fixture(scope="session")
def floats(staff: Person) -> dict[str, int]:
    """The operator's float wallet of each currency."""
    wallets = staff.get("/rpc/find_operator_wallets").json()
    return {
        wallet["currency_code"]: wallet["wallet_id"]
        for wallet in wallets
        if wallet["wallet_type_code"] == "FLOAT"
    }
