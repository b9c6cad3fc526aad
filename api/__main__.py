"""`python -m api`: the service, with its worker processes."""

import os
import resource
import signal
import socket
import sys
import tempfile
from pathlib import Path

from api.supervisor import HEARD, Supervisor
from config.environment import load_settings
from config.logs import configure_logging, is_read
from config.settings import SettingsError

BACKLOG = 100  # of clients that no worker has accepted yet


def main() -> int:
    """Serve until told to stop.

    Returns:
        Exit code: 1 with one sentence when it cannot start.
    """
    _undo_what_was_inherited()
    # From here on they wait until the supervisor hears them.
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
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
        cause = error.strerror or error
        return _give_up(f"no temporary directory can be used: {cause}; set TMPDIR to one")
    with scratch as directory:
        # For the processes to come: prometheus-client decides by it how to count.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", directory)
        try:
            listener = _listen(settings.host, settings.port)
        except OSError as error:
            place = f"port {settings.port} of {settings.host}"
            return _give_up(f"cannot listen on {place}: {error.strerror}")
        configure_logging(settings.log_level, "api")
        why = Supervisor(listener, settings.workers).run()
    return _give_up(why) if why else 0


def _undo_what_was_inherited() -> None:
    """For this process and those to come, whoever starts it, and however.

    Whose children's ends are ignored is not told of them. Where an output is closed, a socket would
    take its place, and what is written there.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for name in ("stdin", "stdout", "stderr"):  # by their numbers: a file gets the lowest there is
        if getattr(sys, name) is None:
            file = Path(os.devnull).open("r+")  # noqa: SIM115 - until this process ends
            os.set_inheritable(file.fileno(), True)
            setattr(sys, name, file)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    # Connections that linger after an earlier run are no obstacle.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(BACKLOG)
    return listener


def _open_as_many_files_as_allowed() -> None:
    """Raise the limit of open files, of which each client is one, for the processes to come too.

    It is 1,024 to begin with, under systemd too, for programs of old. Who comes when there are as
    many is cut off without a word, here or to them.
    """
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))


def _give_up(why: str) -> int:
    if is_read(sys.stderr):
        sys.stderr.write(f"tekana api: {why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
