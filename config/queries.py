"""SQL kept in .sql files, where it reads and lints as SQL, each statement under its name."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_HEADER = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


class QueriesError(ValueError):
    """A file of queries cannot be read as such; the message says which and why."""


def load_queries(path: Path) -> Mapping[str, str]:
    """The statements of a file by the names in their `-- name: find_something` headers.

    Comments under a header stay with its statement; whatever stands above the first header
    introduces the file.

    Args:
        path: the .sql file.

    Raises:
        QueriesError: a name is there twice, has no statement, or nothing is named.
    """
    _, *parts = _HEADER.split(path.read_text(encoding="utf-8"))
    queries: dict[str, str] = {}
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        statement = text.strip().removesuffix(";")
        if name in queries:
            raise QueriesError(f"{path.name} has two queries named {name}")
        if not statement:
            raise QueriesError(f"{path.name} names the query {name} and does not state it")
        queries[name] = statement
    if not queries:
        raise QueriesError(f"{path.name} has no '-- name: …' header")
    return MappingProxyType(queries)
