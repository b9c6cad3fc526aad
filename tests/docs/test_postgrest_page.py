"""The page on the dialect names a test for each feature, and the tests are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/postgrest.md").read_text()
TESTS = ROOT / "tests/api/data"


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)
    assert len(named) > 80
    for file, name in named:
        tree = ast.parse((TESTS / file).read_text())
        functions = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in functions, f"{file}::{name}"


def test_every_feature_names_its_test() -> None:
    supported = PAGE[: PAGE.index("## What is not supported")]
    rows = [line for line in supported.splitlines() if line.startswith("| ")]
    features = [line for line in rows if not line.startswith(("| feature", "|--"))]
    assert [line for line in features if "::test_" not in line] == []
