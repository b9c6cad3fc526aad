"""Fill a change's scripts with frozen copies: deploy with what db/ says, revert with what was."""

from collections.abc import Iterable
from pathlib import Path

from cli.migrations import MIGRATIONS, MigrationError
from cli.migrations.frozen import block, copies, refresh
from cli.migrations.plan import read_plan
from cli.migrations.script import CLOSINGS
from cli.migrations.statements import split_statements


def freeze(name: str, directory: Path = MIGRATIONS) -> list[str]:
    """Fill every copy that the change's scripts have markers for.

    In the deploy script a copy is the file's text now. In the revert script it is the copy in the
    last change before this one that has the file; a file that the deploy script replaces and the
    revert script does not restore is added there.

    Args:
        name: of the change.
        directory: the sqitch project; db/ is beside it.

    Returns:
        What is left to write by hand: files that no earlier change has, so that the revert script
        has to drop what they make.

    Raises:
        MigrationError: the change is released, or a script or file is missing or ill-marked.
    """
    plan = read_plan(directory)
    index = plan.index_of(name)
    change = plan.changes[index]
    if index <= plan.last_tagged:
        raise MigrationError(f'"{change.name}" is released and cannot change: write a new change')
    before = _copies_before(directory, [one.name for one in plan.changes[:index]])
    deploy, revert = (directory / kind / f"{change.name}.sql" for kind in ("deploy", "revert"))
    deploy_text, revert_text = _read(deploy), _read(revert)
    replaced = copies(deploy_text, f"deploy/{deploy.name}")
    restored = copies(revert_text, f"revert/{revert.name}")
    for path in replaced:
        if path in before and path not in restored:
            revert_text = _add_before_commit(revert_text, f"revert/{revert.name}", block(path, ""))
    deploy_text = refresh(deploy_text, lambda path: _read(directory.parent / path))
    revert_text = refresh(revert_text, lambda path: _earlier(before, path))
    deploy.write_text(deploy_text, encoding="utf-8")
    revert.write_text(revert_text, encoding="utf-8")
    return [path for path in replaced if path not in before]


def _copies_before(directory: Path, names: Iterable[str]) -> dict[str, str]:
    """The last copy of every file that these changes have copied."""
    last: dict[str, str] = {}
    for name in names:
        last |= copies(_read(directory / "deploy" / f"{name}.sql"), f"deploy/{name}.sql")
    return last


def _earlier(before: dict[str, str], path: str) -> str:
    if path not in before:
        raise MigrationError(
            f"no earlier change has a copy of {path}: remove its marker from the revert script, "
            "and drop there what it creates"
        )
    return before[path]


def _add_before_commit(script: str, name: str, addition: str) -> str:
    last = split_statements(script, name)[-1:]
    end = last[0].start if last and last[0].words in CLOSINGS else len(script)
    return f"{script[:end].rstrip()}\n\n{addition}\n\n{script[end:]}".rstrip() + "\n"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise MigrationError(f"cannot read {'/'.join(path.parts[-3:])}: {error.strerror}") from None
