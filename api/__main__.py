"""`python -m api`: the service, with its worker processes."""

import os
import sys
import tempfile

from sanic import Sanic
from sanic.worker.loader import AppLoader

from config.settings import SettingsError, load_settings


def main() -> int:
    """Serve until told to stop; the exit code."""
    try:
        settings = load_settings()
        for name in ("api_database_url", "redis_url", "jwt_secret", "otp_secret"):
            settings.require(name)
    except SettingsError as error:
        print(f"tekana api: {error}", file=sys.stderr)  # noqa: T201 - said to a person
        return 1
    with tempfile.TemporaryDirectory(prefix="tekana-metrics-") as directory:
        # Before prometheus-client is imported, which decides by it how to count.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", directory)
        from api.app import create_app

        loader = AppLoader(factory=create_app)
        app = loader.load()
        app.prepare(
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            access_log=False,
            motd=False,
        )
        Sanic.serve(primary=app, app_loader=loader)
    return 0


if __name__ == "__main__":
    sys.exit(main())
