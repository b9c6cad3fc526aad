"""Relations in relations."""

import re

import pytest


def test_the_one_that_a_foreign_key_refers_to(rows):
    assert rows("/covers?select=colour,books(title)&order=book_id") == [
        {"colour": "red", "books": {"title": "Petals of Blood"}},
        {"colour": "green", "books": {"title": "Things Fall Apart"}},
    ]


def test_the_many_that_refer_to_a_row(rows):
    found = rows("/authors?select=name,books!books_author(title)&order=id")
    assert found[2] == {
        "name": "Adichie",
        "books": [{"title": "Half of a Yellow Sun"}, {"title": "Americanah"}],
    }
    assert found[3] == {"name": "Nobody", "books": []}


def test_one_to_one_is_an_object_from_both_sides(rows):
    assert rows("/books?select=id,covers(colour)&id=lte.3&order=id") == [
        {"id": 1, "covers": {"colour": "red"}},
        {"id": 2, "covers": {"colour": "green"}},
        {"id": 3, "covers": None},
    ]


def test_many_to_many_skips_the_table_between(rows):
    assert rows("/books?select=id,genres(name)&id=lte.4&order=id&genres.order=name") == [
        {"id": 1, "genres": [{"name": "novel"}]},
        {"id": 2, "genres": [{"name": "history"}, {"name": "novel"}]},
        {"id": 3, "genres": [{"name": "novel"}]},
        {"id": 4, "genres": []},
    ]
    found = rows("/genres?select=name,books(id)&order=id&books.order=id")
    assert found[0] == {"name": "novel", "books": [{"id": 1}, {"id": 2}, {"id": 3}]}


def test_a_key_of_two_columns(rows):
    assert rows("/places?select=place_id,shelf_places(note)&order=place_id") == [
        {"place_id": 1, "shelf_places": {"note": "shelf"}},
        {"place_id": 2, "shelf_places": {"note": "shelf"}},
        {"place_id": 3, "shelf_places": {"note": "shelf"}},
    ]
    (shelf,) = rows("/shelf_places?select=places(place_id)&aisle=eq.1&number=eq.1")
    assert shelf == {"places": [{"place_id": 1}, {"place_id": 2}]}


def test_through_a_view_of_a_view(rows):
    assert rows("/covers?select=colour,cheap_books(title)&order=book_id") == [
        {"colour": "red", "cheap_books": {"title": "Petals of Blood"}},
        {"colour": "green", "cheap_books": {"title": "Things Fall Apart"}},
    ]


def test_through_a_union(rows):
    (found,) = rows("/movements?select=direction,books(title)&book_id=eq.1&direction=eq.out")
    assert found == {"direction": "out", "books": {"title": "Petals of Blood"}}
    (book,) = rows("/books?select=id,movements(direction)&id=eq.1&movements.order=direction")
    assert book == {"id": 1, "movements": [{"direction": "in"}, {"direction": "out"}]}


def test_a_relation_of_itself_by_its_column_and_by_its_name(rows):
    found = rows("/authors?select=name,taught_by(name),pupils:authors(name)&id=eq.2")
    assert found == [
        {
            "name": "Achebe",
            "taught_by": {"name": "Ngugi"},
            "pupils": [{"name": "Adichie"}, {"name": "Nobody"}],
        }
    ]


@pytest.mark.parametrize("hint", ["books_translator", "translator_id"])
def test_a_hint_says_which_of_several_relationships(rows, hint):
    assert rows(f"/authors?select=name,translated:books!{hint}(title)&id=eq.1") == [
        {"name": "Ngugi", "translated": [{"title": "Things Fall Apart"}]}
    ]
    assert rows(f"/books?select=id,authors!{hint}(name)&id=eq.2") == [
        {"id": 2, "authors": {"name": "Ngugi"}}
    ]


def test_the_table_between_is_a_hint_too(rows):
    found = rows("/books?select=genres!book_genres(name)&id=eq.1")
    assert found == [{"genres": [{"name": "novel"}]}]


def test_levels(rows):
    path = "/genres?select=name,books(id,authors!books_author(name,taught_by(name)))"
    (found,) = rows(f"{path}&id=eq.2")
    assert found == {
        "name": "history",
        "books": [{"id": 2, "authors": {"name": "Achebe", "taught_by": {"name": "Ngugi"}}}],
    }


