"""The real thing, on servers of its own: PostgreSQL, Valkey, API, worker, and an SMS gateway."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import psycopg

from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer
from tests.processes import ROOT, free_port, start_program, workers_of
from tests.sms_gateway import Gateway
from tests.waiting import answers, eventually

API_PROCESSES = 2
SECRETS = {
    "TEKANA_JWT_SECRET": "a secret of chaos that signs the access tokens",
    "TEKANA_OTP_SECRET": "a secret of chaos that seals one-time passwords",
}


class Program:
    """One of our programs, as a process that is killed and started again."""

    def __init__(self, module: str, environment: dict[str, str], log: Path) -> None:
        self.module, self.environment, self.log = module, environment, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = start_program(self.module, self.environment, self.log)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self) -> None:
        if self.process is not None and self.is_running:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


class Stack:
    """All of it; ends with the block."""

    def __init__(self, folder: Path) -> None:
        # As it is run for real: what is committed is on disk.
        self.postgres = PostgresServer(folder / "postgres", binaries())
        self.valkey = ValkeyServer(folder / "valkey")
        self.gateway = Gateway()
        self.port = free_port()
        self.database = "tekana"
        self.environment = SECRETS | {
            "TEKANA_HOST": "127.0.0.1",
            "TEKANA_PORT": str(self.port),
            "TEKANA_WORKERS": str(API_PROCESSES),
            "TEKANA_DATA_DIR": str(folder),
            "TEKANA_API_DATABASE_URL": self.url("tekana_authenticator"),
            "TEKANA_WORKER_DATABASE_URL": self.url("tekana_worker"),
            "TEKANA_REDIS_URL": self.valkey.url,
            "TEKANA_SMS_GATEWAY": "intouch",
            "TEKANA_SMS_URL": self.gateway.url,
            "TEKANA_SMS_USERNAME": "tekana",
            "TEKANA_SMS_PASSWORD": "gateway-password",
        }
        self.api = Program("api", self.environment, folder / "api.log")
        self.worker = Program("workers", self.environment, folder / "worker.log")

    def __enter__(self) -> "Stack":
        with ExitStack() as exits:
            exits.callback(self.gateway.close)
            for server in (self.postgres, self.valkey):
                exits.callback(server.stop)
                server.start()
            with psycopg.connect(self.postgres.url(), autocommit=True) as connection:
                connection.execute(f"create database {self.database}")
            deploy = [sys.executable, "-m", "cli.main", "migrate", "deploy", "--url"]
            deploy.append(self.postgres.url(self.database))
            subprocess.run(deploy, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            for program in (self.api, self.worker):
                exits.callback(program.end)
                program.start()
            eventually(self.answers, 60, "the API")
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exits.close()

    def url(self, role: str) -> str:
        """What our programs connect to."""
        return self.postgres.url(self.database, role)

    def connect(self) -> psycopg.Connection:
        """A superuser's connection."""
        return psycopg.connect(self.postgres.url(self.database), autocommit=True)

    def answers(self) -> bool:
        """Whether all is well, as the API says itself."""
        return answers(f"http://127.0.0.1:{self.port}/health/ready")

    # --- what is killed

    def kill_postgres(self) -> None:
        """The postmaster with all its children, like a machine that loses its power; then start."""
        self.end_postgres()
        time.sleep(random.uniform(0, 0.5))
        self.postgres.start()

    def end_postgres(self) -> None:
        """Kill it with all its children, and wait until they are gone."""
        assert self.postgres.process is not None
        postmaster = psutil.Process(self.postgres.process.pid)
        killed = [postmaster, *postmaster.children(recursive=True)]
        for process in killed:
            _kill(process)
        psutil.wait_procs(killed, 10)

    def kill_api_process(self) -> None:
        """One of the processes of the API, at any moment; it replaces it by itself."""
        _kill(random.choice(self._api_processes()))

    def kill_api_process_before_it_answers(self) -> None:
        """The same, after it was held: what it had asked PostgreSQL for is committed by then."""
        process = random.choice(self._api_processes())
        process.suspend()
        time.sleep(random.uniform(0.02, 0.2))
        _kill(process)

    def _api_processes(self) -> list[psutil.Process]:
        assert self.api.process is not None
        parent = psutil.Process(self.api.process.pid)

        def ready() -> list[psutil.Process]:
            log = self.api.log.read_text(errors="replace")
            return [one for one in workers_of(parent) if f"Worker ready [{one.pid}]" in log]

        eventually(lambda: len(ready()) == API_PROCESSES, 30, "another API process")
        return ready()

    def kill_worker(self) -> None:
        """The worker, at a moment when its jobs of every five seconds run; then start it."""
        assert self.worker.process is not None
        time.sleep(5 - time.time() % 5 + random.uniform(0, 0.4))
        _kill(psutil.Process(self.worker.process.pid))
        self.worker.process.wait(10)
        self.worker.start()


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):  # a backend that had come to its own end
        process.kill()


def binaries() -> Path | None:
    """Those of the PostgreSQL to test; None: the embedded one."""
    given = os.environ.get("TEKANA_TEST_PG_BIN")
    return Path(given) if given else None
