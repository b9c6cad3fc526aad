"""Long files and long lines of SQL are found, lists and foreign files excepted."""

from pathlib import Path

import pytest

from scripts.check_sizes import ROOT, problems


def write(root: Path, file: str, text: str) -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(text, encoding="utf-8")


def test_the_repository_is_small_enough() -> None:
    assert list(problems(ROOT)) == []


@pytest.mark.parametrize("file", ["api/app.py", "db/functions/post.sql", "workers/sms/console.py"])
def test_a_file_of_301_lines_is_too_long_and_one_of_300_is_not(file: str, tmp_path: Path) -> None:
    write(tmp_path, file, "\n" * 300)
    assert list(problems(tmp_path)) == []
    write(tmp_path, file, "\n" * 301)
    assert list(problems(tmp_path)) == [
        f"{file}: 301 lines, more than 300: split it along its meaning"
    ]


def test_a_list_may_be_as_long_as_what_it_lists(tmp_path: Path) -> None:
    write(tmp_path, "db/seeds/countries.sql", "\n" * 500)
    assert list(problems(tmp_path)) == []


def test_a_long_line_in_a_function_body_is_found(tmp_path: Path) -> None:
    body = f"as $$\n{'x' * 100}\n{'é' * 101}\n$$;\n"
    write(tmp_path, "db/functions/post.sql", body)
    assert list(problems(tmp_path)) == ["db/functions/post.sql:3: 101 characters, more than 100"]