def test_filters_order_and_pages_of_what_is_embedded(rows):
    base = "/authors?select=id,books!books_author(id)&id=eq.3"
    assert rows(f"{base}&books.id=gt.3")[0]["books"] == [{"id": 4}]
    assert rows(f"{base}&books.order=id.desc")[0]["books"] == [{"id": 4}, {"id": 3}]
    assert rows(f"{base}&books.order=id.desc&books.limit=1")[0]["books"] == [{"id": 4}]
    assert rows(f"{base}&books.order=id&books.offset=1")[0]["books"] == [{"id": 4}]
    assert rows(f"{base}&books.or=(id.eq.3,title.like.X*)")[0]["books"] == [{"id": 3}]
    assert rows(f"{base}&books.not.or=(id.eq.3,title.like.X*)")[0]["books"] == [{"id": 4}]


def test_an_embedded_relation_is_meant_by_its_alias(rows):
    base = "/authors?select=id,own:books!books_author(id),other:books!books_translator(id)"
    (found,) = rows(f"{base}&id=eq.1&own.id=eq.99&other.id=eq.2")
    assert found == {"id": 1, "own": [], "other": [{"id": 2}]}


def test_filters_of_deeper_levels(rows):
    path = "/authors?select=id,books!books_author(id,genres(name))&id=eq.2"
    (found,) = rows(f"{path}&books.genres.name=eq.history&books.order=id")
    assert found["books"] == [{"id": 2, "genres": [{"name": "history"}]}, {"id": 5, "genres": []}]


def test_an_inner_embedding_leaves_out_rows_without(rows, client):
    assert [row["id"] for row in rows("/books?select=id,covers!inner(colour)&order=id")] == [1, 2]
    path = "/books?select=id,genres!inner(name)&genres.name=eq.history"
    assert [row["id"] for row in rows(path)] == [2]
    path = "/authors?select=id,books!books_author!inner(genres!inner(id))&books.genres.id=eq.2"
    assert [row["id"] for row in rows(path)] == [2]
    counted = client.get(
        "/books?select=id,genres!inner(name)&limit=1", headers={"Prefer": "count=exact"}
    )
    assert (counted.status_code, counted.headers["content-range"]) == (206, "0-0/3")


def test_rows_with_and_without_are_found_by_null(rows, client):
    assert [row["id"] for row in rows("/books?select=id,covers()&covers=is.null")] == [3, 4, 5]
    assert [row["id"] for row in rows("/books?select=id,genres()&genres=not.is.null")] == [1, 2, 3]
    path = "/books?select=id,genres()&genres.name=eq.history&genres=not.is.null"
    assert rows(path) == [{"id": 2}]
    path = "/books?select=id,covers(),genres()&or=(covers.not.is.null,genres.not.is.null)"
    assert [row["id"] for row in rows(path)] == [1, 2, 3]
    counted = client.get(
        "/books?select=id,covers()&covers=is.null&limit=1", headers={"Prefer": "count=exact"}
    )
    assert counted.headers["content-range"] == "0-0/3"


def test_order_by_what_is_embedded_shown_or_not(rows):
    path = "/books?select=id,authors!books_author(name)&order=authors(name).desc,id"
    assert [row["id"] for row in rows(path)] == [1, 3, 4, 2, 5]
    path = "/books?select=id,author:authors!books_author()&order=author(name),id.desc"
    assert [row["id"] for row in rows(path)] == [5, 2, 4, 3, 1]


def test_a_to_one_relation_is_spread_into_its_parent(rows):
    assert rows("/covers?select=colour,...books(title,number:id)&book_id=eq.1") == [
        {"colour": "red", "title": "Petals of Blood", "number": 1}
    ]
    assert rows("/books?select=id,...covers(colour)&id=in.(1,3)&order=id") == [
        {"id": 1, "colour": "red"},
        {"id": 3, "colour": None},
    ]
    path = "/covers?select=...books(...authors!books_author(writer:name))&book_id=eq.2"
    assert rows(path) == [{"writer": "Achebe"}]


def test_a_to_many_relation_is_spread_as_lists(rows):
    path = "/authors?select=id,...books!books_author(books:id,titles:title)&order=id"
    found = rows(f"{path}&books.order=id.desc")
    assert found[2] == {"id": 3, "books": [4, 3], "titles": ["Americanah", "Half of a Yellow Sun"]}
    assert found[3] == {"id": 4, "books": [], "titles": []}


