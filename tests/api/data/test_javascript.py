"""The unmodified postgrest client of JavaScript."""

import os
import subprocess
from pathlib import Path

from tests.api.data.conftest import token
from tests.node import node

__all__ = ["node"]  # a fixture: pytest finds it here


def test_every_method_that_reads_or_calls(node: Path, base_url: str) -> None:
    signed = token("shop_keeper")["Authorization"].removeprefix("Bearer ")
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", "postgrest.test.mjs"],
        cwd=node,
        env=os.environ | {"SHOP_URL": base_url, "SHOP_TOKEN": signed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout
