"""Counts and times of requests for Prometheus, gathered over all processes of the API."""

import os
from functools import lru_cache

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

_REQUESTS = Counter("tekana_http_requests", "Requests answered.", ("method", "route", "status"))
_DURATIONS = Histogram(
    "tekana_http_request_duration_seconds", "Time to answer a request.", ("method", "route")
)


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
    """The body and content type of an answer to Prometheus."""
    registry = REGISTRY
    if os.environ.get(DIRECTORY_VARIABLE):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
