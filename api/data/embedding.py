"""Which relationship an embedded relation means.

https://docs.postgrest.org/en/v12/references/api/resource_embedding.html
"""

from api.data.catalogue import Catalogue, Relation, Relationship
from api.data.errors import DataError, nearest, not_found
from api.data.selection import Embed


def find_relationship(catalogue: Catalogue, relation: Relation, embed: Embed) -> Relationship:
    """The relationship by which a relation is embedded in another.

    Raises:
        DataError: PGRST200, there is none; PGRST201, there are several.
    """
    wanted, hint = embed.relation, embed.hint
    found = [way for way in relation.ways if wanted in way.names]
    if hint is not None:
        named = [way for way in relation.ways if wanted == way.target[1] and hint in way.hints]
        found = [way for way in found if way.function] + named
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(relation, embed, found)
    raise _unrelated(catalogue, relation, embed)


def _unrelated(catalogue: Catalogue, relation: Relation, embed: Embed) -> DataError:
    origin, wanted = relation.name, embed.relation
    using = f" using the hint '{embed.hint}'" if embed.hint else ""
    if relation.ways:
        mistaken, near = wanted, nearest(wanted, [way.target[1] for way in relation.ways], 0.6)
    else:
        others = catalogue.relations.values()
        parents = [one.name for one in others if one.ways and one.schema == relation.schema]
        mistaken, near = origin, nearest(origin, parents, 0.6)
    meant = f"'{near}' instead of '{mistaken}'." if near not in {None, mistaken} else None
    what = f"relationship between '{origin}' and '{wanted}'"
    details = f"Searched for a foreign key {what}{using} in the schema '{relation.schema}'"
    details += ", but no matches were found."
    return not_found(400, "PGRST200", f"a {what}", meant, details)


def _ambiguous(relation: Relation, embed: Embed, found: list[Relationship]) -> DataError:
    hints = ", ".join(f"'{way.target[1]}!{way.hint}'" for way in found)
    message = "Could not embed because more than one relationship was found for "
    message += f"'{relation.name}' and '{embed.relation}'"
    hint = f"Try changing '{embed.relation}' to one of the following: {hints}. "
    hint += "Find the desired relationship in the 'details' key."
    return DataError(300, "PGRST201", message, [dict(way.told) for way in found], hint)
