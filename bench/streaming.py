"""A long answer read as it comes, and the memory that sending it took."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import NamedTuple

import psutil

MEBIBYTE = 1 << 20
CHUNK_BYTES = 1 << 16
SAMPLE_SECONDS = 0.02


class Stream(NamedTuple):
    """What arrived, and the most memory that the server held meanwhile."""

    lines: int
    mebibytes: float
    seconds: float
    peak_mebibytes: float


def read_stream(port: int, process_id: int, path: str, token: str, media: str) -> Stream:
    """Read an answer to its end without keeping it.

    Raises:
        SystemExit: it was no 200, or broke off.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    began, lines, size = time.perf_counter(), 0, 0
    with _peak(process_id) as peak:
        connection.request(
            "GET", path, headers={"Authorization": f"Bearer {token}", "Accept": media}
        )
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"bench: not a 200: {answer.read()!r}")
        while chunk := answer.read(CHUNK_BYTES):
            lines += chunk.count(b"\n")
            size += len(chunk)
    return Stream(lines, size / MEBIBYTE, time.perf_counter() - began, max(peak) / MEBIBYTE)


def resident_mebibytes(process_id: int) -> float:
    """Memory that a process and those it started hold now."""
    return _resident(process_id) / MEBIBYTE


def _resident(process_id: int) -> int:
    process = psutil.Process(process_id)
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


@contextmanager
def _peak(process_id: int) -> Iterator[list[int]]:
    seen, over = [_resident(process_id)], threading.Event()

    def sample() -> None:
        while not over.wait(SAMPLE_SECONDS):
            seen.append(_resident(process_id))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield seen
    finally:
        over.set()
        sampler.join()
