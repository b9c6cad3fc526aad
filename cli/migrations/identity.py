"""The ids sqitch gives to changes and tags: a SHA-1 over what was planned, chained to the parent.

The texts that are hashed are those of App::Sqitch::Plan::Change and ::Tag, method `info`.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime


def change_id(
    project: str,
    uri: str | None,
    name: str,
    parent_id: str | None,
    requires: Iterable[str],
    note: str,
    planned_at: datetime,
    planner_name: str,
    planner_email: str,
) -> str:
    """The id of a change."""
    lines = [f"project {project}"]
    lines += [f"uri {uri}"] if uri else []
    lines += [f"change {name}"]
    lines += [f"parent {parent_id}"] if parent_id else []
    lines += _signature(planned_at, planner_name, planner_email)
    listed = [f"  + {one}" for one in requires]
    lines += ["requires", *listed] if listed else []
    return _hash("change", lines, note)


def tag_id(
    project: str,
    uri: str | None,
    name: str,
    tagged_id: str,
    note: str,
    planned_at: datetime,
    planner_name: str,
    planner_email: str,
) -> str:
    """The id of a tag; its name with the @."""
    lines = [f"project {project}"]
    lines += [f"uri {uri}"] if uri else []
    lines += [f"tag {name}", f"change {tagged_id}"]
    lines += _signature(planned_at, planner_name, planner_email)
    return _hash("tag", lines, note)


def _signature(planned_at: datetime, planner_name: str, planner_email: str) -> list[str]:
    date = planned_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [f"planner {planner_name} <{planner_email}>", f"date {date}"]


def _hash(kind: str, lines: list[str], note: str) -> str:
    # Perl takes the text "0" for no note at all, and sqitch is written in Perl.
    lines = [*lines, "", note] if note not in ("", "0") else lines
    content = "\n".join(lines).encode()
    framed = b"%s %d\0%s" % (kind.encode(), len(content), content)
    return hashlib.sha1(framed, usedforsecurity=False).hexdigest()
