"""The whole of `tekana up`, from the data directory to the last child's end."""

from dataclasses import dataclass
from pathlib import Path

from cli.migrations.runner import deploy
from cli.servers.external import check_postgres, check_redis
from cli.servers.valkey import ValkeyServer
from cli.trouble import Trouble
from cli.up.data_directory import hold
from cli.up.databases import (
    Logins,
    check_given_logins,
    create_database,
    embedded_logins,
    embedded_server,
    external_logins,
)
from cli.up.environment import program_environments
from cli.up.kept_secrets import complete
from cli.up.leftovers import Notes
from cli.up.port import check_free, url_of
from cli.up.program import Program, WebProgram
from cli.up.screen import Screen
from cli.up.stop_signals import StopRequested, StopSignals
from cli.up.supervisor import Supervisor
from config.settings import Settings
from workers.sms import open_gateway

READY_SECONDS = 60
# Of the ten seconds in which all has to stop; the servers have a part of the rest.
API_STOP_SECONDS, WORKER_STOP_SECONDS = 4.5, 2.5


def run(settings: Settings, screen: Screen) -> None:
    """Bring Tekana up, keep it up until a signal comes, and take it down.

    Raises:
        Trouble: the data directory or the port cannot be used, or a program ends again and again.
        ServerError: a server cannot run, be reached or be used.
        SettingsError: a secret is missing in production, or SMS cannot be sent as the settings say.
        MigrationError: the schema cannot be brought up to date.
    """
    with StopSignals() as signals, hold(settings.data_dir) as data_directory:
        notes = Notes(data_directory)
        supervisor = Supervisor(screen, signals, notes)
        try:
            settings = complete(settings, data_directory)
            # As the worker will; what it would refuse is known before anything is started.
            open_gateway(settings.model_copy(update={"data_dir": data_directory}))
            notes.end_leftovers(
                lambda name: screen.warn(f"{name} was left over from an earlier run and is stopped")
            )
            check_free(settings.host, settings.port)
            _Start(settings, data_directory, supervisor, signals, screen).everything()
            supervisor.watch()
        except StopRequested:
            screen.say("")  # after the terminal's ^C
        finally:
            if supervisor.has_started:
                with screen.step("Stopped"):
                    supervisor.stop_all()


@dataclass(frozen=True)
class _Start:
    """The way up, step by step."""

    settings: Settings
    data_directory: Path
    supervisor: Supervisor
    signals: StopSignals
    screen: Screen

    def everything(self) -> None:
        # Servers of one's own are asked before embedded ones start: the wrong one is known soon.
        if self.settings.database_url:
            with self.screen.step("PostgreSQL") as words, self.signals.interruptible():
                words.append(check_postgres(self.settings.database_url))
        redis_url = self.redis()
        self.programs(self.logins(), redis_url)

    def redis(self) -> str:
        """Its URL."""
        if self.settings.redis_url:
            with self.screen.step("Redis") as words, self.signals.interruptible():
                words.append(check_redis(self.settings.redis_url))
            return self.settings.redis_url
        valkey = ValkeyServer(self.data_directory / "valkey")
        with self.screen.step("Valkey") as words:
            self.supervisor.start_server(valkey)
            words.append("embedded")
        return valkey.url

    def logins(self) -> Logins:
        """Who connects to the database where, once its schema is the one of this version."""
        owner_url, server = self.settings.database_url, None
        if owner_url is None:
            server = embedded_server(self.settings, self.data_directory)
            with self.screen.step("PostgreSQL") as words:
                self.supervisor.start_server(server)
                owner_url = create_database(server)
                words.append("embedded")
        self.migrate(owner_url)
        with self.signals.interruptible():
            check_given_logins(self.settings)
            if server is None:
                return external_logins(self.settings)
            return embedded_logins(self.settings, server)

    def migrate(self, url: str) -> None:
        with self.screen.step("Schema") as words, self.signals.interruptible():
            done = deploy(url)
            words.append(f"{len(done)} deployed" if done else "up to date")

    def programs(self, logins: Logins, redis_url: str) -> None:
        for_api, for_worker = program_environments(
            self.settings, self.data_directory, logins, redis_url
        )
        url = url_of(self.settings.host, self.settings.port)
        logs = self.data_directory
        api = WebProgram("API", "api", for_api, logs / "api.log", f"{url}/health/ready")
        worker = Program("worker", "workers", for_worker, logs / "worker.log")
        with self.screen.step("API and worker"):
            self.supervisor.start_program(api, API_STOP_SECONDS)
            self.supervisor.start_program(worker, WORKER_STOP_SECONDS)
            ready = self.supervisor.wait_until(
                lambda: api.answers() and worker.running, READY_SECONDS
            )
            if not ready:
                raise Trouble(
                    f"the API is not ready after {READY_SECONDS} s ({api.last_answer}); "
                    f"see {api.log_path}"
                )
        self.screen.ready(
            {
                "API": f"{url}/api/v1",
                "documentation": f"{url}/docs",
                "health": f"{url}/health/ready",
                "data and logs": str(self.data_directory),
            }
        )
