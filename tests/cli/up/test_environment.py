"""What the programs that `tekana up` starts are told."""

from pathlib import Path

import pytest

from cli.up.databases import Logins
from cli.up.environment import program_environments
from config.environment import make_settings


def test_what_is_no_setting_is_not_told_once_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TEKANA_PORTT", "1")
    monkeypatch.setenv("TEKANA_PORT", "8911")
    settings = make_settings(jwt_secret="j" * 32, otp_secret="o" * 32)
    logins = Logins("postgresql://a@/tekana", "postgresql://w@/tekana")
    for told in program_environments(settings, tmp_path, logins, "redis://127.0.0.1"):
        assert "TEKANA_PORTT" not in told
        assert told["TEKANA_PORT"] == "8911"
