"""Write docs/settings.md from config/settings.py: `python scripts/write_settings_page.py`."""

from pathlib import Path

from config.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = """# Settings

Every setting is an environment variable. This page is generated from `config/settings.py` by
`scripts/write_settings_page.py`; a test keeps the two equal. An empty value means the default.
A variable that begins with `TEKANA_` and is not listed here is ignored, and a warning says so.

| variable | default | meaning |
|---|---|---|
"""


def settings_page() -> str:
    """The text of docs/settings.md."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        rows.append(f"| `TEKANA_{name.upper()}` | {default} | {field.description} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
