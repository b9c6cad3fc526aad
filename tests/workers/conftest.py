"""A worker as a real process, between real servers and an SMS gateway over real HTTP.

A module's tests share the servers, and the worker where they ask for `worker`; the customer whose
SMS is sent, and what the gateway has seen, are each test's own.
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer
from tests.databases import clone
from tests.sms_gateway import Gateway
from tests.workers.house import OTP_SECRET, Messages, WorkerProcess

_numbers = count()


@pytest.fixture(scope="module")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A Valkey of the module's own: the other one is emptied by other tests."""
    server = ValkeyServer(tmp_path_factory.mktemp("workers") / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def worker_database(server: PostgresServer, template: str) -> Iterator[str]:
    """The name of a database with the schema."""
    with clone(server, template, f"workers_{next(_numbers)}") as name:
        yield name


@pytest.fixture(scope="module")
def module_gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    yield gateway
    gateway.close()


@pytest.fixture
def gateway(module_gateway: Gateway) -> Iterator[Gateway]:
    """The gateway, which has seen nothing yet and takes everything."""
    module_gateway.forget()
    yield module_gateway
    module_gateway.forget()


@pytest.fixture(scope="module")
def environment(
    server: PostgresServer,
    worker_database: str,
    valkey_server: ValkeyServer,
    module_gateway: Gateway,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, str]:
    """The TEKANA_* variables of a worker that sends through the HTTP gateway."""
    return {
        "TEKANA_WORKER_DATABASE_URL": server.url(worker_database, "tekana_worker"),
        "TEKANA_REDIS_URL": valkey_server.url,
        "TEKANA_OTP_SECRET": OTP_SECRET,
        "TEKANA_DATA_DIR": str(tmp_path_factory.mktemp("workers-data")),
        "TEKANA_SMS_GATEWAY": "intouch",
        "TEKANA_SMS_URL": module_gateway.url,
        "TEKANA_SMS_USERNAME": "tekana",
        "TEKANA_SMS_PASSWORD": "gateway-password",
    }


@pytest.fixture(scope="module")
def worker(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WorkerProcess]:
    """The worker that the module's tests share."""
    worker = WorkerProcess(environment, tmp_path_factory.mktemp("worker") / "worker.log")
    worker.wait_until_ready()
    yield worker
    worker.end()


@pytest.fixture
def start_worker(
    environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., WorkerProcess]]:
    """Starts a worker of the test's own and waits until it is ready, unless told not to."""
    started: list[WorkerProcess] = []

    def start(*, ready: bool = True, **overrides: str) -> WorkerProcess:
        log_path = tmp_path / f"worker-{len(started)}.log"
        started.append(WorkerProcess(environment | overrides, log_path))
        if ready:
            started[-1].wait_until_ready()
        return started[-1]

    yield start
    for worker in started:
        if worker.process.poll() is None:
            worker.process.kill()
            worker.process.wait(30)


@pytest.fixture
def messages(
    server: PostgresServer,
    worker_database: str,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Messages]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    messages = Messages(server.url(worker_database))
    yield messages
    messages.close()
