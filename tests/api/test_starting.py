"""What keeps the API from starting: one sentence, exit code 1."""

import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, free_port, inherited, start_program
from tests.waiting import eventually

NOWHERE = "postgresql:///x?host=/nowhere"
ENVIRONMENT = {
    "TEKANA_API_DATABASE_URL": NOWHERE,
    "TEKANA_REDIS_URL": "unix:///nowhere/valkey.sock",
    "TEKANA_JWT_SECRET": "j" * 32,
    "TEKANA_OTP_SECRET": "o" * 32,
}


def test_an_address_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = ENVIRONMENT | {"TEKANA_HOST": "127.0.0.1", "TEKANA_PORT": str(port)}
        log = tmp_path / "api.log"
        assert start_program("api", environment, log).wait(60) == 1
    assert log.read_text().splitlines()[-1] == (
        f"tekana api: cannot listen on port {port} of 127.0.0.1: Address already in use"
    )
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("missing", ["TEKANA_API_DATABASE_URL", "TEKANA_OTP_SECRET"])
def test_a_setting_that_is_missing(tmp_path: Path, missing: str) -> None:
    log = tmp_path / "api.log"
    assert start_program("api", ENVIRONMENT | {missing: ""}, log).wait(60) == 1
    [sentence] = log.read_text().splitlines()
    assert sentence.startswith(f"tekana api: {missing} is not set: ")


def test_no_temporary_directory_that_can_be_written() -> None:
    end = subprocess.run(
        [sys.executable, "-m", "api"],
        cwd=ROOT,
        env=inherited() | ENVIRONMENT,
        capture_output=True,
        text=True,
        # As if every disk was full.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    )
    assert end.returncode == 1
    [sentence] = end.stderr.splitlines()
    assert sentence.startswith("tekana api: no temporary directory can be used: ")


@pytest.mark.parametrize(("option", "path"), [("-P", ""), ("-I", ".")])
def test_a_package_of_the_same_name_is_not_run_where_the_interpreter_is_told_not_to(
    tmp_path: Path, option: str, path: str
) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise SystemExit('another api')")
    environment = inherited() | ENVIRONMENT | {"TEKANA_PORT": str(free_port()), "PYTHONPATH": path}
    command = [sys.executable, option, "-m", "api"]
    with (log := tmp_path / "api.log").open("wb") as output:
        program = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=output, stderr=output
        )
    try:
        said = ("Starting worker", "another api")
        eventually(lambda: any(words in log.read_text() for words in said), 30, "its start")
        assert "another api" not in log.read_text()
    finally:
        program.terminate()
        assert program.wait(20) == 0
