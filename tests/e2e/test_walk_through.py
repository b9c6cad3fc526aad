"""README's walk-through, as a reader who pastes it."""

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import ROOT, Stack, assert_ledger_is_right


def test_the_walk_through_of_the_readme_runs_verbatim(stack: Stack, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = [part.split("```")[0] for part in text.split("```bash\n")[1:]]
    script = tmp_path / "walk.sh"
    (signing_in,) = (block for block in blocks if "aline=$(" in block)
    # Whoever comes back another day, when what was sent before is still on the phone.
    again = [signing_in, '[[ "$aline" == ey* && "$bosco" == ey* ]]'] * 3
    # History is expanded, as where people paste: a `!` between double quotes is not itself there.
    options = "set -euo pipefail -o history -o histexpand\n"
    script.write_text(options + "\n".join(blocks + again), encoding="utf-8")
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    result = subprocess.run(
        ["bash", str(script)],
        cwd=tmp_path,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr + result.stdout
    assert '"hint":' not in result.stdout, result.stdout  # no error: curl does not tell
    statement = result.stdout.index('[{"direction":"CREDIT","amount":5000,"balance_after":5000}')
    lines, _ = json.JSONDecoder().raw_decode(result.stdout, statement)
    assert lines == json.loads(
        text.split("The last answer is `")[1].split("`")[0].replace("\n", "")
    )
    assert_ledger_is_right(stack)
