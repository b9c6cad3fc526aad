"""Asking for many movements of money in one call, and what is answered."""

import json
from typing import Any

import psycopg

from tests.db.kit import Person


def group(person: Person, *items: dict[str, Any], **arguments: Any) -> list[dict[str, Any]]:
    """What a group is answered, in order."""
    answer = person.call("api.post_transactions", transactions=written(items), **arguments)
    return answer["post_transactions"]


def written(items: Any) -> str:
    return json.dumps(items, default=str)


def errors(answers: list[dict[str, Any]]) -> list[str | None]:
    return [answer["error"] and answer["error"]["code"] for answer in answers]


def told(connection: psycopg.Connection, name: str) -> Any:
    (value,) = connection.execute(
        "select current_setting(%s, true)", [f"response.{name}"]
    ).fetchone()
    return json.loads(value) if value else None
