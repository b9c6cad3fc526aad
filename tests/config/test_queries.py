"""Named queries: each is found under its name, and a mistake is named."""

import pytest

from config.queries import QueriesError, load_queries


def test_each_statement_is_found_under_its_name(tmp_path):
    path = tmp_path / "some.sql"
    path.write_text(
        "-- About this file.\n\n-- name: one\n-- why\nselect 1;\n\n-- name: two\nselect\n  2;\n"
    )
    assert dict(load_queries(path)) == {"one": "-- why\nselect 1", "two": "select\n  2"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-- name: one\nselect 1;\n-- name: one\nselect 2;", "two queries named one"),
        ("-- name: one\n-- name: two\nselect 2;", "names the query one and does not state it"),
        ("select 1;", "no '-- name: …' header"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, text, problem):
    path = tmp_path / "some.sql"
    path.write_text(text)
    with pytest.raises(QueriesError, match=problem):
        load_queries(path)
