"""Counts and times of requests for Prometheus, gathered over all processes of the API."""

import logging
import os
from functools import lru_cache
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)

DIRECTORY_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # where prometheus-client shares between processes
if os.environ.get(DIRECTORY_VARIABLE):
    # Asked once, and not of the operating system with every count: no process of the API forks.
    _PROCESS = os.getpid()
    values.ValueClass = values.MultiProcessValue(lambda: _PROCESS)  # type: ignore[no-untyped-call]

# For every route with every method and status; a file grows beyond it, though a disk may be full.
_ROOM_BYTES = 1 << 18
logger = logging.getLogger("tekana.api")

_REQUESTS = Counter("tekana_http_requests", "Requests answered.", ("method", "route", "status"))
_DURATIONS = Histogram(
    "tekana_http_request_duration_seconds", "Time to answer a request.", ("method", "route")
)


def share() -> None:
    """Take the room on disk for what this process counts, before it does.

    prometheus-client maps files into memory that are longer than what is in them: the kernel ends
    the process that writes there and finds the disk full. Where there is no room, or the directory
    is gone, this process counts for itself.
    """
    directory = os.environ.get(DIRECTORY_VARIABLE)
    if not directory:
        return
    paths = [Path(directory, f"{kind}_{_PROCESS}.db") for kind in ("counter", "histogram")]
    try:
        for path in paths:
            with path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, _ROOM_BYTES)
        _of("GET", "metrics", 200)  # opens both, which may be removed later
    except OSError as error:
        for path in paths:
            path.unlink(missing_ok=True)
        values.ValueClass = values.MutexValue
        told = f"{error.strerror}: {directory}"
        logger.warning("/metrics lacks what a process counts", extra={"cause": told})


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request.

    Args:
        method: of HTTP.
        route: the pattern, not the path: there are few of them.
        status: of the response.
        seconds: it took.
    """
    counted, timed = _of(method, route, status)
    counted.inc()
    timed.observe(seconds)


@lru_cache(maxsize=4096)
def _of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """What counts and times requests of one kind; there are few kinds."""
    return _REQUESTS.labels(method, route, status), _DURATIONS.labels(method, route)


def exposition() -> tuple[bytes, str]:
    """The body and content type of an answer to Prometheus.

    Of this process alone where there is no directory, or none any more.
    """
    registry = REGISTRY
    if Path(os.environ.get(DIRECTORY_VARIABLE) or "/nowhere").is_dir():
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
