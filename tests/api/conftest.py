"""The API and the worker as real processes over real servers, one set for each test process."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer
from tests.api.house import CODES, FAILURES, OTP_SECRET, PASSWORD_FAILURES, WINDOW, House
from tests.databases import clone
from tests.db.kit import assert_clean
from tests.people import PASSWORD, Person, Phone, register
from tests.processes import ROOT, free_port, start_program
from tests.sms_gateway import Gateway
from tests.waiting import answers, eventually

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

    @contextmanager
    def offering(self, kind: str, name: str, statements: str) -> Iterator[None]:
        """Something more in an exposed schema, until the block ends.

        Args:
            kind: of object, as SQL has it.
            name: of the object, with its schema.
            statements: that make it, grant it and so on.
        """
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(statements)
            connection.execute("notify pgrst, 'reload schema'")
            try:
                yield
            finally:
                connection.execute(f"drop {kind} {name}")
                connection.execute("notify pgrst, 'reload schema'")

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
        probe = f"{url}/health/live"
        eventually(lambda: answers(probe) or program.poll() is not None, 30, f"an answer ({log})")
        assert program.poll() is None, log.read_text()
        yield url
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(30)


@contextmanager
def serving(server: PostgresServer, template: str, folder: Path) -> Iterator[Service]:
    """One API process with one worker process over a fresh database, until the block ends."""
    with ExitStack() as exits:
        database = exits.enter_context(clone(server, template, folder.name))
        # A Valkey of its own: the worker here would take the jobs of other rooms' tests.
        valkey = ValkeyServer(folder / "valkey")
        valkey.start()
        exits.callback(valkey.stop)
        gateway = exits.enter_context(closing(Gateway()))
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
        exits.callback(worker.wait, 15)
        exits.callback(worker.terminate)
        url = exits.enter_context(running_api(environment, logs[0]))
        own = server.url(database)
        yield Service(url, database, own, valkey.url, gateway, environment, *logs)


@pytest.fixture(scope="session")
def service(
    server: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service of all the tests of this room."""
    with serving(server, template, tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture(scope="session")
def house(
    server: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """An API with narrow limits; the test itself delivers the SMS."""
    folder = tmp_path_factory.mktemp("limits")
    with ExitStack() as exits:
        database = exits.enter_context(clone(server, template, "limits"))
        valkey = ValkeyServer(folder / "valkey")
        valkey.start()
        exits.callback(valkey.stop)
        environment = {
            "TEKANA_WORKERS": "1",
            "TEKANA_DATA_DIR": str(folder),
            "TEKANA_API_DATABASE_URL": server.url(database, "tekana_authenticator"),
            "TEKANA_REDIS_URL": valkey.url,
            "TEKANA_JWT_SECRET": "a secret of tests that signs the access tokens",
            "TEKANA_OTP_SECRET": OTP_SECRET,
            "TEKANA_OTP_CODES_MAXIMUM": str(CODES),
            "TEKANA_OTP_FAILURES_MAXIMUM": str(FAILURES),
            "TEKANA_PASSWORD_FAILURES_MAXIMUM": str(PASSWORD_FAILURES),
            "TEKANA_SIGN_IN_WINDOW_SECONDS": str(WINDOW),
        }
        log = folder / "api.log"
        url = exits.enter_context(running_api(environment, log))
        client = exits.enter_context(httpx.Client(base_url=f"{url}/api/v1", timeout=60))
        yield House(client, valkey, server.url(database), log)


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


@pytest.fixture
def wallets(aline: Person, bosco: Person) -> tuple[int, int]:
    """A fresh wallet of each, in francs, with nothing in them."""
    return aline.open_wallet()["id"], bosco.open_wallet()["id"]


@pytest.fixture
def funded(staff: Person, floats: dict[str, int], wallets: tuple[int, int]) -> tuple[int, int]:
    """The same, with 1000 francs in the first."""
    answer = staff.move("CASH_IN", floats["RWF"], wallets[0], 1000)
    assert answer.status_code == 201, answer.text
    return wallets
