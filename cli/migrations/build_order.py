r"""Read db/build.sql: which files build the database, in which order, under which settings.

The file is run by psql; each of its lines is `\ir <path>`, or `set` or `reset` of a setting that
stays until it is reset.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from cli.migrations import MigrationError

INCLUDE = re.compile(r"\\ir (?P<path>\S+)$")
SETTING = re.compile(r"(?P<verb>set|reset) (?P<name>[a-z_.]+)\b[^;]*;$")


@dataclass
class Part:
    """Files that follow each other in one room: what becomes one change of the baseline."""

    name: str
    settings: list[str]  # statements
    files: list[str]  # from the repository's root


def read_parts(root: Path) -> list[Part]:
    """The parts of db/ in their order of building.

    A room that is visited more than once gives a part each time: the earlier ones are named
    `<room>_for_<next room>`, as what they hold is needed there.

    Raises:
        MigrationError: db/build.sql is missing or has a line that is not understood.
    """
    try:
        lines = (root / "db" / "build.sql").read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise MigrationError(f"cannot read db/build.sql: {error.strerror}") from None
    parts: list[Part] = []
    settings: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("--"):
            continue
        if setting := SETTING.match(line):
            settings.pop(setting["name"], None)
            if setting["verb"] == "set":
                settings[setting["name"]] = line
        elif include := INCLUDE.match(line):
            _add(parts, include["path"], list(settings.values()))
        else:
            raise MigrationError(
                rf"db/build.sql, line {number}: not '\ir <path>', 'set' or 'reset'"
            )
    _name_apart(parts)
    return parts


def _add(parts: list[Part], path: str, settings: list[str]) -> None:
    room, _, file = path.rpartition("/")
    room = "roles" if file == "roles.sql" else room
    if not parts or (parts[-1].name, parts[-1].settings) != (room, settings):
        parts.append(Part(room, settings, []))
    parts[-1].files.append(f"db/{path}")


def _name_apart(parts: list[Part]) -> None:
    last_visits = {part.name: index for index, part in enumerate(parts)}
    names = [part.name for part in parts]
    for index, part in enumerate(parts):
        if last_visits[part.name] != index:
            part.name = f"{names[index]}_for_{names[index + 1]}"
    if len({part.name for part in parts}) < len(parts):
        raise MigrationError("db/build.sql alternates between two directories: put it in order")
