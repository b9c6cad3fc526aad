"""Hashing passwords off the event loop: in few threads, and never for more than can be served."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from api.errors import busy
from passwords.hasher import is_hash_of, make_hash

# argon2 frees the interpreter lock: two threads use two cores and bound the memory at 38 MiB.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
# About a second's work: who comes later would wait longer than it takes to try again.
MOST_WAITING = 64
_PLACES = asyncio.Semaphore(MOST_WAITING)
Answer = TypeVar("Answer")


async def hash_password(password: str) -> str:
    """The argon2id hash of a password, in PHC string form.

    Raises:
        ApiError: 503, too many are waiting already.
    """
    return await _hash(lambda: make_hash(password))


# Checked when nobody has the email address, so that the answer takes as long as for somebody's.
_NOBODYS_HASH = make_hash("nobody has this password")


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether a password is right, in the same time whether there is a hash to check or not.

    Raises:
        ApiError: 503, too many are waiting already.
    """
    right = await _hash(lambda: is_hash_of(password_hash or _NOBODYS_HASH, password))
    return right and password_hash is not None


async def _hash(work: Callable[[], Answer]) -> Answer:
    if _PLACES.locked():
        raise busy("too many people are signing in at the moment")
    async with _PLACES:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
