"""A setting that cannot be used is refused by its name, in words, before anything starts."""

import os
import subprocess
import sys

import pytest

from config.environment import make_settings
from config.settings import Settings, SettingsError

NUMBERS = [
    name for name, field in Settings.model_fields.items() if field.annotation in (int, float)
]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_nothing_can_count_with(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    # PostgreSQL and Valkey would refuse it later, with each request.
    monkeypatch.setenv(f"TEKANA_{name.upper()}", str(10**21))
    with pytest.raises(SettingsError, match=f"TEKANA_{name.upper()}: .* less than or equal to"):
        make_settings()


def test_a_secret_that_is_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEKANA_JWT_SECRET", "sesame")
    with pytest.raises(SettingsError) as refusal:
        make_settings()
    assert str(refusal.value) == "TEKANA_JWT_SECRET: has 6 characters but needs at least 32"


@pytest.mark.parametrize("name", ["tekana_port", "TEKANA_port", "port", "PORT"])
def test_a_name_that_is_written_otherwise_is_no_setting(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # What is taken for one is kept from programs that need not know it by its very name.
    monkeypatch.setenv(name, "8911")
    assert make_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("TEKANA_JWT_SECRT", "; perhaps you meant TEKANA_JWT_SECRET"),
        ("TEKANA_port", "; perhaps you meant TEKANA_PORT"),
        ("TEKANA_GREETING", ""),
    ],
)
def test_a_variable_that_is_misspelt_is_told(name: str, told: str) -> None:
    # A process that cannot start, so that it ends by itself.
    environment = os.environ | {name: "x", "TEKANA_API_DATABASE_URL": "", "TEKANA_TEST_OF": "x"}
    command = [sys.executable, "-m", "api"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    first, second = ended.stderr.splitlines()
    assert first == f"{name} is not a setting and is ignored{told}"
    assert second.startswith("tekana api: TEKANA_API_DATABASE_URL is not set")
