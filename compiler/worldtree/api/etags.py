"""ETags of documents: their digests in quotes."""

from __future__ import annotations

import re
from collections.abc import Collection

#: One entity tag of a list; a weak one never matches, because a change needs the same bytes.
_TAG = re.compile(r'\s*(W/)?"([^"]*)"\s*')


def etag(digest: str) -> str:
    """Return the ETag of a document."""
    return f'"{digest}"'


def read_if_match(header: str | None) -> Collection[str] | None:
    """Return the digests of an ``If-Match`` header, ``*`` among them; None without the header.

    What cannot be read matches nothing.
    """
    if header is None:
        return None
    if header.strip() == "*":
        return ("*",)
    tags = (_TAG.fullmatch(part) for part in header.split(","))
    return tuple(found[2] for found in tags if found is not None and not found[1])


def is_fresh(header: str | None, digest: str) -> bool:
    """Whether an ``If-None-Match`` header has the digest, so that nothing need be sent."""
    if header is None:
        return False
    tags = (_TAG.fullmatch(part) for part in header.split(","))
    return header.strip() == "*" or any(found is not None and found[2] == digest for found in tags)
