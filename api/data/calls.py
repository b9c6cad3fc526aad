"""Which function a call means.

https://docs.postgrest.org/en/v12/references/api/functions.html
"""

from collections.abc import Iterable, Sequence

from api.data.bodies import FORM, JSON, WHOLE, some_shown
from api.data.catalogue import Catalogue, Function, names_in
from api.data.errors import DataError, nearest, not_found

READING = ("GET", "HEAD")


def choose_function(
    catalogue: Catalogue, schema: str, name: str, given: frozenset[str], content: str | None
) -> Function:
    """The function that a name and the names of its arguments mean.

    Args:
        catalogue: what there is.
        schema: of the request.
        name: as the path has it.
        given: names of the arguments.
        content: the media type of the body, None where there is none: that may be the one argument
            of a function that has no name for it.

    Raises:
        DataError: PGRST202 (404) none takes these arguments, PGRST203 (300) several do.
    """
    overloads = catalogue.overloads(name, schema)
    named = (
        []
        if content not in {None, JSON, FORM}
        else [one for one in overloads if one.accepts(given) and not is_unnamed(one)]
    )
    fitting = named or [one for one in overloads if takes_whole(one, content)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise _not_found(catalogue, schema, name, given, content)
    among = ", ".join(map(_signature, fitting))
    message = f"Could not choose the best candidate function between: {among}"
    hint = "Try renaming the parameters or the function itself in the database so function "
    hint += "overloading can be resolved"
    raise DataError(300, "PGRST203", message, hint=hint)


def methods_of(overloads: Sequence[Function]) -> tuple[str, ...]:
    """The methods that functions can be called by: not GET where all may change something."""
    reading = READING if any(not one.volatile for one in overloads) else ()
    return ("OPTIONS", *reading, "POST")


def allow(methods: Iterable[str]) -> dict[str, str]:
    """The header that tells which methods there are."""
    return {"Allow": ", ".join(methods)}


def cannot_be_called(overloads: Sequence[Function], method: str) -> DataError:
    """A method that functions of one name cannot be called by."""
    message = f"Cannot use the {method} method on RPC"
    changes = f"'{overloads[0].name}' may change something: call it by POST"
    hint = changes if method in READING else None
    return DataError(405, "PGRST101", message, None, hint, allow(methods_of(overloads)))


def is_unnamed(function: Function) -> bool:
    """Whether its one argument has no name, and is the whole body."""
    return any(parameter.name == "" for parameter in function.parameters)


def takes_whole(function: Function, content: str | None) -> bool:
    """Whether a body of this media type can be its one argument."""
    types = WHOLE.get(content or "", ())
    return is_unnamed(function) and function.parameters[0].sql_type in types


def _signature(function: Function) -> str:
    parameters = (f"{one.name} => {one.sql_type}" for one in function.parameters)
    return f"{function.schema}.{function.name}({', '.join(parameters)})"


def _not_found(
    catalogue: Catalogue, schema: str, name: str, given: frozenset[str], content: str | None
) -> DataError:
    called = f"{schema}.{name}"
    some, more = some_shown(sorted(given))
    names = ", ".join(some) + (f" and {more} more" if more else "")
    told = f"({names})" if given else " without parameters"
    searched = f" with parameter{'s' if len(given) > 1 else ''} {names}" if given else told
    meant = None
    if content in {None, JSON, FORM}:
        meant = _meant(catalogue, schema, name, f"({names})")
        if content == JSON:
            searched += " or with a single unnamed json/jsonb parameter"
    else:
        told, searched = "", f" with a single unnamed {WHOLE[content or ''][0]} parameter"
    details = f"Searched for the function {called}{searched}, but no matches were found"
    details += " in the schema cache."
    return not_found(404, "PGRST202", f"the function {called}{told}", meant, details)


def _meant(catalogue: Catalogue, schema: str, name: str, given: str) -> str | None:
    overloads = catalogue.overloads(name, schema)
    known = [f"({', '.join(sorted(one.name for one in each.parameters))})" for each in overloads]
    if overloads:
        name, found = overloads[0].name, nearest(given, known, 0.5)
    else:
        name, found = "", nearest(name, names_in(schema, catalogue.functions))
    return found and f"to call the function {schema}.{name}{found}"
