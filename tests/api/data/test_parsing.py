"""The parsers by themselves: text in, tree or a clear refusal out."""

import pytest

from api.data.errors import DataError
from api.data.headers import Media, parse_accept, parse_prefer, parse_range
from api.data.operators import FilterValue, parse_filter_value
from api.data.params import OrderTerm, parse_order, parse_query, read_pairs
from api.data.selection import Embed, Field, Path, Star, parse_select


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", ()),
        ("*", (Star(),)),
        ("id,title", (Field(Path("id")), Field(Path("title")))),
        ("number:id", (Field(Path("id"), alias="number"),)),
        ("price::text", (Field(Path("price"), cast="text"),)),
        ("p:price::text", (Field(Path("price"), alias="p", cast="text"),)),
        (
            "n:extras->a->>b::int",
            (Field(Path("extras", (("->", "a"), ("->>", "b"))), alias="n", cast="int"),),
        ),
        ('"odd,(name)"', (Field(Path("odd,(name)")),)),
        ('"a \\"b\\""', (Field(Path('a "b"')),)),
        ("first-name,été", (Field(Path("first-name")), Field(Path("été")))),
        ("authors(*)", (Embed("authors", (Star(),)),)),
        ("authors()", (Embed("authors", ()),)),
        (
            "*,by:authors!fk!inner(name,born:places(*))",
            (
                Star(),
                Embed(
                    "authors",
                    (Field(Path("name")), Embed("places", (Star(),), alias="born")),
                    alias="by",
                    hints=("fk", "inner"),
                ),
            ),
        ),
        ("...authors(name)", (Embed("authors", (Field(Path("name")),), spread=True),)),
    ],
)
def test_select_becomes_a_tree(text, tree):
    assert parse_select(text) == tree


@pytest.mark.parametrize(
    "text", [",", "id,", "a(b", "a)b", "a:", "a::", ":a", "a!b", "...a", "a->", '"a', "a;b", "*a"]
)
def test_a_select_that_cannot_be_read_is_refused(text):
    with pytest.raises(DataError) as refused:
        parse_select(text)
    assert (refused.value.status, refused.value.code) == (400, "PGRST100")
    assert refused.value.details


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", FilterValue("eq", "5")),
        ("", FilterValue("eq", "")),
        ("eq.", FilterValue("eq", "")),
        ("eq.5", FilterValue("eq", "5")),
        ("eq.a.b", FilterValue("eq", "a.b")),
        ("a.b", FilterValue("eq", "a.b")),
        ("1.5", FilterValue("eq", "1.5")),
        ("not.a.b", FilterValue("eq", "not.a.b")),
        ("EQ.5", FilterValue("eq", "EQ.5")),
        ("eq", FilterValue("eq", "eq")),
        ("is", FilterValue("eq", "is")),
        ("kate@in.example", FilterValue("eq", "kate@in.example")),
        ("not.eq.5", FilterValue("eq", "5", negated=True)),
        ("like.a*", FilterValue("like", "a%")),
        ("is.NULL", FilterValue("is", "null")),
        ("in.(1)", FilterValue("in", "", ("1",))),
        ('in.(a,"b,c","d\\"e",)', FilterValue("in", "", ("a", "b,c", 'd"e', ""))),
        ("not.in.()", FilterValue("in", "", (), negated=True)),
    ],
)
def test_the_value_of_a_filter(text, value):
    assert parse_filter_value("x", text) == value


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a", (OrderTerm(Path("a")),)),
        ("a.asc,b.desc", (OrderTerm(Path("a")), OrderTerm(Path("b"), descending=True))),
        ("a.desc.nullslast", (OrderTerm(Path("a"), descending=True, nulls_first=False),)),
        ("a.nullsfirst", (OrderTerm(Path("a"), nulls_first=True),)),
        ('"a.b".desc', (OrderTerm(Path("a.b"), descending=True),)),
    ],
)
def test_order_becomes_terms(text, terms):
    assert parse_order(text) == terms


@pytest.mark.parametrize(
    ("header", "media"),
    [
        (None, Media.JSON),
        ("*/*", Media.JSON),
        ("application/json; charset=utf-8", Media.JSON),
        ("application/vnd.pgrst.object+json", Media.OBJECT),
        ("application/json;q=0.5, application/vnd.pgrst.object+json", Media.OBJECT),
        ("application/json, application/vnd.pgrst.object+json;q=0.9", Media.JSON),
        ("text/html, */*;q=0.1", Media.JSON),
    ],
)
def test_accept_chooses_the_media_type(header, media):
    assert parse_accept(header) is media


@pytest.mark.parametrize("header", ["", "text/csv", "application/json;q=0", "*/*;q=nonsense"])
def test_an_accept_that_cannot_be_met_is_406(header):
    if header == "":
        assert parse_accept(header) is Media.JSON
        return
    with pytest.raises(DataError) as refused:
        parse_accept(header)
    assert (refused.value.status, refused.value.code) == (406, "PGRST107")


def test_preferences_are_found_among_others():
    assert parse_prefer("return=representation, count=exact; x=y").count_exact
    assert not parse_prefer("count=planned").count_exact
    assert not parse_prefer(None).count_exact


@pytest.mark.parametrize(
    ("header", "unit", "rows"),
    [
        ("0-9", None, (0, 9)),
        ("5-", "items", (5, None)),
        ("items=0-0", None, (0, 0)),
        ("bytes=0-1", None, None),
        ("-5", None, None),
        (None, None, None),
    ],
)
def test_range_becomes_the_first_and_last_row(header, unit, rows):
    assert parse_range(header, unit) == rows


def test_the_first_of_a_repeated_reserved_parameter_counts():
    assert parse_query([("limit", "1"), ("limit", "2")]).limit == 1


def test_pairs_are_decoded_once_and_kept_in_order():
    assert read_pairs("b=1&a=%2525+x&b=") == [("b", "1"), ("a", "%25 x"), ("b", "")]
