"""Artifacts as plain data: what is needed, what was locked, fetched, verified and removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from worldtree.spec.artifact_locations import shown_location

if TYPE_CHECKING:
    from worldtree.app.artifacts.artifact_list import ArtifactList
    from worldtree.app.artifacts.artifact_service import CachePruned, LockResult, VerifyResult
    from worldtree.artifacts.download_queue import FetchOutcome
    from worldtree.plan.artifact import ArtifactKey
    from worldtree.plan.artifact_lock import LockedArtifact


def artifact_list_view(found: ArtifactList) -> dict[str, Any]:
    """Return every file that a cluster needs, by name; sources without credentials."""
    return {
        "cluster": found.cluster,
        "lock_file": str(found.lock_file),
        "items": [
            {
                **asdict(one.declared.key),
                "state": one.state.value,
                "sha256": one.sha256,
                "size": one.size,
                "trust": None if one.locked is None else one.locked.trust,
                "sources": [shown_location(source.location) for source in one.declared.sources],
                "hosts": list(one.need.hosts),
                "needed_by": list(one.need.needed_by),
            }
            for one in found.items
        ],
    }


def lock_view(found: LockResult) -> dict[str, Any]:
    """Return what became of a lock file."""
    return {
        "lock_file": str(found.file),
        "entries": found.entries,
        "added": [_entry(one) for one in found.added],
        "changed": [_entry(one) for one in found.changed],
        "confirmed": [_entry(one) for one in found.confirmed],
        "removed": _keys(found.removed),
        "errors": [one.message for one in found.errors],
    }


def fetch_view(found: Sequence[FetchOutcome]) -> dict[str, Any]:
    """Return how each download ended, by name."""
    return {
        "items": [
            {
                **asdict(one.artifact.key),
                "sha256": one.artifact.sha256,
                "size": None if one.fetched is None else one.fetched.size,
                "location": None if one.fetched is None else one.fetched.location or None,
                "error": None if one.error is None else one.error.message,
            }
            for one in sorted(found, key=lambda one: one.artifact.key)
        ]
    }


def verify_view(found: VerifyResult) -> dict[str, Any]:
    """Return what is in the cache, is not, or was damaged."""
    return {
        "verified": _keys(found.verified),
        "missing": _keys(found.missing),
        "damaged": _keys(found.damaged),
    }


def pruned_view(found: CachePruned) -> dict[str, Any]:
    """Return what was removed, and how large the cache is; in bytes."""
    return {
        "removed": list(found.removed),
        "freed": found.freed,
        "size": found.size,
        "kept": found.kept,
    }


def _entry(one: LockedArtifact) -> dict[str, Any]:
    return one.model_dump(mode="json")


def _keys(keys: Iterable[ArtifactKey]) -> list[dict[str, Any]]:
    return [asdict(key) for key in keys]
