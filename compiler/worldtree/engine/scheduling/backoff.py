"""How long to wait before a retry."""

from __future__ import annotations

from hashlib import sha256

#: Share of the wait that differs from node to node, so that retries do not coincide.
_JITTER_SHARE = 0.25
#: The longest wait in seconds, without jitter.
_MAX_SECONDS = 300.0


def backoff_seconds(base: float, failures: int, key: str) -> float:
    """Return the seconds to wait after the ``failures``-th failure: ``base``, doubled each time.

    Adds up to a quarter of jitter by a hash of ``key``: spread, but the same every time.
    """
    grown = min(base * 2.0 ** (failures - 1), _MAX_SECONDS)
    share = int.from_bytes(sha256(f"{key}:{failures}".encode()).digest()[:4], "big") / 2**32
    return grown * (1 + _JITTER_SHARE * share)
