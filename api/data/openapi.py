"""The OpenAPI 3.1 document of a catalogue: every relation, function, parameter and comment."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.data.catalogue import Catalogue, Column, DataType, Function, Kind, Relation, Result
from api.data.limits import DEFAULT_PAGE, LARGEST_PAGE
from api.data.openapi_parts import (
    COMPONENTS,
    PAGE_HEADERS,
    PAGE_PARAMETERS,
    REFUSALS,
    reference,
)
from api.data.params import RESERVED

Document = dict[str, Any]

# JSON Schema of the kinds; a bigint may be beyond what JavaScript's numbers hold exactly.
KIND_SCHEMAS: Mapping[Kind, Document] = {
    Kind.INTEGER: {"type": "integer"},
    Kind.DECIMAL: {"type": "number"},
    Kind.FLOAT: {"type": "number"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.JSON: {},
    Kind.TEXT: {"type": "string"},
    Kind.OTHER: {"type": "string"},
}
FORMATS = {
    "smallint": "int32",
    "integer": "int32",
    "bigint": "int64",
    "date": "date",
    "timestamp with time zone": "date-time",
    "uuid": "uuid",
}


def describe(
    catalogue: Catalogue,
    *,
    title: str,
    version: str,
    description: str = "",
    server: str = "/",
) -> Document:
    """The OpenAPI document. What no role may use is left out.

    Args:
        catalogue: what there is; its first schema is described.
        title: of the API.
        version: of the API.
        description: of the API, in Markdown.
        server: where the paths begin.
    """
    schema = catalogue.schemas[0]
    relations = [one for one in catalogue.relations if one.schema == schema and one.readers]
    functions = [one for one in catalogue.functions if one.schema == schema and one.callers]
    paths: dict[str, Document] = {f"/{one.name}": _relation_path(one) for one in relations}
    for name, overloads in _by_name(functions).items():
        paths[f"/rpc/{name}"] = _function_path(overloads)
    components = dict(COMPONENTS)
    components["schemas"] = dict(COMPONENTS["schemas"]) | {
        one.name: _object(one.columns, one.comment) for one in relations
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "servers": [{"url": server}],
        "security": [{"bearer": []}, {}],
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def _relation_path(relation: Relation) -> Document:
    filters = [
        {
            "name": column.name,
            "in": "query",
            "description": f"`operator.value`, or a bare value. {column.comment or ''}".strip(),
            "schema": {"type": "string"},
        }
        for column in relation.columns
        if column.name not in RESERVED
    ]
    page = {"type": "array", "items": reference("schemas", relation.name)}
    operation: Document = {
        "operationId": f"read_{relation.name}",
        "tags": ["relations"],
        **_told(relation.comment, f"Read {relation.name}"),
        "description": f"{relation.comment or ''}\n\nReadable by: {_names(relation.readers)}. "
        f"A page has {DEFAULT_PAGE} rows unless limit says otherwise, and at most {LARGEST_PAGE}.",
        "parameters": [*filters, *PAGE_PARAMETERS],
        "responses": {
            "200": _response("The rows", page, PAGE_HEADERS),
            "206": _response("Some of the rows, where an exact count was asked for", page),
            **REFUSALS,
        },
    }
    return {"get": operation}


def _function_path(overloads: list[Function]) -> Document:
    first = overloads[0]
    paged = any(function.result in {Result.ROWS, Result.SCALARS} for function in overloads)
    shared: Document = {
        "tags": ["functions"],
        **_told(first.comment, f"Call {first.name}"),
        "description": f"{first.comment or ''}\n\nCallable by: {_names(first.callers)}.",
        "responses": {**_result(overloads), **REFUSALS},
    }
    bodies = [_arguments(function) for function in overloads]
    content = {"application/json": {"schema": bodies[0] if len(bodies) == 1 else {"anyOf": bodies}}}
    needed = any(parameter.required for parameter in first.parameters)
    pages = PAGE_PARAMETERS if paged else []
    item: Document = {
        "post": {
            "operationId": f"call_{first.name}",
            **shared,
            "parameters": pages,
            "requestBody": {"required": needed, "content": content},
        }
    }
    readable = [function for function in overloads if not function.volatile]
    if readable:
        arguments = _query_arguments(readable)
        operation = {"operationId": f"query_{first.name}", **shared}
        item["get"] = {**operation, "parameters": [*arguments, *pages]}
    return item


def _query_arguments(overloads: list[Function]) -> list[Document]:
    found = {
        parameter.name: {
            "name": parameter.name,
            "in": "query",
            "required": parameter.required and len(overloads) == 1,
            "schema": {"type": "string"}
            if parameter.type.is_array or parameter.type.kind is Kind.JSON
            else type_schema(parameter.type),
        }
        for function in overloads
        for parameter in function.parameters
    }
    return list(found.values())


def _arguments(function: Function) -> Document:
    required = [parameter.name for parameter in function.parameters if parameter.required]
    arguments: Document = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            parameter.name: type_schema(parameter.type) for parameter in function.parameters
        },
    }
    return {**arguments, "required": required} if required else arguments


def _result(overloads: list[Function]) -> Document:
    function = overloads[0]
    if function.result is Result.VOID:
        return {"204": {"description": "Done; nothing to tell"}}
    one = (
        _object(function.columns, None)
        if function.columns
        else type_schema(function.result_type or DataType("text", Kind.JSON))
    )
    if function.result in {Result.ROWS, Result.SCALARS}:
        return {"200": _response("The rows", {"type": "array", "items": one}, PAGE_HEADERS)}
    return {"200": _response("The result", one)}


def _object(columns: Iterable[Column], comment: str | None) -> Document:
    properties = {}
    for column in columns:
        schema = type_schema(column.type)
        if column.nullable and "type" in schema:
            schema["type"] = [schema["type"], "null"]
        properties[column.name] = schema | (
            {"description": column.comment} if column.comment else {}
        )
    described = {"description": comment} if comment else {}
    return {"type": "object", **described, "properties": properties}


def type_schema(data_type: DataType) -> Document:
    """The JSON Schema of a type's values."""
    schema = dict(KIND_SCHEMAS[data_type.kind])
    if data_type.name in FORMATS:
        schema["format"] = FORMATS[data_type.name]
    return {"type": "array", "items": schema} if data_type.is_array else schema


def _response(description: str, schema: Document, headers: Document | None = None) -> Document:
    content = {"application/json": {"schema": schema}}
    return {"description": description, "content": content, "headers": headers or {}}


def _told(comment: str | None, otherwise: str) -> dict[str, str]:
    """The first sentence of a comment, as a summary."""
    return {"summary": (comment or otherwise).partition(". ")[0].rstrip(".")}


def _names(roles: Iterable[str]) -> str:
    return ", ".join(sorted(roles))


def _by_name(functions: Iterable[Function]) -> dict[str, list[Function]]:
    found: dict[str, list[Function]] = {}
    for function in functions:
        found.setdefault(function.name, []).append(function)
    return found
