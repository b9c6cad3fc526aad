"""Frozen copies: the text of a file of db/ as it was when a change was written.

In a script a copy stands between two markers:

    -- frozen: db/functions/post_transaction.sql
    create or replace function …
    -- end frozen
"""

import re
from collections.abc import Callable

from cli.migrations import MigrationError

BLOCK = re.compile(
    r"^-- frozen: (?P<path>\S+)[ \t]*\n(?P<text>.*?)^-- end frozen[ \t]*$", re.MULTILINE | re.DOTALL
)
OPENING = re.compile(r"^-- frozen:.*$", re.MULTILINE)
CLOSING = re.compile(r"^-- end frozen\b.*$", re.MULTILINE)


def block(path: str, text: str) -> str:
    """A copy with its markers.

    Args:
        path: of the file from the repository's root, as `db/functions/post_transaction.sql`.
        text: what is in it.
    """
    if CLOSING.search(text):
        raise MigrationError(f"{path} has a line '-- end frozen': reword it")
    return f"-- frozen: {path}\n{text.rstrip()}\n-- end frozen"


def copies(script: str, name: str) -> dict[str, str]:
    """The copies in a script, by path, in their order.

    Args:
        script: its text.
        name: what to call it in an error.

    Raises:
        MigrationError: a marker stands without its partner, or a file is copied twice.
    """
    found = {match["path"]: match["text"] for match in BLOCK.finditer(script)}
    marked = len(OPENING.findall(script)), len(CLOSING.findall(script))
    if marked != (len(found), len(found)):
        raise MigrationError(
            f"{name}: each '-- frozen: <path>' needs one '-- end frozen', "
            "and each path can have only one copy"
        )
    return found


def refresh(script: str, current: Callable[[str], str]) -> str:
    """The script with the text of every copy replaced by what `current` says of its path."""
    return BLOCK.sub(lambda match: block(match["path"], current(match["path"])), script)
