"""The OpenAPI 3.1 document of a catalogue: every relation, function, parameter and comment."""

import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from api.data.catalogue import Column, DataType, Function, Kind, Relation, Result
from api.data.headers import Media
from api.data.params import is_reserved
from api.data.plan import LISTS
from api.data.requests import Service

Document = dict[str, Any]

# JSON Schema of the kinds, and a value for example. A bigint may be beyond what JavaScript's
# numbers hold exactly.
KINDS: Mapping[Kind, tuple[Document, Any]] = {
    Kind.INTEGER: ({"type": "integer"}, 1),
    Kind.DECIMAL: ({"type": "number"}, 1200.5),
    Kind.FLOAT: ({"type": "number"}, 1.5),
    Kind.BOOLEAN: ({"type": "boolean"}, True),
    Kind.JSON: ({}, {"key": "value"}),
    Kind.TEXT: ({"type": "string"}, "text"),
    Kind.OTHER: ({"type": "string"}, "value"),
}
FORMATS: Mapping[str, tuple[str, Any]] = {
    "smallint": ("int32", 1),
    "integer": ("int32", 1),
    "bigint": ("int64", 1),
    "date": ("date", "2026-01-31"),
    "timestamp with time zone": ("date-time", "2026-01-31T12:00:00+00:00"),
    "uuid": ("uuid", "0198c0de-0000-7000-8000-000000000001"),
}
# What is the same for every database.
COMMON = (files("api.data") / "openapi.json").read_text(encoding="utf-8")


def reference(kind: str, name: str) -> Document:
    """A pointer to a component."""
    return {"$ref": f"#/components/{kind}/{component_name(name)}"}


def component_name(name: str) -> str:
    """What a relation is called among the components, where few characters are allowed."""
    return re.sub(r"[^A-Za-z0-9._-]", lambda odd: f"_{ord(odd[0]):x}_", name)


def content(schemas: Mapping[str, Document]) -> Document:
    """Bodies by their media types."""
    return {media: {"schema": schema} for media, schema in schemas.items()}


PAGE = [reference("parameters", name) for name in json.loads(COMMON)["parameters"]]
REFUSALS = {status: reference("responses", status) for status in json.loads(COMMON)["responses"]}


def describe(
    service: Service,
    *,
    title: str,
    version: str,
    description: str = "",
    server: str = "/",
    schema: str | None = None,
) -> Document:
    """The OpenAPI document. What no role may use is left out.

    Args:
        service: what there is, and how it is served.
        title: of the API.
        version: of the API.
        description: of the API, in Markdown.
        server: where the paths begin.
        schema: that is described; the default one unless given.
    """
    catalogue = service.catalogue
    schema = schema or catalogue.schemas[0]
    relations = [
        one for one in catalogue.relations.values() if one.schema == schema and one.readers
    ]
    paths = {f"/{one.name}": _relation_path(one) for one in relations}
    for (of, name), overloads in catalogue.functions.items():
        if of == schema and (callable_ones := [one for one in overloads if one.callers]):
            paths[f"/rpc/{name}"] = _function_path(callable_ones)
    components = json.loads(COMMON)
    limit = components["parameters"]["limit"]["schema"]
    if service.limits.largest_page is not None:
        limit["description"] = f"More than {service.limits.largest_page} rows are never given."
    if service.limits.default_page is not None:
        limit["default"] = service.limits.default_page
    shown = {
        component_name(one.name): _object(one.columns.values(), one.comment) for one in relations
    }
    components["schemas"] = shown | components["schemas"]
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "servers": [{"url": server}],
        "security": [{"bearer": []}, {}],
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def _relation_path(relation: Relation) -> Document:
    item = reference("schemas", relation.name)
    page = {"type": "array", "items": item}
    embeddable = _embeddable(relation)
    told = f"{relation.comment or ''}\n\nReadable by: {_names(relation.readers)}."
    told += f"\n\nCan embed: {embeddable}." if embeddable else ""
    operation: Document = {
        "operationId": f"read_{relation.name}",
        "tags": ["relations"],
        **_summary(relation.comment, f"Read {relation.name}"),
        "description": told,
        "parameters": [
            # A column that is named like a word of the dialect cannot be filtered by.
            *(_filter(one) for one in relation.columns.values() if not is_reserved(one.name)),
            *PAGE,
        ],
        "responses": {
            "200": _bodies("The rows", page, item),
            "206": _bodies("Some of the rows, where a count was asked for", page, item),
            **REFUSALS,
        },
    }
    return {"get": operation}


def _embeddable(relation: Relation) -> str:
    found = []
    for way in relation.ways:
        if way.function:
            found.append(f"`{way.function[1]}`")
        else:
            hint = way.junction.name[1] if way.junction else way.constraint
            found.append(f"`{way.target[1]}!{hint}` ({way.cardinality})")
    return ", ".join(found)


