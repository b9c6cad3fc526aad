"""`tekana ledger` as somebody runs it."""

import subprocess
from collections.abc import Callable, Iterator

import psycopg
import pytest

from cli.main import main
from cli.servers.postgres import PostgresServer

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture
def connection(server: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection, each statement of which is committed."""
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        yield connection


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `tekana ledger` with these arguments."""

    def run(*arguments: str) -> Done:
        command = ["tekana", "ledger", *arguments]
        monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit) as end:
            main()
        return Done(command, int(end.value.code or 0), *capsys.readouterr())

    return run
