"""docs/settings.md says what config/settings.py does."""

from scripts.write_settings_page import PAGE, settings_page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page()