def _filter(column: Column) -> Document:
    example = _example(column.type)
    shown = example if isinstance(example, str) else json.dumps(example)
    return {
        "name": column.name,
        "in": "query",
        "description": f"`operator.value`, or a bare value. {column.comment or ''}".strip(),
        "schema": {"type": "string", "examples": [f"eq.{shown}"]},
    }


def _function_path(overloads: list[Function]) -> Document:
    first = overloads[0]
    paged = any(function.result in LISTS for function in overloads)
    told = f"{first.comment or ''}\n\nCallable by: {_names(first.callers)}."
    shared: Document = {
        "tags": ["functions"],
        **_summary(first.comment, f"Call {first.name}"),
        "description": told,
        "responses": {**_result(first), **REFUSALS},
    }
    bodies = [_arguments(function) for function in overloads]
    pages = PAGE if paged else []
    needed = any(parameter.required for parameter in first.parameters)
    body = content({Media.JSON: bodies[0] if len(bodies) == 1 else {"anyOf": bodies}})
    item: Document = {
        "post": {
            "operationId": f"call_{first.name}",
            **shared,
            "parameters": pages,
            "requestBody": {"required": needed, "content": body},
        }
    }
    readable = [function for function in overloads if not function.volatile]
    if readable and all(one.name for function in readable for one in function.parameters):
        arguments = {
            parameter.name: {
                "name": parameter.name,
                "in": "query",
                "required": parameter.required and len(readable) == 1,
                "schema": _query_schema(parameter.type),
            }
            for function in readable
            for parameter in function.parameters
        }
        operation = {"operationId": f"query_{first.name}", **shared}
        item["get"] = {**operation, "parameters": [*arguments.values(), *pages]}
    return item


def _query_schema(data_type: DataType) -> Document:
    as_text = data_type.is_array or data_type.kind is Kind.JSON
    return {"type": "string"} if as_text else type_schema(data_type)


def _arguments(function: Function) -> Document:
    if [parameter.name for parameter in function.parameters] == [""]:
        return {"description": "The whole body is the argument."}
    required = [parameter.name for parameter in function.parameters if parameter.required]
    arguments: Document = {
        "type": "object",
        "additionalProperties": False,
        "properties": {one.name: type_schema(one.type) for one in function.parameters},
        "examples": [{one.name: _example(one.type) for one in function.parameters if one.required}],
    }
    return {**arguments, "required": required} if required else arguments


def _result(function: Function) -> Document:
    if function.result is Result.VOID:
        return {"204": {"description": "Done; nothing to tell"}}
    if function.returns_relation and function.rows:
        one = reference("schemas", function.rows.name)
    elif function.rows:
        one = _object(function.rows.columns.values(), None)
    else:
        one = type_schema(function.result_type or DataType("json", Kind.JSON))
    if function.result in LISTS:
        return {"200": _bodies("The rows", {"type": "array", "items": one}, one)}
    return {"200": {"description": "The result", "content": content({Media.JSON: one})}}


def _object(columns: Iterable[Column], comment: str | None) -> Document:
    properties = {}
    for column in columns:
        schema = type_schema(column.type)
        if column.nullable and "type" in schema:
            schema["type"] = [schema["type"], "null"]
        described = {"description": column.comment} if column.comment else {}
        properties[column.name] = schema | described
    told = {"description": comment} if comment else {}
    return {"type": "object", **told, "properties": properties}


def type_schema(data_type: DataType) -> Document:
    """The JSON Schema of a type's values, with an example."""
    schema = dict(KINDS[data_type.kind][0])
    if data_type.to_json:
        schema = {}
    elif data_type.name in FORMATS:
        schema["format"] = FORMATS[data_type.name][0]
    elif data_type.labels:
        schema["enum"] = [*data_type.labels, None]
    if data_type.is_array:
        schema = {"type": "array", "items": schema}
    return {**schema, "examples": [_example(data_type)]}


def _example(data_type: DataType) -> Any:
    one = data_type.labels[0] if data_type.labels else KINDS[data_type.kind][1]
    one = FORMATS.get(data_type.name, ("", one))[1]
    return [one] if data_type.is_array else one


def _bodies(description: str, page: Document, item: Document) -> Document:
    headers = {
        name: reference("headers", name) for name in ("Content-Range", "Link", "Preference-Applied")
    }
    text: Document = {"type": "string"}
    kinds = {Media.JSON: page, Media.OBJECT: item, Media.CSV: text, Media.LINES: text}
    return {"description": description, "headers": headers, "content": content(kinds)}


def _summary(comment: str | None, otherwise: str) -> dict[str, str]:
    """The first sentence of a comment, as a summary."""
    return {"summary": (comment or otherwise).partition(". ")[0].rstrip(".")}


def _names(roles: Iterable[str]) -> str:
    return ", ".join(sorted(roles))
