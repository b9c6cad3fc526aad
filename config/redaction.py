"""What never leaves the house in a log line: phone numbers, secrets, tokens.

The last line of defence. The first is that nobody logs them: a code of six digits cannot be told
from any other number here, so it must never be handed to a logger at all.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_SECRET_WORDS = frozenset({"password", "token", "otp", "authorization", "secret", "cookie"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_UUID = r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
# International: `+` (also as it stands in a query string) and digits, however they are grouped.
_INTERNATIONAL = r"(?:\+|%2[Bb])\d(?:[ ().-]?\d){7,14}"
# Otherwise an unbroken run of digits that is no part of a word, an account number or a decimal.
_PLAIN = r"(?<![\w-])(?<!\d\.)\d{8,15}(?!\w|\.\d)"
_PHONE_NUMBER = re.compile(f"(?P<kept>{_UUID})|{_INTERNATIONAL}|{_PLAIN}")
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_URL_PASSWORD = re.compile(r"(?<=://)([^:/?#@\s]*):[^/?#@\s]+@")
# Without any of these a text has nothing in it to take out; most have none, and it is soon seen.
_SUSPICIOUS = re.compile(r"[+%]|eyJ|://|[0-9]{8}")
_KEPT_PREFIX = 3
_KEPT_SUFFIX = 3
_LONG_ENOUGH_FOR_PREFIX = 11


def mask_phone_number(phone_number: str) -> str:
    """A phone number as it may be shown: `+250788123456` becomes `+250******456`.

    Args:
        phone_number: digits, with or without a leading `+` and separators. A number shorter than
            11 digits, which may be a local one, keeps its last three digits only.
    """
    digits = re.sub(r"\D", "", phone_number.replace("%2B", "").replace("%2b", ""))
    prefix = digits[:_KEPT_PREFIX] if len(digits) >= _LONG_ENOUGH_FOR_PREFIX else ""
    suffix = digits[-_KEPT_SUFFIX:] if len(digits) > 2 * _KEPT_SUFFIX else ""
    hidden = "*" * (len(digits) - len(prefix) - len(suffix))
    plus = "+" if phone_number.strip().startswith(("+", "%2")) else ""
    return f"{plus}{prefix}{hidden}{suffix}"


def redact_text(text: str) -> str:
    """The text with every phone number masked, and passwords in URLs and JWTs taken out."""
    if not _SUSPICIOUS.search(text):
        return text
    text = _URL_PASSWORD.sub(r"\1:***@", text)
    text = _JWT.sub("[token]", text)
    return _PHONE_NUMBER.sub(lambda m: m["kept"] or mask_phone_number(m[0]), text)


def redact(value: Any) -> Any:
    """A value to be logged, without what must not be: see the module. Numbers stay as they are."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {
            redact_text(str(key)): redact(item)
            for key, item in value.items()
            if not names_a_secret(str(key))
        }
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact_text(str(value))


@lru_cache(maxsize=1024)
def names_a_secret(key: str) -> bool:
    """Whether a word of the key says that its value is a secret: `refresh_token`, `otpCode`."""
    return any(word.lower() in _SECRET_WORDS for word in _WORD.findall(key))
