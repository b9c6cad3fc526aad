"""The lock file: hashes of all that is released, so that a test sees when history is rewritten."""

import hashlib
from pathlib import Path

from cli.migrations import MIGRATIONS, MigrationError
from cli.migrations.plan import Plan, read_plan

FILE = "deployed.lock"
# A verify script has to follow: what it asks for may be dropped by a later change.
LOCKED = ("deploy", "revert")  # of the kinds of scripts
HEAD = """\
# SHA-256 of every deploy and revert script up to the last tag, and of the plan up to each tag. They
# never change; 'tekana migrate lock' adds what a new tag releases.
"""


def write_lock(directory: Path = MIGRATIONS) -> int:
    """Lock all that is at or before the plan's last tag.

    Returns:
        How many entries the lock file has.

    Raises:
        MigrationError: something that is locked already has changed.
    """
    hashes = _hashes(directory, read_plan(directory))
    locked = _locked(directory)
    changed = [name for name in locked if hashes.get(name) != locked[name]]
    if changed:
        raise MigrationError(
            f"{', '.join(changed)} changed after its release: restore it and write a new change"
        )
    lines = [f"{digest}  {name}\n" for name, digest in hashes.items()]
    (directory / FILE).write_text(HEAD + "".join(lines), encoding="utf-8")
    return len(hashes)


def check_lock(directory: Path = MIGRATIONS) -> list[str]:
    """What is wrong between the lock file and the scripts and plan; empty when nothing is."""
    hashes = _hashes(directory, read_plan(directory))
    locked = _locked(directory)
    return [
        f"{name} is released but has changed" for name in locked if hashes.get(name) != locked[name]
    ] + [
        f"{name} is released but not locked: run 'tekana migrate lock'"
        for name in hashes
        if name not in locked
    ]


def _hashes(directory: Path, plan: Plan) -> dict[str, str]:
    hashes = {}
    for change in plan.changes[: plan.last_tagged + 1]:
        for kind in LOCKED:
            path = directory / kind / f"{change.name}.sql"
            content = path.read_bytes() if path.exists() else b""
            hashes[f"{kind}/{change.name}.sql"] = hashlib.sha256(content).hexdigest()
        for tag in change.tags:
            # A tag's id hangs on its change's, and that on its parent's: the plan up to here.
            hashes[f"sqitch.plan{tag.name}"] = hashlib.sha256(tag.tag_id.encode()).hexdigest()
    return hashes


def _locked(directory: Path) -> dict[str, str]:
    path = directory / FILE
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    entries = [line.split("  ", 1) for line in lines if line and not line.startswith("#")]
    return {name: digest for digest, name in entries}
