"""A primary whose synchronous standby is away acknowledges nothing, and the API says why."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.api.conftest import Service, running_api
from tests.people import Person, movement
from tests.waiting import eventually


@pytest.fixture
def url(service: Service, tmp_path: Path) -> Iterator[str]:
    """An API whose commits wait for disks, where those of the tests do not."""
    url = service.environment["TEKANA_API_DATABASE_URL"] + "&options=-c%20synchronous_commit%3Don"
    environment = service.environment | {"TEKANA_API_DATABASE_URL": url}
    with running_api(environment, tmp_path / "api.log") as url:
        yield url


@contextmanager
def standby_away(server: PostgresServer) -> Iterator[None]:
    """Commits wait for a standby that is not there, until the block ends."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("alter system set synchronous_standby_names = 'nobody'")
        connection.execute("select pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("alter system reset synchronous_standby_names")
            connection.execute("select pg_reload_conf()")


def test_nothing_is_acknowledged_and_readiness_says_why(
    server: PostgresServer, url: str, aline: Person, funded: tuple[int, int]
) -> None:
    ready = lambda: httpx.get(f"{url}/health/ready", timeout=30)  # noqa: E731
    with httpx.Client(base_url=f"{url}/api/v1", headers=aline.headers) as client:

        def pay(key: str, seconds: float) -> httpx.Response:
            body, headers = movement("TRANSFER", *funded, 7), {"Idempotency-Key": key}
            return client.post("/transactions", json=body, headers=headers, timeout=seconds)

        assert pay(f"before {funded}", 20).status_code == 201
        assert ready().json()["checks"]["postgresql"] == "ok"
        with standby_away(server):
            # PostgreSQL's checkpointer reads the setting in its own time.
            eventually(lambda: ready().status_code == 503)
            # One that is new, and one that is only read again.
            for key in (f"meanwhile {funded}", f"before {funded}"):
                with pytest.raises(httpx.ReadTimeout):
                    pay(key, 1.5)
            answer = ready()
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            told = "does not confirm commits: a synchronous standby is away, or a disk hangs"
            assert answer.json()["checks"]["postgresql"] == told
        eventually(lambda: ready().json()["checks"]["postgresql"] == "ok")
        for key in (f"meanwhile {funded}", f"before {funded}"):
            assert pay(key, 20).headers["idempotency-replayed"] == "true"
    assert aline.balance(funded[0]) == 1000 - 14
