"""The codes of docs/errors.md, of api/errors.py and of the SQL are the same."""

import re
from pathlib import Path

from api.errors import CODES

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([A-Z]{5})` \| (\d{3}) \| ([a-zA-Z, ]+) \|", re.MULTILINE)


def documented() -> dict[str, tuple[int, set[str]]]:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    return {code: (int(status), set(by.split(", "))) for code, status, by in ROW.findall(text)}


# Words of five capital letters in the functions that are not codes.
OTHER_WORDS = {"ADMIN", "ENDED", "KIOSK", "REUSE", "STAFF"}


def raised_by_sql() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "db/functions").glob("*.sql"))
    return {word for text in texts for word in re.findall("'([A-Z]{5})'", text)} - OTHER_WORDS


def test_the_page_and_the_table_have_the_same_statuses() -> None:
    assert {code: status for code, (status, _) in documented().items()} == dict(CODES)


def test_the_page_says_of_each_code_of_the_database_that_it_is_one() -> None:
    by_database = {code for code, (_, by) in documented().items() if "database" in by}
    assert by_database == raised_by_sql()


def test_the_page_has_the_codes_of_the_dialect() -> None:
    # What serves the dialect alone has more of them: Tekana answers for tokens and outages itself.
    others = {"standalone.py", "tokens.py"}
    files = (path for path in (ROOT / "api/data").glob("*.py") if path.name not in others)
    raised = {code for path in files for code in re.findall(r"PGRST\d{3}", path.read_text())}
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    assert set(re.findall(r"PGRST\d{3}", page)) == raised
