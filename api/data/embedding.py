"""Which relationship an embedded relation means.

https://docs.postgrest.org/en/v12/references/api/resource_embedding.html
"""

from api.data.catalogue import Catalogue, Relation, Relationship
from api.data.errors import DataError, nearest
from api.data.selection import Embed


def find_relationship(catalogue: Catalogue, relation: Relation, embed: Embed) -> Relationship:
    """The relationship by which a relation is embedded in another.

    Raises:
        DataError: PGRST200, there is none; PGRST201, there are several.
    """
    found = [way for way in relation.ways if _fits(way, embed)]
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(relation, embed, found)
    raise _unrelated(catalogue, relation, embed)


def _fits(way: Relationship, embed: Embed) -> bool:
    wanted, hint = embed.relation, embed.hint
    if way.function:
        return wanted == way.function[1]
    column = way.columns[0] if len(way.columns) == 1 and way.junction is None else None
    theirs = way.target_columns[0] if column else None
    by_name = wanted == way.target[1]
    if way.is_self:
        # One foreign key leads both ways: its column names the one row that it refers to, the
        # relation's name the many that refer to this one.
        to_many = by_name and way.cardinality == "one-to-many"
        if hint is None:
            return to_many or (wanted == column and way.cardinality == "many-to-one")
        return to_many and hint == theirs
    constraint = None if way.junction else way.constraint
    if hint is None:
        return by_name or (wanted in {constraint, column} and not way.target_is_view)
    junction = way.junction.name[1] if way.junction else None
    return by_name and hint in {constraint, column, theirs, junction}


def _unrelated(catalogue: Catalogue, relation: Relation, embed: Embed) -> DataError:
    origin, wanted = relation.name, embed.relation
    using = f" using the hint '{embed.hint}'" if embed.hint else ""
    if relation.ways:
        mistaken, near = wanted, nearest(wanted, [way.target[1] for way in relation.ways], 0.6)
    else:
        others = catalogue.relations.values()
        parents = [one.name for one in others if one.ways and one.schema == relation.schema]
        mistaken, near = origin, nearest(origin, parents, 0.6)
    hint = f"Perhaps you meant '{near}' instead of '{mistaken}'."
    return DataError(
        400,
        "PGRST200",
        f"Could not find a relationship between '{origin}' and '{wanted}' in the schema cache",
        f"Searched for a foreign key relationship between '{origin}' and '{wanted}'{using} "
        f"in the schema '{relation.schema}', but no matches were found.",
        hint if near not in {None, mistaken} else None,
    )


def _ambiguous(relation: Relation, embed: Embed, found: list[Relationship]) -> DataError:
    hints = ", ".join(f"'{way.target[1]}!{_told_hint(way)}'" for way in found)
    return DataError(
        300,
        "PGRST201",
        "Could not embed because more than one relationship was found for "
        f"'{relation.name}' and '{embed.relation}'",
        [_told(relation, way) for way in found],
        f"Try changing '{embed.relation}' to one of the following: {hints}. "
        "Find the desired relationship in the 'details' key.",
    )


def _told_hint(way: Relationship) -> str:
    return way.junction.name[1] if way.junction else way.constraint


def _told(relation: Relation, way: Relationship) -> dict[str, str]:
    if middle := way.junction:
        by = f"{middle.name[1]} using {way.constraint}({', '.join(middle.columns)}) and "
        by += f"{middle.constraint}({', '.join(middle.target_columns)})"
    else:
        by = f"{way.constraint} using {relation.name}({', '.join(way.columns)}) and "
        by += f"{way.target[1]}({', '.join(way.target_columns)})"
    return {
        "cardinality": way.cardinality,
        "embedding": f"{relation.name} with {way.target[1]}",
        "relationship": by,
    }
