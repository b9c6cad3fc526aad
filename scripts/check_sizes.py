"""Check that files stay small and lines short: `python scripts/check_sizes.py`.

Files: at most 300 lines; longer ones are split along their meaning. Lines of SQL:
at most 100 characters, also in function bodies, which are single strings to sqlfluff.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = (
    *("api", "workers", "cli", "config", "outbox", "passwords", "db"),
    *("bench", "scripts", "tests"),
)
KINDS = {".py", ".sql"}
MOST_LINES = 300
LONGEST_LINE = 100
# Lists are as long as what they list.
LISTS = ("db/seeds/", "tests/api/data/schema.sql")
# Kept as sqitch writes it.
FOREIGN = ("cli/migrations/registry.sql",)


def problems(root: Path) -> Iterator[str]:
    """What is too long, a sentence each."""
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            file = path.relative_to(root).as_posix()
            if path.suffix in KINDS and file not in FOREIGN:
                yield from _problems_of(file, path.read_text(encoding="utf-8").splitlines())


def _problems_of(file: str, lines: list[str]) -> Iterator[str]:
    if len(lines) > MOST_LINES and not file.startswith(LISTS):
        yield f"{file}: {len(lines)} lines, more than {MOST_LINES}: split it along its meaning"
    if file.endswith(".sql"):
        for number, line in enumerate(lines, 1):
            if len(line) > LONGEST_LINE:
                yield f"{file}:{number}: {len(line)} characters, more than {LONGEST_LINE}"


if __name__ == "__main__":
    sys.exit("\n".join(problems(ROOT)) or None)
