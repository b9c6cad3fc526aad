"""Unmodified clients of JavaScript: of PostgREST, and data providers of react-admin and refine."""

import os
import subprocess
from pathlib import Path

from tests.api.data.conftest import token
from tests.node import node

__all__ = ["node"]  # a fixture: pytest finds it here


def run(folder: Path, base_url: str, file: str) -> None:
    signed = token("shop_keeper")["Authorization"].removeprefix("Bearer ")
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", file],
        cwd=folder,
        env=os.environ | {"SHOP_URL": base_url, "SHOP_TOKEN": signed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# fail 0" in done.stdout


def test_every_method_that_reads_or_calls(node: Path, base_url: str) -> None:
    run(node, base_url, "postgrest.test.mjs")


def test_every_method_and_operator_of_the_data_provider_of_react_admin(
    node: Path, base_url: str
) -> None:
    run(node, base_url, "react-admin.test.mjs")


def test_every_method_and_operator_of_the_data_provider_of_refine(
    node: Path, base_url: str
) -> None:
    run(node, base_url, "refine.test.mjs")
