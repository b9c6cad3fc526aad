"""Node and the npm packages of tests/javascript, where there are any."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "javascript"


@pytest.fixture(scope="session")
def node() -> Path:
    """The folder of the packages, installed as locked; without Node the tests are skipped."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node is not installed")
    with (FOLDER / "package.json").open() as held:
        # Of several test processes one installs; the others wait for it.
        fcntl.flock(held, fcntl.LOCK_EX)
        _install()
    return FOLDER


def _install() -> None:
    stamp, lock = FOLDER / "node_modules" / ".package-lock.json", FOLDER / "package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel", "error"]
        subprocess.run(command, cwd=FOLDER, check=True)
