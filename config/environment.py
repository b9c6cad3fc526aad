"""Reading the settings from the environment, and telling what is wrong with it."""

import logging
import os
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.settings import PREFIX, Settings, SettingsError

logger = logging.getLogger(__name__)
SETTINGS = tuple(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)
FOR_TESTS = "TEKANA_TEST_"


@lru_cache(maxsize=1)
def load_settings() -> Settings:
    """The settings of this process, read once from the environment.

    What looks like a setting and is none is logged: most of it is misspelt.

    Raises:
        SettingsError: a variable has an unusable value; the message names each.
    """
    for name in unknown_variables():
        close = get_close_matches(name.upper(), SETTINGS, 1, 0.8)
        meant = f"; perhaps you meant {close[0]}" if close else ""
        logger.warning("%s is not a setting and is ignored%s", name, meant)
    return make_settings()


def make_settings(**given: Any) -> Settings:
    """Settings of which some are given, and the others those of the environment.

    Raises:
        SettingsError: some have unusable values; the message names each, and repeats none.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = (
            f"TEKANA_{str(problem['loc'][0]).upper()}: {_explain(problem)}"
            for problem in error.errors()
        )
        raise SettingsError("; ".join(problems).replace(": Value error,", "")) from None


def unknown_variables() -> tuple[str, ...]:
    """The variables of the environment that look like settings and are none."""
    named = (name for name in os.environ if name.startswith(PREFIX) and name not in SETTINGS)
    return tuple(name for name in named if not name.startswith(FOR_TESTS))


def _explain(problem: ErrorDetails) -> str:
    if problem["type"] == "too_short":  # pydantic calls the characters of a secret items
        bounds = problem["ctx"]
        return f"has {bounds['actual_length']} characters but needs at least {bounds['min_length']}"
    return problem["msg"]
