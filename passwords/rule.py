"""Whether a password is good enough: the same for whoever registers and for staff."""

from pathlib import Path

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
    if "\0" in password:
        # The API takes no such string: whoever has it could never sign in.
        return "contains a NUL character"
    if password.casefold() in COMMONEST:
        return "is one of the most common passwords"
    return None
