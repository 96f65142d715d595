"""Names of an attempt's processes, on this machine and on hosts."""

from __future__ import annotations

from hashlib import sha256


def process_name(attempt: str) -> str:
    """Return the name of an attempt's processes that are forked and not executed.

    Servers of warm connections have it, too: the collection ``worldtree.core`` makes the same one.
    """
    return f"wt-{sha256(attempt.encode()).hexdigest()[:12]}"
