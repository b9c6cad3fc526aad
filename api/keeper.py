"""What Sanic's manager and its workers tell each other about the workers' states."""

from multiprocessing.managers import SyncManager
from threading import Thread


def keep_states() -> SyncManager:
    """Keep it in a thread of the manager, where `multiprocessing.Manager` starts a process.

    That process could end before the manager (by a signal to all at once, for want of memory),
    which then closed the port and hung; and it was left when the manager was killed.
    """
    server = SyncManager().get_server()
    Thread(target=server.serve_forever, daemon=True, name="worker-states").start()
    keeper = SyncManager(server.address)
    keeper.connect()
    keeper.shutdown = lambda: None  # type: ignore[assignment]  # it ends with the manager
    return keeper
