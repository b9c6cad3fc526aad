"""A setting that cannot be used is refused by its name, in words, before anything starts."""

import pytest

from config.settings import Settings, SettingsError, make_settings

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
