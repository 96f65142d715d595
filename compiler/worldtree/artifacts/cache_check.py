"""Reads every file of the cache, and removes those whose bytes are not what their name says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from worldtree.artifacts.cache import ArtifactCache


@dataclass(frozen=True, slots=True)
class CacheChecked:
    """What a check found."""

    #: Files that were read.
    checked: int
    #: sha256 of files that were damaged, and are removed.
    damaged: tuple[str, ...]


def check_cache(cache: ArtifactCache, digests: Collection[str] | None = None) -> CacheChecked:
    """Read all files, or those of ``digests`` that are there."""
    checked, damaged = 0, []
    for entry in cache.entries():
        if digests is not None and entry.digest not in digests:
            continue
        checked += 1
        with cache.held(entry.digest):
            if cache.find(entry.digest, verify=True) is None:
                damaged.append(entry.digest)
    return CacheChecked(checked, tuple(sorted(damaged)))
