"""A PostgreSQL that hangs: it answers nothing and closes nothing, as when the way to it is lost."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from cli.servers.postgres import PostgresServer


@contextmanager
def stopped(server: PostgresServer) -> Iterator[None]:
    """All the processes of a server are stopped (SIGSTOP), and go on when the block ends."""
    assert server.process is not None
    postmaster = psutil.Process(server.process.pid)
    postmaster.suspend()  # first: it starts no more of the others
    others = postmaster.children(recursive=True)
    try:
        for other in others:
            with suppress(psutil.NoSuchProcess):  # it was ending
                other.suspend()
        yield
    finally:
        for process in (postmaster, *others):
            with suppress(psutil.NoSuchProcess):
                process.resume()
