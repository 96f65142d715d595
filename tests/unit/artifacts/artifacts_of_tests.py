"""Artifacts, caches and fetchers as the tests make them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from worldtree.artifacts.cache import ArtifactCache
from worldtree.artifacts.fetcher import ArtifactFetcher, FetchLimits
from worldtree.artifacts.progress import FetchProgress
from worldtree.artifacts.sources.source_kind import SourceContext
from worldtree.plan.artifact import Artifact

#: Tries follow one another at once.
LIMITS = FetchLimits(tries=3, max_tries=10, backoff_seconds=0)


def sha256(content: bytes) -> str:
    """Return the sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


def artifact(*locations: str | dict[str, Any], **more: Any) -> Artifact:
    """Return an artifact with sources."""
    sources = [{"location": one} if isinstance(one, str) else one for one in locations]
    names = {"kind": "archive", "name": "shop", "version": "1.2"}
    return Artifact.model_validate({**names, "sources": sources, **more})


class Secrets:
    """Resolves references of tests."""

    def __init__(self, **values: str) -> None:
        self.values = values

    def __call__(self, reference: str) -> str:
        return self.values[reference]


class Fetching:
    """A cache in a directory, a fetcher for it, and what it tells."""

    def __init__(self, directory: Path, limits: FetchLimits = LIMITS, **context: Any) -> None:
        self.cache = ArtifactCache(directory)
        self.told: list[FetchProgress] = []
        made = SourceContext(**{"secret": Secrets(), "stall_seconds": 20.0, **context})
        self.fetcher = ArtifactFetcher(self.cache, made, limits)

    def fetch(self, wanted: Artifact) -> bytes:
        """Fetch; return the bytes that the cache then has."""
        found = self.fetcher.fetch(wanted, self.told.append)
        path = self.cache.find(found.digest, verify=True)
        assert path is not None
        return path.read_bytes()

    def leftovers(self) -> list[str]:
        """Return the names of partial files."""
        place = self.cache.directory / "partial"
        return sorted(path.name for path in place.iterdir()) if place.is_dir() else []
