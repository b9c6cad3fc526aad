"""Write the baseline, the changes that build all of db/.

Until the first tag nothing is released and history may be rewritten, so the baseline is simply made
again whenever db/ changes. With the first tag it is history, and changes are written by hand.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

from cli.migrations import KINDS, MIGRATIONS, MigrationError
from cli.migrations.baseline_scripts import MADE_BY, deploy_script, revert_script, verify_script
from cli.migrations.build_order import Part, read_parts
from cli.migrations.plan import Change, read_plan

ROLE = re.compile(r"\(\s*'(?P<name>\w+)',\s*'(?:no)?login\b")


def write_baseline(directory: Path = MIGRATIONS) -> list[str]:
    """Write the baseline's scripts and the plan again from db/, beside the project's directory.

    A change that is planned already keeps its line in the plan, and with it its id.

    Returns:
        Names of its changes.

    Raises:
        MigrationError: something is released already or written by hand, or db/ cannot be read.
    """
    planned = read_plan(directory).changes
    _check_rewritable(directory, planned)
    parts = read_parts(directory.parent)
    scripts = {part.name: _scripts(directory.parent, part) for part in parts}
    for stale in {change.name for change in planned} - set(scripts):
        for kind in KINDS:
            (directory / kind / f"{stale}.sql").unlink(missing_ok=True)
    for name, texts in scripts.items():
        for kind, text in zip(KINDS, texts, strict=True):
            (directory / kind).mkdir(exist_ok=True)
            (directory / kind / f"{name}.sql").write_text(text, encoding="utf-8")
    _write_plan(directory / "sqitch.plan", [part.name for part in parts])
    return list(scripts)


def _check_rewritable(directory: Path, planned: list[Change]) -> None:
    for change in planned:
        if change.tags:
            raise MigrationError(
                f"{change.tags[0].name} is released, so the baseline cannot change: write a new "
                "change instead (docs/migrations.md)"
            )
        script = directory / "deploy" / f"{change.name}.sql"
        if script.exists() and MADE_BY not in script.read_text(encoding="utf-8"):
            raise MigrationError(
                f'the change "{change.name}" is written by hand: remove it from the plan, because '
                "the baseline contains all of db/"
            )


def _scripts(root: Path, part: Part) -> tuple[str, str, str]:
    try:
        files = {path: (root / path).read_text(encoding="utf-8") for path in part.files}
    except OSError as error:
        raise MigrationError(f"db/build.sql names {error.filename}: {error.strerror}") from None
    roles = ROLE.findall("".join(files.values())) if part.name == "roles" else []
    return (
        deploy_script(part.name, part.settings, files),
        revert_script(part.name, part.settings, files, roles),
        verify_script(part.name, files, roles),
    )


def _write_plan(path: Path, names: list[str]) -> None:
    """Keep the head and the lines that still hold; write lines for the rest."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = lines[: lines.index("") + 1] if "" in lines else [*lines, ""]
    kept = {line.partition(" ")[0]: line for line in lines[len(head) :] if line}
    planner = _last_planner(lines)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    written = []
    for previous, name in zip(["", *names], names, strict=False):
        requires = f"[{previous}] " if previous else ""
        line = kept.get(name, "")
        if not re.match(rf"{name} {re.escape(requires)}\d", line):
            line = f"{name} {requires}{now} {planner} # Baseline: {name.replace('_', ' ')}"
        written.append(line)
    path.write_text("\n".join([*head, *written]) + "\n", encoding="utf-8")


def _last_planner(lines: list[str]) -> str:
    found = [match[1] for line in lines if (match := re.search(r"Z ([^<]+ <[^>]+>)", line))]
    return found[-1] if found else "Tekana maintainers <maintainers@tekana.invalid>"
