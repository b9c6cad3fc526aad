"""The page for front-ends, docs/clients.md, as they use it: what stands there is copied and run."""

import json
import re
from pathlib import Path

import httpx

from tests.api.conftest import Service
from tests.api.test_documentation import run
from tests.node import node
from tests.people import Phone, movement, register

__all__ = ["node"]  # a fixture: pytest finds it here

PAGE = Path(__file__).parents[2] / "docs/clients.md"


def test_a_session_goes_on_and_its_requests_arrive_whole(
    node: Path, service: Service, client: httpx.Client, phone: Phone, tmp_path: Path
) -> None:
    chantal = register(client, phone).sign_in()
    mine = [chantal.open_wallet()["id"] for _ in range(2)]
    code = re.findall(r"```js\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    code = code.replace("http://127.0.0.1:8000", service.url)
    (tmp_path / "copied.mjs").write_text(f"{code}export {{ api, session, signedFetch }};\n")
    (tmp_path / "session.mjs").write_text((node / "session.mjs").read_text())
    (tmp_path / "node_modules").symlink_to(node / "node_modules")
    done = run(
        tmp_path,
        "node",
        "session.mjs",
        SESSION=json.dumps(chantal.tokens),
        TRANSFER=json.dumps(movement("TRANSFER", *mine, 1)),  # of what is not there
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == [[422, None], [422, "true"], *[[200, None]] * 4]
