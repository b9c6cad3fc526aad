"""A process of the API that dies is replaced, also when others of its kind keep dying."""

import resource
import shutil
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from tests.api.conftest import Service
from tests.api.test_stopping import ended_within, started
from tests.processes import workers_of
from tests.waiting import answers, eventually


def test_one_that_is_killed_before_it_serves_is_replaced(service: Service, tmp_path: Path) -> None:
    with started(service.environment, log := tmp_path / "api.log", "") as (program, port):
        parent, url = psutil.Process(program.pid), f"http://127.0.0.1:{port}/health/live"

        def kill_one_that_starts() -> None:
            died = log.read_text().count("died and is replaced")
            [early] = eventually(lambda: workers_of(parent), 30, "its start")
            early.kill()
            eventually(lambda: log.read_text().count("died and is replaced") == died + 1)

        kill_one_that_starts()
        eventually(lambda: "Worker ready" in log.read_text(), 20, "serving")
        # Three in a row would be given up: one that has served begins another row.
        workers_of(parent)[0].kill()
        eventually(lambda: log.read_text().count("died and is replaced") == 2)
        kill_one_that_starts()
        kill_one_that_starts()
        eventually(lambda: answers(url), 20, "an answer")
        program.terminate()
        assert ended_within(10, program) == 0
        assert log.read_text().count("died and is replaced") == 4


def test_one_is_replaced_though_the_temporary_directory_was_full_and_emptied(
    service: Service, tmp_path: Path
) -> None:
    with tempfile.TemporaryDirectory(prefix="tekana-") as scratch:  # as short as it usually is
        environment = service.environment | {"TMPDIR": scratch}
        with started(environment, log := tmp_path / "api.log") as (program, port):
            url = f"http://127.0.0.1:{port}"
            assert httpx.get(f"{url}/metrics").status_code == 200
            # Of files mapped into memory, room that is found missing later ends the process.
            files = [file.stat() for file in Path(scratch).rglob("*.db")]
            assert all(file.st_blocks * 512 >= file.st_size > 0 for file in files)
            for directory in Path(scratch).iterdir():
                shutil.rmtree(directory)
            assert httpx.get(f"{url}/metrics").status_code == 200
            [worker] = workers_of(psutil.Process(program.pid))
            worker.kill()
            eventually(lambda: answers(f"{url}/health/live"), 20, "an answer")
            assert 'route="health/live"' in httpx.get(f"{url}/metrics").text
        assert "Traceback" not in log.read_text()


def test_when_none_can_be_started_any_more_it_ends_and_says_so(
    service: Service, tmp_path: Path
) -> None:
    with started(service.environment, log := tmp_path / "api.log") as (program, _):
        parent = psutil.Process(program.pid)
        files = parent.num_fds()
        resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (files, files))
        workers_of(parent)[0].kill()
        began = time.monotonic()
        assert ended_within(10, program) == 1
        assert time.monotonic() - began < 9
    assert log.read_text().splitlines()[-1] == (
        "tekana api: no process of the API can start: 3 in a row did not come to serve"
    )


def test_as_long_as_one_serves_it_goes_on_trying_to_replace_another(
    service: Service, tmp_path: Path
) -> None:
    environment = service.environment | {"TEKANA_WORKERS": "2"}
    with started(environment, log := tmp_path / "api.log") as (program, port):
        parent = psutil.Process(program.pid)
        eventually(lambda: log.read_text().count("Worker ready") == 2, 30, "both")
        allowed = resource.prlimit(program.pid, resource.RLIMIT_NOFILE)
        files = parent.num_fds()
        resource.prlimit(program.pid, resource.RLIMIT_NOFILE, (files, allowed[1]))
        workers_of(parent)[0].kill()
        eventually(lambda: log.read_text().count("cannot be launched") == 3, 15, "three failures")
        assert httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
        resource.prlimit(program.pid, resource.RLIMIT_NOFILE, allowed)
        eventually(lambda: len(workers_of(parent)) == 2, 15, "its replacement")
        program.terminate()
        assert ended_within(10, program) == 0
