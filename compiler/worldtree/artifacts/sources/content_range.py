"""Reads the header ``Content-Range`` of an answer with a part of a file (RFC 9110, 14.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"bytes\s+(\d{1,19})-(\d{1,19})/(\d{1,19}|\*)\s*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ContentRange:
    """The first byte of a part, and the bytes of the whole file where they are known."""

    start: int
    size: int | None


def read_content_range(text: str) -> ContentRange | None:
    """Return the range of a header; None for one that makes no sense."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        return None
    start, end = int(match[1]), int(match[2])
    size = None if match[3] == "*" else int(match[3])
    if end < start or (size is not None and end >= size):
        return None
    return ContentRange(start, size)
