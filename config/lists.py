"""The lists among the settings: names, and origins of web pages."""

import re

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?", re.ASCII)


def split_names(text: str) -> tuple[str, ...]:
    """What stands between commas, without empty ones."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def check_origins(origins: str) -> str:
    """The list itself: each as browsers send it, for it is compared as it is.

    Raises:
        ValueError: something in it is no origin; with a slash at the end none would match.
    """
    if origins != "*" and not all(map(_ORIGIN.fullmatch, split_names(origins))):
        raise ValueError(
            "contains something that is not an origin: write scheme://host:port in lower case, "
            "without a path or a slash at the end, and separate several by commas; * alone "
            "allows every origin"
        )
    return origins
