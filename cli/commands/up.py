"""`tekana up`: everything, in the foreground."""

from cli.up.run import run
from cli.up.screen import Screen
from config.environment import load_settings


def up() -> None:
    """Run everything: database, Valkey, migrations, API and worker. Ctrl-C stops all of it.

    Without TEKANA_DATABASE_URL and TEKANA_REDIS_URL, runs embedded servers, which keep their data
    in TEKANA_DATA_DIR.
    """
    run(load_settings(), Screen())