def test_computed_relationships(rows):
    assert rows("/books?select=id,written_by(name)&id=eq.1") == [
        {"id": 1, "written_by": {"name": "Ngugi"}}
    ]
    assert rows("/books?select=id,cheaper(id)&id=lte.3&order=id&cheaper.order=id") == [
        {"id": 1, "cheaper": [{"id": 2}]},
        {"id": 2, "cheaper": []},
        {"id": 3, "cheaper": [{"id": 1}, {"id": 2}]},
    ]
    assert rows("/books?select=id,cheaper!inner(id)&cheaper.id=eq.1&id=lt.4") == [
        {"id": 3, "cheaper": [{"id": 1}]}
    ]


def test_what_a_function_gives_is_embedded_in_like_a_relation(rows, client):
    path = "/rpc/books_of?author=Adichie&select=id,genres(name),written_by(name)&order=id"
    expected = [
        {"id": 3, "genres": [{"name": "novel"}], "written_by": {"name": "Adichie"}},
        {"id": 4, "genres": [], "written_by": {"name": "Adichie"}},
    ]
    assert rows(path) == expected
    counted = client.get(path, headers={"Prefer": "count=exact"})
    assert (counted.json(), counted.headers["content-range"]) == (expected, "0-1/2")


def test_row_level_security_holds_for_what_is_embedded(rows):
    assert rows("/authors?select=id,diaries(entry)&id=in.(1,3)&order=id") == [
        {"id": 1, "diaries": [{"entry": "mine"}]},
        {"id": 3, "diaries": [{"entry": "mine too"}]},
    ]


def test_no_relationship_is_told_with_what_may_have_been_meant(client):
    response = client.get("/books?select=id,genre(name)")
    assert (response.status_code, response.json()) == (
        400,
        {
            "code": "PGRST200",
            "message": "Could not find a relationship between 'books' and 'genre' "
            "in the schema cache",
            "details": "Searched for a foreign key relationship between 'books' and 'genre' "
            "in the schema 'shop', but no matches were found.",
            "hint": "Perhaps you meant 'genres' instead of 'genre'.",
        },
    )
    assert client.get("/books?select=authors!nothing(name)").json()["code"] == "PGRST200"
    assert client.get("/rpc/many?rows=1&select=books(id)").json()["code"] == "PGRST200"


def test_several_relationships_are_told_with_how_to_choose(client):
    response = client.get("/authors?select=id,books(id)")
    assert response.status_code == 300
    body = response.json()
    assert body["code"] == "PGRST201"
    assert body["details"][0] == {
        "cardinality": "one-to-many",
        "embedding": "authors with books",
        "relationship": "books_author using authors(id) and books(author_id)",
    }
    assert "'books!books_translator'" in body["hint"]


@pytest.mark.parametrize(
    ("relation", "other"),
    [
        ("authors", "books"),
        ("branches", "branches"),
        ("rooms", "rooms"),
        ("openings", "openings"),
    ],
)
def test_each_way_to_choose_that_is_told_leads_to_one_relationship(client, relation, other):
    refused = client.get(f"/{relation}?select={other}(*)")
    assert refused.status_code == 300
    choices = re.findall(rf"'({other}!\w+)'", refused.json()["hint"])
    assert len(set(choices)) == len(refused.json()["details"]) > 1
    for choice in choices:
        assert client.get(f"/{relation}?select={choice}(*)").status_code == 200


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("genres.name=eq.x", "PGRST108"),
        ("order=genres(name)", "PGRST108"),
        ("genres.order=name", "PGRST108"),
        ("genres.limit=1", "PGRST108"),
        ("select=id,genres(name)&order=genres(name)", "PGRST118"),
        ("select=id,genres(name)&genres=eq.1", "PGRST120"),
        ("select=id,genres(nothing)", "PGRST204"),
        ("select=id,genres(name)&genres.nothing=eq.1", "PGRST204"),
        ("select=id,covers(colour)&order=covers(nothing)", "PGRST204"),
    ],
)
def test_what_cannot_be_said_of_an_embedded_relation(client, query, code):
    response = client.get(f"/books?{query}")
    assert (response.status_code, response.json()["code"]) == (400, code), response.text
