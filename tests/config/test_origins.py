"""TEKANA_CORS_ORIGINS names origins as browsers send them, or is refused."""

import pytest

from config.environment import make_settings
from config.settings import SettingsError


@pytest.mark.parametrize(
    "origins",
    [
        *("", "*", "https://front.example", "http://localhost:5173", "capacitor://localhost"),
        *("https://front.example, http://[::1]:3000", "https://front.example,"),
    ],
)
def test_origins_are_taken(origins: str) -> None:
    assert make_settings(cors_origins=origins).cors_origins == origins


@pytest.mark.parametrize(
    "origins",
    [
        *("https://front.example/", "https://front.example/admin", "front.example", "localhost"),
        *(
            "https://Front.example",
            "https://*.front.example",
            "https://a.example https://b.example",
        ),
        *("http://localhost:5173,front.example", "*,https://front.example", "https://", " *"),
    ],
)
def test_what_no_browser_sends_is_refused(origins: str) -> None:
    with pytest.raises(
        SettingsError, match="TEKANA_CORS_ORIGINS contains something that is not an origin"
    ):
        make_settings(cors_origins=origins)
