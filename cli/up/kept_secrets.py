"""The secrets: made once and kept on a developer's machine, given by the environment elsewhere."""

import hashlib
import hmac
import json
import secrets
from pathlib import Path
from typing import Any

from cli.trouble import Trouble
from cli.up.files import write_private
from config.environment import make_settings
from config.settings import Settings, SettingsError

NAMES = ("jwt_secret", "otp_secret")
WHAT_TO_DO = "restore it, or remove it (then everybody must sign in again)"


def complete(settings: Settings, data_directory: Path) -> Settings:
    """The settings with every secret in them.

    Those that the environment does not give are made up, once, and kept in `secrets.json` in the
    data directory, so that tokens stay valid over a restart.

    Raises:
        SettingsError: in production, when the environment lacks one.
        Trouble: the file cannot be read, written or used.
    """
    missing = [name for name in NAMES if getattr(settings, name) is None]
    if settings.env == "production":
        for name in missing:
            settings.require(name)
    if not missing:
        return settings
    path = data_directory / "secrets.json"
    kept = _read(path)
    made = {name: secrets.token_urlsafe(48) for name in missing if not kept.get(name)}
    if made:
        write_private(path, json.dumps(kept | made, indent=2) + "\n")
    try:
        return make_settings(**_given(settings), **{name: (kept | made)[name] for name in missing})
    except SettingsError as error:
        raise Trouble(f"{path} cannot be used ({error}): {WHAT_TO_DO}") from None


def database_password(settings: Settings, role: str) -> str:
    """The password of a role on a PostgreSQL of one's own: always the same for the same secret.

    So nothing more has to be kept, and several machines with one secret agree.
    """
    secret = settings.require("jwt_secret")
    message = f"tekana database password of {role}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _given(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.model_fields_set}


def _read(path: Path) -> dict[str, str]:
    try:
        kept = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Trouble(f"cannot read {path}: {error.strerror}") from None
    except ValueError:
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(one, str) for one in kept.values()):
        raise Trouble(f"{path} is damaged: {WHAT_TO_DO}")
    return kept
