"""Requests whose target is no URL, as in `GET ?a=1 HTTP/1.1`: to be answered like any other."""

from typing import Any

from sanic import Request
from sanic.exceptions import BadURL

# Sanic makes requests of this method for itself, to tell of one that it could not make.
SANICS_OWN = "NONE"
NOWHERE = b"*"


class TolerantRequest(Request[Any, Any]):
    """A request that is refused once for its target.

    Sanic's own fails again where the error is told, for the same target (Sanic 25.12): the client
    gets no answer, and the log a traceback.
    """

    def __init__(self, url_bytes: bytes, *arguments: Any, **named: Any) -> None:
        """As Sanic's.

        Raises:
            BadURL: the target is no URL, and the request not Sanic's own.
        """
        try:
            super().__init__(url_bytes, *arguments, **named)
        except BadURL:
            if named.get("method") != SANICS_OWN:
                raise BadURL("the target of the request is no URL") from None
            super().__init__(NOWHERE, *arguments, **named)
