"""Reads files of the cache, and removes those whose bytes are not what their name says."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum

from worldtree.artifacts.cache import ArtifactCache


class CheckState(StrEnum):
    """What was found of a file."""

    #: All its bytes were read, and have its sha256.
    VERIFIED = "verified"
    #: It had other bytes, or was no regular file, and is removed.
    DAMAGED = "damaged"
    MISSING = "missing"


def check_files(cache: ArtifactCache, digests: Iterable[str]) -> dict[str, CheckState]:
    """Read the files with these sha256. Raises ``WorldTreeError``."""
    return {digest: _check(cache, digest) for digest in sorted(digests)}


def _check(cache: ArtifactCache, digest: str) -> CheckState:
    # Also before the lock, which a command holds for as long as it downloads the file.
    if not _exists(cache, digest):
        return CheckState.MISSING
    with cache.held(digest):
        if not _exists(cache, digest):
            return CheckState.MISSING
        is_sound = cache.find(digest, verify=True) is not None
        return CheckState.VERIFIED if is_sound else CheckState.DAMAGED


def _exists(cache: ArtifactCache, digest: str) -> bool:
    with cache.errors():
        return os.path.lexists(cache.path(digest))
