"""Secrets that somebody could guess are refused."""

import pytest

from config.environment import make_settings
from config.settings import SettingsError


@pytest.mark.parametrize("name", ["jwt_secret", "otp_secret"])
def test_a_short_one_is_refused_and_not_repeated(name: str) -> None:
    assert make_settings(**{name: "sesame, " * 4})
    with pytest.raises(SettingsError, match=f"TEKANA_{name.upper()}: ") as refused:
        make_settings(**{name: "sesame," + "sesame, " * 3})
    assert "sesame" not in str(refused.value)
