"""The whole of `tekana up`, from the data directory to the last child's end."""

from pathlib import Path

from cli.migrations.runner import deploy
from cli.servers.external import check_postgres, check_redis
from cli.servers.valkey import ValkeyServer
from cli.up import CannotStart
from cli.up.data_directory import hold
from cli.up.databases import (
    Logins,
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

READY_SECONDS = 60


def run(settings: Settings, screen: Screen) -> None:
    """Bring Tekana up, keep it up until a signal comes, and take it down.

    Raises:
        CannotStart: of our own doing: data directory, port, a program that ends again and again.
        ServerError: a server cannot run, be reached or be used.
        SettingsError: a secret is missing in production.
        MigrationError: the schema cannot be brought up to date.
    """
    with StopSignals() as signals, hold(settings.data_dir) as data_directory:
        notes = Notes(data_directory)
        supervisor = Supervisor(screen, signals, notes)
        try:
            complete_settings = complete(settings, data_directory)
            notes.end_leftovers(
                lambda name: screen.warn(f"{name} was left behind by an earlier run and is ended")
            )
            _bring_up(complete_settings, data_directory, supervisor, signals, screen)
            supervisor.watch()
        except StopRequested:
            screen.say("")  # after the terminal's ^C
        finally:
            if supervisor.has_started:
                with screen.step("Stopped"):
                    supervisor.stop_all()


def _bring_up(
    settings: Settings,
    data_directory: Path,
    supervisor: Supervisor,
    signals: StopSignals,
    screen: Screen,
) -> None:
    check_free(settings.host, settings.port)
    # Servers of one's own are asked before embedded ones are started: the wrong one is known soon.
    if settings.database_url:
        with screen.step("PostgreSQL") as words, signals.interruptible():
            words.append(check_postgres(settings.database_url))
    redis_url = _redis(settings, data_directory, supervisor, signals, screen)
    logins = _postgres(settings, data_directory, supervisor, signals, screen)
    api_environment, worker_environment = program_environments(
        settings, data_directory, logins, redis_url
    )
    url = url_of(settings.host, settings.port)
    api = WebProgram(
        "API", "api", api_environment, data_directory / "api.log", f"{url}/health/ready"
    )
    worker = Program("worker", "workers", worker_environment, data_directory / "worker.log")
    with screen.step("API and worker"):
        supervisor.start_program(api)
        supervisor.start_program(worker)
        if not supervisor.wait_until(lambda: api.answers() and worker.running, READY_SECONDS):
            raise CannotStart(
                f"the API is not ready after {READY_SECONDS} s ({api.last_answer}); "
                f"see {api.log_path}"
            )
    screen.ready(
        {
            "API": f"{url}/api/v1",
            "documentation": f"{url}/api/v1/docs",
            "health": f"{url}/health/ready",
            "logs and data": str(data_directory),
        }
    )


def _redis(
    settings: Settings,
    data_directory: Path,
    supervisor: Supervisor,
    signals: StopSignals,
    screen: Screen,
) -> str:
    if settings.redis_url:
        with screen.step("Redis") as words, signals.interruptible():
            words.append(check_redis(settings.redis_url))
        return settings.redis_url
    valkey = ValkeyServer(data_directory / "valkey")
    with screen.step("Valkey") as words:
        supervisor.start_server(valkey)
        words.append("embedded")
    return valkey.url


def _postgres(
    settings: Settings,
    data_directory: Path,
    supervisor: Supervisor,
    signals: StopSignals,
    screen: Screen,
) -> Logins:
    if settings.database_url:
        _migrate(settings.database_url, signals, screen)
        with signals.interruptible():
            return external_logins(settings)
    server = embedded_server(settings, data_directory)
    with screen.step("PostgreSQL") as words:
        supervisor.start_server(server)
        owner_url = create_database(server)
        words.append("embedded")
    _migrate(owner_url, signals, screen)
    return embedded_logins(settings, server)


def _migrate(url: str, signals: StopSignals, screen: Screen) -> None:
    with screen.step("Schema") as words, signals.interruptible():
        done = deploy(url)
        words.append(f"{len(done)} changes deployed" if done else "up to date")
