"""What is kept of a password: its argon2id hash."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 iterations, 1 lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def make_hash(password: str) -> str:
    """The argon2id hash of a password, in PHC string form. It takes some 30 ms and 19 MiB."""
    return _HASHER.hash(password)


def is_hash_of(password_hash: str, password: str) -> bool:
    """Whether a hash was made of this password. It takes as long as making one."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
