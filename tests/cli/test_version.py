"""`tekana --version`: what somebody reports with a problem."""

import subprocess
import sys
import tomllib

from tests.processes import ROOT


def test_the_version_is_that_of_the_project() -> None:
    command = [sys.executable, "-m", "cli.main", "--version"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert told == f"tekana {project['version']}\n"
