"""`python -m api`: the service, with its worker processes."""

import os
import resource
import sys
import tempfile

from sanic import Sanic
from sanic.mixins import startup
from sanic.worker.loader import AppLoader

from api.states import OwnStates
from config.environment import load_settings
from config.settings import SettingsError


def main() -> int:
    """Serve until told to stop.

    Returns:
        Exit code: 1 with one sentence when it cannot start.
    """
    try:
        settings = load_settings()
        for name in ("api_database_url", "redis_url", "jwt_secret", "otp_secret"):
            settings.require(name)
    except SettingsError as error:
        return _give_up(str(error))
    _open_as_many_files_as_allowed()
    try:
        scratch = tempfile.TemporaryDirectory(prefix="tekana-metrics-")
    except OSError as error:
        why = error.strerror or error
        return _give_up(f"no temporary directory can be used: {why}; set TMPDIR to one")
    with scratch as directory:
        # Before prometheus-client is imported, which decides by it how to count.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", directory)
        from api.app import create_app
        from api.farewell import PatientProtocol

        loader = AppLoader(factory=create_app)
        app = loader.load()
        app.prepare(
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            access_log=False,
            motd=False,
            protocol=PatientProtocol,
        )
        startup.Manager = OwnStates  # type: ignore[attr-defined, assignment]
        try:
            Sanic.serve(primary=app, app_loader=loader)
        except OSError as error:
            place = f"port {settings.port} of {settings.host}"
            return _give_up(f"cannot listen on {place}: {error.strerror}")
    return _give_up(app.ctx.why_it_ended) if app.ctx.why_it_ended else 0


def _open_as_many_files_as_allowed() -> None:
    """Raise the limit of open files, of which each client is one, for the processes to come too.

    It is 1,024 to begin with, under systemd too, for programs of old. Who comes when there are as
    many is cut off without a word, here or to them.
    """
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))


def _give_up(why: str) -> int:
    sys.stderr.write(f"tekana api: {why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
