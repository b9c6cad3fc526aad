"""Waiting for what comes about by itself."""

import os
import time
from collections.abc import Callable
from typing import Any

import httpx


def eventually(probe: Callable[[], Any], seconds: float = 40, what: str = "it") -> Any:
    """The first true answer of a probe; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := probe()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.03)
    return answer


def answers(url: str) -> bool:
    """Whether what is served there answers, and says that all is well."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def transfer_seconds() -> float:
    """How long those who pay each other keep doing it; `make soak` says a minute."""
    return float(os.environ.get("TEKANA_TEST_TRANSFER_SECONDS", "2"))
