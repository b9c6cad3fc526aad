"""Routes that answer GET, and HEAD as GET without the body."""

from collections.abc import Callable, Coroutine
from typing import Any

from sanic import Blueprint, HTTPResponse

from api.data.calls import READING

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse]]


def reading(
    blueprint: Blueprint, path: str, name: str | None = None
) -> Callable[[Handler], Handler]:
    """A decorator that makes a function answer a path.

    Args:
        blueprint: where the route belongs.
        path: below the blueprint's own.
        name: of the route, when the function's is taken.
    """

    def add(handler: Handler) -> Handler:
        blueprint.add_route(handler, path, methods=READING, name=name)
        return handler

    return add
