"""What each program is told: all that it needs, and no secret that it does not."""

import os
from pathlib import Path

from cli.up.databases import Logins
from config.environment import unknown_variables
from config.settings import Settings

NOT_FOR_THE_API = ("TEKANA_DATABASE_URL", "TEKANA_WORKER_DATABASE_URL", "TEKANA_SMS_PASSWORD")
NOT_FOR_THE_WORKER = ("TEKANA_DATABASE_URL", "TEKANA_API_DATABASE_URL", "TEKANA_JWT_SECRET")


def program_environments(
    settings: Settings, data_directory: Path, logins: Logins, redis_url: str
) -> tuple[dict[str, str], dict[str, str]]:
    """The environment of the API and that of the worker."""
    told = {
        "TEKANA_DATA_DIR": str(data_directory),
        "TEKANA_API_DATABASE_URL": logins.api_url,
        "TEKANA_WORKER_DATABASE_URL": logins.worker_url,
        "TEKANA_REDIS_URL": redis_url,
        "TEKANA_JWT_SECRET": settings.require("jwt_secret"),
        "TEKANA_OTP_SECRET": settings.require("otp_secret"),
    }
    # Of what is none of its settings, each would tell once more.
    everything = _without(dict(os.environ), unknown_variables()) | told
    return _without(everything, NOT_FOR_THE_API), _without(everything, NOT_FOR_THE_WORKER)


def _without(environment: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}
