"""Processes that are not our children: those of an earlier run, found again by their number."""

import time
from collections.abc import Sequence

import psutil


def has_ended(process: psutil.Process) -> bool:
    """Whether it runs no more. A zombie does not: in a container, nobody may ever collect it."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for_end(processes: Sequence[psutil.Process], timeout_seconds: float) -> bool:
    """Wait until all have ended, or time is up.

    Returns:
        Whether all have.
    """
    deadline = time.monotonic() + timeout_seconds
    while not all(has_ended(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
