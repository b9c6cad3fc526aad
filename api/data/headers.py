"""Parsing of the request headers that shape an answer: Accept, Prefer, Range."""

import re
from dataclasses import dataclass
from enum import Enum

from api.data.errors import DataError, bad_range

RANGE = re.compile(r"(?:items=)?([0-9]{1,18})-([0-9]{0,18})", re.ASCII)


class Media(Enum):
    """The kinds of body that this package writes."""

    JSON = "application/json"
    OBJECT = "application/vnd.pgrst.object+json"


# What a client's Accept may say for each; the first wins where weights are equal.
ACCEPTED = {
    "application/json": Media.JSON,
    "application/*": Media.JSON,
    "*/*": Media.JSON,
    "application/vnd.pgrst.object+json": Media.OBJECT,
    "application/vnd.pgrst.object": Media.OBJECT,
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the Prefer header asks for, as far as it is honoured (RFC 7240: the rest is ignored)."""

    count_exact: bool = False

    def applied(self) -> str | None:
        """The value of Preference-Applied."""
        return "count=exact" if self.count_exact else None


def parse_accept(header: str | None) -> Media:
    """The media type to answer with.

    Raises:
        DataError: PGRST107 (406), nothing that the client accepts can be written.
    """
    best: tuple[float, Media] | None = None
    for entry in (header or "*/*").split(","):
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        media = ACCEPTED.get(name)
        if media is None or any(parameter.startswith("nulls=") for parameter in parameters):
            continue
        weight = _weight(parameters)
        if weight > 0 and (best is None or weight > best[0]):
            best = (weight, media)
    if best is None:
        available = ", ".join(media.value for media in Media)
        raise DataError(
            406,
            "PGRST107",
            "None of these media types are available: " + (header or "")[:200],
            hint=f"Available are {available}",
        )
    return best[1]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            found = re.fullmatch(r"q=([01](?:\.[0-9]{0,3})?)", parameter)
            return float(found[1]) if found else 0
    return 1


def parse_prefer(header: str | None) -> Preferences:
    """The preferences of a Prefer header."""
    words = {word.strip().lower() for word in re.split("[,;]", header or "")}
    return Preferences(count_exact="count=exact" in words)


def parse_range(header: str | None, unit: str | None) -> tuple[int, int | None] | None:
    """First and last row (from 0, inclusive; no last: to the end) of a Range header in rows.

    A range of another unit, or one that cannot be read, is ignored, as RFC 9110 (14.2) has it.

    Raises:
        DataError: PGRST103, it ends before it begins.
    """
    found = RANGE.fullmatch((header or "").strip())
    if found is None or (unit or "items").strip().lower() != "items":
        return None
    first, last = int(found[1]), int(found[2]) if found[2] else None
    if last is not None and last < first:
        raise bad_range(
            "The lower boundary must be lower than or equal to the upper boundary "
            "in the Range header."
        )
    return first, last
