"""`python -m workers`: the worker process."""

import asyncio
import logging
import sys

from config.environment import load_settings
from config.logs import configure_logging
from config.settings import SettingsError
from workers.log_filter import ExpectedTrouble
from workers.reachable import ServersUnreachable
from workers.run import run_worker


def main() -> int:
    """Run until told to stop.

    Returns:
        Exit code: 0 after SIGTERM or SIGINT, 1 with one sentence when it cannot start.
    """
    try:
        settings = load_settings()
        configure_logging(settings.log_level, "worker")
        # SAQ leaves to asyncio what it cannot even write down of a job, as Valkey is away.
        for logger in ("saq", "asyncio"):
            logging.getLogger(logger).addFilter(ExpectedTrouble())
        asyncio.run(run_worker(settings))
    except (SettingsError, ServersUnreachable) as problem:
        sys.stderr.write(f"tekana worker: {problem}\n")
        return 1
    except KeyboardInterrupt:
        pass  # before there was anything to finish
    return 0


if __name__ == "__main__":
    sys.exit(main())
