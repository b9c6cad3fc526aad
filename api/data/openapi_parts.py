"""The parts of the OpenAPI document that are the same for every database."""

from collections.abc import Mapping
from typing import Any

from api.data.headers import Media
from api.data.limits import Limits

Document = dict[str, Any]
TEXT: Document = {"type": "string"}


def reference(kind: str, name: str) -> Document:
    """A pointer to a component."""
    return {"$ref": f"#/components/{kind}/{name.replace('~', '~0').replace('/', '~1')}"}


def content(schemas: Mapping[str, Document]) -> Document:
    """Bodies by their media types."""
    return {media: {"schema": schema} for media, schema in schemas.items()}


# Parameters of every list, in the query unless they begin with a capital: description, example.
PARAMETERS = {
    "select": ("Columns, casts, JSON paths and embedded relations; `*` is all.", "id,name:title"),
    "order": ("As `created_at.desc.nullslast,id`.", "id.desc"),
    "limit": ("Most rows to give.", 20),
    "offset": ("Rows to leave out first.", 0),
    "and": ("Conditions that must all hold.", "(id.gt.1,id.lt.9)"),
    "or": ("Conditions of which one must hold.", "(id.eq.1,id.eq.2)"),
    "Prefer": (
        "`count=exact`, `planned` or `estimated`: the number of all rows, in Content-Range; "
        "`handling=strict`: refuse preferences that are not known; `timezone=…`: of times.",
        "count=exact",
    ),
    "Range": ("The rows wanted, the first being 0.", "0-9"),
}
HEADERS = {
    "Content-Range": ("As `0-19/*`: first-last/total.", "0-19/57"),
    "Link": ('The next page, where there is one: `<…>; rel="next"`.', '</a?id=gt.9>; rel="next"'),
    "Preference-Applied": ("The preferences that counted.", "count=exact"),
}
# What may go wrong: what it is called here, what it means, and what is told, for example.
ERRORS = {
    "300": ("Ambiguous", "Several relationships or functions fit", "PGRST201"),
    "400": ("BadRequest", "The request is wrong; details and hint say where", "PGRST100"),
    "401": ("Unauthorized", "Nobody is signed in, or the token is not valid", "PGRST301"),
    "403": ("Forbidden", "Whoever is signed in may not do this", "42501"),
    "404": ("NotFound", "There is no such relation, function or operator", "PGRST202"),
    "405": ("MethodNotAllowed", "It cannot be written, or not be read", "PGRST101"),
    "406": ("NotAcceptable", "The result is not what Accept asks for", "PGRST116"),
    "416": ("RangeNotSatisfiable", "The page is beyond the last row", "PGRST103"),
    "504": ("TooLong", "It took too long and was stopped", "57014"),
}
ERROR: Document = {
    "type": "object",
    "description": "What went wrong, in PostgREST's form.",
    "required": ["code", "message", "details", "hint"],
    "properties": {
        "code": {"type": "string", "description": "For programs.", "examples": ["PGRST204"]},
        "message": {"type": "string", "description": "What is wrong.", "examples": ["…"]},
        "details": {
            "description": "More of it; a list of relationships to choose from.",
            "anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {"type": "object"}}],
        },
        "hint": {"type": ["string", "null"], "description": "What to do."},
    },
}
REFUSALS: Document = {
    status: reference("responses", name) for status, (name, _, _) in ERRORS.items()
}


def page_parameters() -> list[Document]:
    """The parameters of whatever gives rows."""
    return [reference("parameters", name) for name in PARAMETERS]


def components(limits: Limits, schemas: Mapping[str, Document]) -> Document:
    """The components of a document, some schemas among them."""
    number = {"type": "integer", "minimum": 0}
    bounds: dict[str, Document] = {"limit": dict(number), "offset": number | {"default": 0}}
    if limits.largest_page is not None:
        bounds["limit"]["description"] = f"More than {limits.largest_page} rows are never given."
    if limits.default_page is not None:
        bounds["limit"]["default"] = limits.default_page
    return {
        "schemas": {"Error": ERROR, **schemas},
        "parameters": {
            name: {
                "name": name,
                "in": "header" if name[0].isupper() else "query",
                "description": description,
                "schema": bounds.get(name, TEXT) | {"examples": [example]},
            }
            for name, (description, example) in PARAMETERS.items()
        },
        "headers": {
            name: {"description": description, "schema": TEXT | {"examples": [example]}}
            for name, (description, example) in HEADERS.items()
        },
        "responses": {
            name: {
                "description": f"{description}. For example `{code}`.",
                "content": {
                    Media.JSON: {
                        "schema": reference("schemas", "Error"),
                        "example": {
                            "code": code,
                            "message": description,
                            "details": None,
                            "hint": None,
                        },
                    }
                },
            }
            for name, description, code in ERRORS.values()
        },
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
    }
