"""Takes values that must not be kept out of what is about to be kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import quote

#: What stands in place of a value.
MASK = "********"
#: Values shorter than this are no secrets, and would take ordinary words apart.
_SHORTEST = 4


class Redactor:
    """Replaces known values in JSON text, as they are and URL-encoded."""

    def __init__(self, values: Iterable[str]) -> None:
        found: set[bytes] = set()
        for value in values:
            if len(value) >= _SHORTEST:
                for ascii_only in (True, False):
                    text = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
                    found |= {text.encode(), quote(value, safe="").encode()}
        # The longest first: one value may be part of another.
        self._values = sorted(found, key=lambda value: (-len(value), value))

    def __call__(self, text: bytes) -> bytes:
        """Return JSON ``text`` without the values; it stays JSON."""
        for value in self._values:
            text = text.replace(value, MASK.encode())
        return text
