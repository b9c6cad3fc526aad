"""The OpenAPI 3.1 document of a catalogue: every relation, function, parameter and comment."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import Any

from api.data.catalogue import Column, DataType, Function, Kind, Relation
from api.data.headers import Media
from api.data.params import is_reserved
from api.data.requests import Service

Document = dict[str, Any]

# JSON Schema of the kinds, with an example. A bigint may be beyond what JavaScript's numbers hold
# exactly.
KINDS: Mapping[Kind, Document] = {
    Kind.INTEGER: {"type": "integer", "examples": [1]},
    Kind.DECIMAL: {"type": "number", "examples": [1200]},
    Kind.FLOAT: {"type": "number", "examples": [1.5]},
    Kind.BOOLEAN: {"type": "boolean", "examples": [True]},
    Kind.JSON: {"examples": [{"key": "value"}]},
    Kind.TEXT: {"type": "string", "examples": ["text"]},
    Kind.OTHER: {"type": "string", "examples": ["value"]},
}
FORMATS: Mapping[str, Document] = {
    "smallint": {"format": "int32"},
    "integer": {"format": "int32"},
    "bigint": {"format": "int64"},
    "date": {"format": "date", "examples": ["2026-01-31"]},
    "timestamp with time zone": {"format": "date-time", "examples": ["2026-01-31T12:00:00+00:00"]},
    "uuid": {"format": "uuid", "examples": ["0198c0de-0000-7000-8000-000000000001"]},
    "interval": {"examples": ["7 days"]},
}
# What is the same for every database.
COMMON = (files("api.data") / "openapi.json").read_text(encoding="utf-8")


def reference(kind: str, name: str) -> Document:
    """A pointer to a component, where few characters are allowed in names."""
    return {"$ref": f"#/components/{kind}/{component_name(name)}"}


def component_name(name: str) -> str:
    """What a relation is called among the components."""
    return re.sub(r"[^A-Za-z0-9._-]", lambda odd: f"_{ord(odd[0]):x}_", name)


def references(kind: str) -> dict[str, Document]:
    """Pointers to all common components of a kind, by their names."""
    return {name: reference(kind, name) for name in json.loads(COMMON)[kind]}


PAGE = [*references("parameters").values()]
REFUSALS, HEADERS = references("responses"), references("headers")
TOKEN: list[Document] = [{"bearer": []}]
# Only what changes something can be in the way of something.
CONFLICT = {"409": REFUSALS.pop("409")}


def describe(
    service: Service,
    *,
    server: str = "/",
    schema: str | None = None,
    anonymous: str | None = None,
    role: str | None = None,
    **info: str,
) -> Document:
    """The OpenAPI document. What nobody may use is left out.

    Args:
        service: what there is, and how it is served.
        server: where the paths begin.
        schema: that is described; the default one unless given.
        anonymous: the role of requests without a token, one of those that the catalogue was asked
            about; unless given, every request needs a token.
        role: that it is for, one of those likewise: what others may use is left out too.
        info: title and version of the API, and its description in Markdown.
    """
    catalogue, limits = service.catalogue, service.limits
    schema = schema or catalogue.schemas[0]

    def may(who: frozenset[str]) -> bool:
        return bool(who) if role is None else role in who

    known = (one for one in catalogue.relations.values() if one.schema == schema)
    shown = {one.name: one for one in known if may(one.readers)}
    guarded = partial(_guarded, anonymous=anonymous)
    paths = {f"/{one.name}": guarded({"get": _reading(one)}, one.readers) for one in shown.values()}
    for (of, name), overloads in catalogue.functions.items():
        if of == schema and (callable_ones := [one for one in overloads if may(one.callers)]):
            paths[f"/rpc/{name}"] = guarded(_calling(callable_ones), _callers(callable_ones))
            # Whoever may call a function need not be allowed to read what it gives rows of.
            shown |= {own.name: own for one in callable_ones if (own := one.own_relation)}
    components = json.loads(COMMON)
    limit = components["parameters"]["limit"]["schema"]
    if limits.largest_page is not None:
        limit["description"] = f"More than {limits.largest_page} rows are never given."
    if limits.default_page is not None:
        limit["default"] = limits.default_page
    for name, one in shown.items():
        components["schemas"].setdefault(component_name(name), _object(one))
    return {
        "openapi": "3.1.0",
        "info": {"description": ""} | info,
        "servers": [{"url": server}],
        "security": TOKEN,
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def _guarded(item: Document, who: frozenset[str], *, anonymous: str | None) -> Document:
    """Operations, with whether a request for them needs a token."""
    security = [*TOKEN, {}] if anonymous in who else TOKEN
    return {method: operation | {"security": security} for method, operation in item.items()}


def _callers(overloads: Iterable[Function]) -> frozenset[str]:
    return frozenset(who for function in overloads for who in function.callers)


def _reading(relation: Relation) -> Document:
    item = reference("schemas", relation.name)
    told = [f"Readable by: {', '.join(sorted(relation.readers))}."]
    if relation.ways:
        ways = (f"`{way.choice}` ({way.cardinality})" for way in relation.ways)
        told.append(f"Can embed: {', '.join(ways)}.")
    return _operation("read", relation, told, [*_filters(relation.columns), *PAGE], _pages(item))


def _operation(
    verb: str,
    what: Relation | Function,
    told: list[str],
    parameters: Sequence[Document],
    answers: Document,
) -> Document:
    summary = what.comment or f"{verb} {what.name}"
    return {
        "operationId": f"{verb}_{what.name}",
        "tags": ["relations" if isinstance(what, Relation) else "functions"],
        "summary": summary.partition(". ")[0].rstrip("."),
        "description": "\n\n".join([what.comment or "", *told]),
        "parameters": parameters,
        "responses": answers | REFUSALS,
    }


def _filters(columns: Mapping[str, Column]) -> list[Document]:
    # A column that is named like a word of the dialect cannot be filtered by.
    return [_filter(one) for name, one in columns.items() if not is_reserved(name)]


def _filter(column: Column) -> Document:
    example = _values(column)["examples"][0]
    shown = example if isinstance(example, str) else json.dumps(example)
    schema = {"type": "string", "examples": [f"eq.{shown}"]}
    description = f"`operator.value`, or a bare value. {column.comment or ''}".strip()
    return _in_query(column.name, schema, description=description)


def _in_query(name: str, schema: Document, **more: Any) -> Document:
    return {"name": name, "in": "query", **more, "schema": schema}


def _calling(overloads: list[Function]) -> Document:
    first, told = overloads[0], [f"Callable by: {', '.join(sorted(_callers(overloads)))}."]
    bodies = [arguments(function) for function in overloads]
    body = content({Media.JSON: bodies[0] if len(bodies) == 1 else {"anyOf": bodies}})
    needed = all(any(one.required for one in function.parameters) for function in overloads)
    lists = [function for function in overloads if function.is_list]
    columns = {name: one for of in lists if of.rows for name, one in of.rows.columns.items()}
    shaping = [*_filters(columns), *PAGE] if lists else []
    conflict = CONFLICT if any(function.volatile for function in overloads) else {}
    post = _operation("call", first, told, shaping, _results(overloads) | conflict)
    item = {"post": post | {"requestBody": {"required": needed, "content": body}}}
    readable = [function for function in overloads if not function.volatile]
    parameters = {one.name: one for function in readable for one in function.parameters}
    if readable and "" not in parameters:
        alone = len(readable) == 1
        given = [
            _in_query(one.name, _query_schema(one.type), required=one.required and alone)
            for one in parameters.values()
        ]
        given += [one for one in shaping if one.get("name") not in parameters]
        item["get"] = _operation("query", first, told, given, _results(readable))
    return item


def _query_schema(data_type: DataType) -> Document:
    as_text = data_type.is_array or data_type.kind is Kind.JSON
    return {"type": "string"} if as_text else type_schema(data_type)


def arguments(function: Function) -> Document:
    """The schema of a JSON body that holds the arguments of a function."""
    if [parameter.name for parameter in function.parameters] == [""]:
        return {"description": "The whole body is the argument."}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [parameter.name for parameter in function.parameters if parameter.required],
        "properties": {
            one.name: type_schema(one.type) if one.required else nullable(type_schema(one.type))
            for one in function.parameters
        },
    }


def _results(overloads: Iterable[Function]) -> Document:
    """The answers of whichever of the functions of one name it is that is called."""
    found: Document = {}
    for status, answer in (told for one in overloads for told in _result(one).items()):
        found[status] = _either(found[status], answer) if status in found else answer
    return found


def _either(one: Document, other: Document) -> Document:
    if one == other:
        return one
    bodies: dict[str, list[Document]] = {}
    for media, of in (*one["content"].items(), *other["content"].items()):
        bodies.setdefault(media, []).append(of["schema"])
    several = content({media: {"anyOf": of} for media, of in bodies.items()})
    return one | other | {"content": several}


def _result(function: Function) -> Document:
    if function.rows:
        own = function.own_relation
        one = reference("schemas", own.name) if own else _object(function.rows)
        # What changes something gives the row that it changed.
        if function.returns_relation and not (function.is_list or function.volatile):
            nothing = {name: {"type": "null"} for name in function.rows.columns}
            one = {"anyOf": [one, {"type": "object", "properties": nothing}]}
    elif function.value:
        one = type_schema(function.value)
    else:
        return {"204": {"description": "Done; nothing to tell"}}
    if function.is_list:
        return _pages(one)
    return {"200": {"description": "The result", "content": content({Media.JSON: one})}}


def _object(relation: Relation) -> Document:
    properties = {
        name: (nullable(_values(one)) if one.nullable else _values(one)) | _described(one.comment)
        for name, one in relation.columns.items()
    }
    return {"type": "object", **_described(relation.comment), "properties": properties}


def _values(column: Column) -> Document:
    return type_schema(column.type) | (choice(column.choices) if column.choices else {})


def _described(comment: str | None) -> Document:
    return {"description": comment} if comment else {}


def type_schema(data_type: DataType) -> Document:
    """The JSON Schema of a type's values, with an example."""
    schema = KINDS[data_type.kind] | FORMATS.get(data_type.name, {})
    if data_type.to_json:
        schema = dict(KINDS[Kind.JSON])
    elif data_type.labels:
        schema |= choice(data_type.labels)
    if data_type.is_array:
        schema = {"type": "array", "items": schema, "examples": [schema["examples"]]}
    return schema


def nullable(schema: Document) -> Document:
    """The schema of the same values, or null."""
    choices = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return schema | choices | {"type": [schema["type"], "null"]} if "type" in schema else schema


def choice(texts: Sequence[str]) -> Document:
    """The schema of what is one of some texts."""
    return {"enum": [*texts], "examples": [texts[0]]}


def _pages(item: Document) -> Document:
    page, text = {"type": "array", "items": item}, {"type": "string"}
    kinds = {Media.JSON: page, Media.OBJECT: item, Media.CSV: text, Media.LINES: text}
    rows = {"headers": HEADERS, "content": content(kinds)}
    return {
        "200": {"description": "The rows"} | rows,
        "206": {"description": "Some of the rows, where a count was asked for"} | rows,
    }


def content(schemas: Mapping[str, Document]) -> Document:
    """Bodies by their media types."""
    return {media: {"schema": schema} for media, schema in schemas.items()}
