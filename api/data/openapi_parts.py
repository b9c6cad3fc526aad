"""The parts of the OpenAPI document that are the same for every database."""

from typing import Any

from api.data.limits import DEFAULT_PAGE, LARGEST_PAGE

Document = dict[str, Any]


def reference(kind: str, name: str) -> Document:
    """A pointer to a component."""
    return {"$ref": f"#/components/{kind}/{name.replace('~', '~0').replace('/', '~1')}"}


def _error(description: str) -> Document:
    content = {"application/json": {"schema": reference("schemas", "Error")}}
    return {"description": description, "content": content}


def _query(name: str, description: str, schema: Document) -> Document:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_TEXT: Document = {"type": "string"}
_PARAMETERS: dict[str, Document] = {
    "select": _query("select", "Columns to give, as `id,alias:name`; `*` is all.", _TEXT),
    "order": _query("order", "As `created_at.desc.nullslast,id`.", _TEXT),
    "limit": _query(
        "limit",
        f"Most rows to give; more than {LARGEST_PAGE} are never given.",
        {"type": "integer", "minimum": 0, "default": DEFAULT_PAGE},
    ),
    "offset": _query(
        "offset", "Rows to leave out first.", {"type": "integer", "minimum": 0, "default": 0}
    ),
    "prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`count=exact`: tell the number of all rows in Content-Range.",
        "schema": {"type": "string", "examples": ["count=exact"]},
    },
}
_RESPONSES: dict[str, Document] = {
    "BadRequest": _error("The request is wrong; details and hint say where"),
    "Unauthorized": _error("Nobody is signed in, or the token is not valid"),
    "Forbidden": _error("Whoever is signed in may not do this"),
    "NotAcceptable": _error("The result is not what Accept asks for"),
    "RangeNotSatisfiable": _error("The page is beyond the last row"),
}
_ERROR_SCHEMA: Document = {
    "type": "object",
    "description": "What went wrong, in PostgREST's form.",
    "required": ["code", "message", "details", "hint"],
    "properties": {
        "code": {"type": "string", "examples": ["PGRST204"]},
        "message": {"type": "string"},
        "details": {"type": ["string", "null"]},
        "hint": {"type": ["string", "null"]},
    },
}
COMPONENTS: Document = {
    "schemas": {"Error": _ERROR_SCHEMA},
    "parameters": _PARAMETERS,
    "responses": _RESPONSES,
    "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
}
PAGE_PARAMETERS = [reference("parameters", name) for name in _PARAMETERS]
REFUSALS: Document = {
    "400": reference("responses", "BadRequest"),
    "401": reference("responses", "Unauthorized"),
    "403": reference("responses", "Forbidden"),
    "406": reference("responses", "NotAcceptable"),
    "416": reference("responses", "RangeNotSatisfiable"),
}
PAGE_HEADERS: Document = {
    "Content-Range": {"description": "As `0-19/*`: first-last/total.", "schema": _TEXT},
    "Link": {
        "description": 'The next page, where there is one: `<…>; rel="next"`.',
        "schema": _TEXT,
    },
}
