"""Requests that are made up: noise that a client may send, and queries that make sense."""

from collections.abc import Callable
from random import Random
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from api.data.catalogue import Catalogue, Kind, Relation

PIECES = [
    *("id", "title", "price", "pages", "in_print", "isbn", "tags", "extras", "published_at"),
    *("select", "order", "limit", "offset", "and", "or", "not.", "*", "authors", "books", "a", "b"),
    *("genres", "covers", "diaries", "taught_by", "written_by", "cheaper", "shout", "!inner", "!"),
    *("eq.", "not.", "in.(", "is.", "like.", "gt.", "lte.", "fts.", "fts(english).", "cs.", "ov."),
    *("any", "(any).", "null", "true", "desc", "nullsfirst", "match.", "adj.", "isdistinct."),
    *(",", ".", "(", ")", '"', "'", "\\", "::", "::int", "::text", ":", "->", "->>", "...", "%"),
    *("%s", "$1", "--", "/*", ";", " or 1=1", "drop table x", "\0", "\n", "é", "\u202e", "\u0130"),
    *("0", "1", "-1", "7.5", "1e400", "NaN", "{", "}", "{}", "[", "]", "[1,2)", "2024-01-01"),
    *("99999999999999999999", "pg_sleep(9)", 'odd "name" 100%', '"odd \\"name\\" 100%"', "@", "@o"),
    *("count()", ".sum()", "columns", "on_conflict", "secret", "money_box", "pg_class", "xmin"),
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map("".join)
OPERATORS = (
    *("eq", "neq", "lt", "gte", "like", "ilike", "match", "imatch", "isdistinct", "fts", "plfts"),
    *("phfts", "wfts", "cs", "cd", "ov", "sl", "sr", "nxr", "nxl", "adj", "is", "in", "eq(any)"),
)
filters = st.builds(
    "{}{}.{}".format, st.sampled_from(["", "not."]), st.sampled_from(OPERATORS), texts
)
lists = st.lists(texts, max_size=3).map(lambda parts: f"in.({','.join(parts)})")
logic = st.lists(st.builds("{}.{}".format, st.sampled_from(PIECES[:12]), filters), max_size=3).map(
    lambda parts: f"({','.join(parts)})"
)
names = st.sampled_from([*PIECES[:16], "authors.order", "authors.or", "genres.limit"]) | texts
pairs = st.lists(st.tuples(names, texts | filters | lists | logic), max_size=4)
known = st.sampled_from(
    [
        *("books", "authors", "shelf_places", "money_box", "movements", "paints", "reviews"),
        *("rpc/books_of", "rpc/add", "rpc/echo_all", "rpc/joined", "rpc/many", "rpc/plain"),
    ]
)
unknown = texts.map(lambda text: quote(text, safe="", errors="replace"))
noise = st.tuples(
    st.one_of(known, known, known, known, known, unknown),
    pairs.map(lambda pairs: urlencode(pairs, errors="replace")),
    st.fixed_dictionaries(
        {},
        optional={
            "Prefer": st.sampled_from(
                ["count=exact", "count=estimated", "handling=strict", "timezone=Europe/Paris"]
            ),
            "Range": st.sampled_from(["0-4", "3-", "9999999999-", "5-1"]),
            "Accept": st.sampled_from(
                [
                    *("application/vnd.pgrst.object+json", "text/csv", "application/x-ndjson"),
                    *("application/vnd.pgrst.array+json;nulls=stripped", "text/html", ";q=x,,"),
                    "application/vnd.pgrst.plan+json",
                ]
            ),
            "Accept-Profile": st.sampled_from(["shop", "cellar", "x"]),
        },
    ),
)

VALUES = ["1", "2", "3", "true", "null", "a", "{1,2}", "{}", "2020-01-01", "x,y", "(1,2)", "secret"]


def sensible_requests(catalogue: Catalogue, schema: str) -> Callable[[int], tuple[str, str]]:
    """What makes a `sensible` request of a seed, without the catalogue among its arguments.

    Hypothesis writes out the arguments of a test that fails; of a catalogue it refuses to, and what
    failed is not told.
    """
    return lambda seed: sensible(Random(seed), catalogue, schema)


def sensible(random: Random, catalogue: Catalogue, schema: str) -> tuple[str, str]:
    """A relation of a schema, and a query of it that names only what there is."""
    known = [one for (name, _), one in catalogue.relations.items() if name == schema]
    relation = random.choice(known)
    query: list[tuple[str, str]] = []
    query.append(("select", _select(random, catalogue, relation, query, "", 0)))
    if random.randrange(2):
        query.append(("limit", str(random.randrange(30))))
    return quote(relation.name, safe=""), urlencode(query)


def _select(
    random: Random,
    catalogue: Catalogue,
    relation: Relation,
    query: list[tuple[str, str]],
    where: str,
    depth: int,
) -> str:
    columns = [
        column
        for column in {**relation.columns, **relation.computed}.values()
        if '"' not in column.name
    ]
    items = [f'"{random.choice(columns).name}"' for _ in range(random.randint(1, 3))]
    if random.randrange(2):
        column = random.choice(columns)
        query.append((f"{where}{column.name}", _filter(random, column.type.kind)))
        query.append((f"{where}order", column.name))
    ways = random.choices(relation.ways, k=random.randrange(3)) if relation.ways else []
    for number, way in enumerate(ways if depth <= 2 else []):
        alias = f"e{depth}{number}"
        name = way.choice + random.choice(["", "!inner", "!left"])
        target = catalogue.relations[way.target]
        inner = _select(random, catalogue, target, query, f"{where}{alias}.", depth + 1)
        if random.randrange(5) == 0:
            items.append(f"...{name}({inner})")
            query[:] = [pair for pair in query if not pair[0].startswith(f"{where}{alias}.")]
        else:
            items.append(f"{alias}:{name}({inner})")
            if random.randrange(4) == 0:
                query.append((f"{where}{alias}", random.choice(["is.null", "not.is.null"])))
    return ",".join(items)


def _filter(random: Random, column_kind: Kind) -> str:
    operators = ["eq", "neq", "gt", "lte", "isdistinct", "in"]
    if column_kind is Kind.TEXT:
        operators += ["like", "ilike", "match"]
    operator = random.choice(operators)
    value = random.choice(["1", "2", "99", "0"] if column_kind is Kind.INTEGER else VALUES)
    value = f"({value})" if operator == "in" else value
    return f"{random.choice(['', 'not.'])}{operator}.{value}"
