"""The form of tokens: a prefix, a random part, and a checksum.

``wtp_`` and ``wts_`` are what scanners for secrets look for. The checksum tells a misspelt token
from an unknown one without a database; it protects nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from enum import StrEnum

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: Of 62 digits each: 190 bits.
_RANDOM_LENGTH = 32
#: 62 ** 6 is more than the 2 ** 32 values of the checksum.
_CHECKSUM_LENGTH = 6
_FORM = re.compile(rf"wt[ps]_[0-9A-Za-z]{{{_RANDOM_LENGTH + _CHECKSUM_LENGTH}}}")


class TokenKind(StrEnum):
    """Who uses a token; the value is its prefix."""

    PERSON = "wtp_"
    #: A program.
    SERVICE = "wts_"


def new_token(kind: TokenKind = TokenKind.PERSON) -> str:
    """Return a new random token of 42 characters."""
    digits = "".join(secrets.choice(_DIGITS) for _ in range(_RANDOM_LENGTH))
    return kind + digits + _checksum(kind + digits)


def looks_like_token(text: str) -> bool:
    """Whether ``text`` has the form of a token, and its checksum is right."""
    if _FORM.fullmatch(text) is None:
        return False
    return _checksum(text[:-_CHECKSUM_LENGTH]) == text[-_CHECKSUM_LENGTH:]


def token_digest(text: str) -> str:
    """Return the sha256 of ``text`` in 64 hexadecimal digits: what is stored of a token.

    Any text has one. A token is random and long, so that no slower digest is needed.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _checksum(text: str) -> str:
    """Return the CRC-32 of ``text`` as digits of base 62, of equal length."""
    value = zlib.crc32(text.encode("ascii"))
    found = ""
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, len(_DIGITS))
        found = _DIGITS[digit] + found
    return found
