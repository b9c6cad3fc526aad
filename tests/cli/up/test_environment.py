"""What the programs that `tekana up` starts are told."""

from pathlib import Path

import pytest

from cli.up.databases import Logins
from cli.up.environment import program_environments
from config.environment import make_settings


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """What the API is told, and what the worker, where the environment has more than that."""
    monkeypatch.setenv("TEKANA_PORTT", "1")
    monkeypatch.setenv("TEKANA_PORT", "8911")
    monkeypatch.setenv("TEKANA_DATABASE_URL", "postgresql://o@/tekana")
    monkeypatch.setenv("TEKANA_SMS_PASSWORD", "sesame")
    settings = make_settings(jwt_secret="j" * 32, otp_secret="o" * 32)
    logins = Logins("postgresql://a@/tekana", "postgresql://w@/tekana")
    return program_environments(settings, tmp_path, logins, "redis://127.0.0.1")


def test_what_is_no_setting_is_not_told_once_more(
    told: tuple[dict[str, str], dict[str, str]],
) -> None:
    for one in told:
        assert "TEKANA_PORTT" not in one
        assert one["TEKANA_PORT"] == "8911"


def test_nobody_is_told_a_secret_of_the_others(told: tuple[dict[str, str], dict[str, str]]) -> None:
    secret = {"DATABASE_URL", "API_DATABASE_URL", "WORKER_DATABASE_URL", "REDIS_URL"}
    secret |= {"JWT_SECRET", "OTP_SECRET", "SMS_PASSWORD"}
    for_api, for_worker = ({name for name in secret if f"TEKANA_{name}" in one} for one in told)
    assert for_api == {"API_DATABASE_URL", "REDIS_URL", "JWT_SECRET", "OTP_SECRET"}
    assert for_worker == {"WORKER_DATABASE_URL", "REDIS_URL", "OTP_SECRET", "SMS_PASSWORD"}
