"""What Sanic's manager knows of its workers' states: it alone, and so nothing that can be lost."""

from typing import Any


class OwnStates:
    """In place of `multiprocessing.Manager`, of which Sanic wants a dictionary that all share.

    That one is a process, or at least threads and a socket in the temporary directory. Where one of
    these was gone (killed, no memory for a thread, the directory emptied), no worker could start.
    Here each worker has a copy, and says over a pipe that it serves (`api.watch`).
    """

    def dict(self) -> dict[str, Any]:
        """A dictionary; what is changed in a copy stays there."""
        return {}

    def shutdown(self) -> None:
        """Nothing is held open."""
