"""Passwords: whether one is good enough, and argon2id (OWASP's parameters) off the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 iterations, 1 lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# argon2 frees the interpreter lock: two threads use two cores and bound the memory at 38 MiB.
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
SHORTEST = 8
LONGEST = 1024
# The 3,000 commonest by the frequency list of zxcvbn (Dropbox, MIT licence).
COMMONEST = frozenset(
    (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").split()
)


def password_problem(password: str) -> str | None:
    """What is wrong with a password that somebody wants to have; None when nothing is."""
    if len(password) < SHORTEST:
        return f"is shorter than {SHORTEST} characters"
    if len(password) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if password.casefold() in COMMONEST:
        return "is one of the commonest passwords"
    return None


async def hash_password(password: str) -> str:
    """The argon2id hash of a password, in PHC string form."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASHER.hash, password)


# Checked when nobody has the email address, so that the answer takes as long as for somebody's.
_NOBODYS_HASH = _HASHER.hash("nobody has this password")


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether a password is right, in the same time whether there is a hash to check or not."""
    right = await asyncio.get_running_loop().run_in_executor(
        _THREADS, _verify, password_hash or _NOBODYS_HASH, password
    )
    return right and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
