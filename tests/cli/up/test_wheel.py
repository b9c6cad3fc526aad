"""What is installed from a wheel, away from the repository."""

import json
import subprocess
import sys
import zipfile

from tests.processes import ROOT


def test_a_wheel_brings_all_that_it_needs_to_run(start, tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    up = start(PYTHONPATH=str(installed)).wait_until_up()
    ready = json.loads(up.get("/health/ready"))
    assert ready["status"] == "ready", ready
    assert '"/customers/register"' in up.get("/api/v1/openapi.json")
    assert "swagger" in up.get("/docs/assets/swagger-ui.css")
