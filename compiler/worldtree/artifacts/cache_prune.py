"""Keeps the cache within a size: removes what was not used for the longest time.

Kept are files that a lock file names which used this cache, and what commands work with.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from worldtree.artifacts.cache import ArtifactCache
from worldtree.artifacts.digests_in_use import used_digests
from worldtree.core.fsync import write_durably
from worldtree.core.private_directories import make_private_directory
from worldtree.plan.artifact_lock import read_lock


@dataclass(frozen=True, slots=True)
class CachePruned:
    """What was removed, and what is left."""

    #: sha256 of the files that were removed.
    removed: tuple[str, ...]
    #: Bytes that were freed, those of partial files included.
    freed: int
    #: Bytes that are left.
    size: int
    #: Bytes of what is left that must not be removed.
    kept: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    last_used: float
    name: str
    size: int
    is_whole: bool


@contextmanager
def lock_file_held(cache: ArtifactCache, file: Path) -> Iterator[None]:
    """Exclude other commands that change a lock file, between reading and writing it."""
    with cache.held(f"lock-file-{_name_of(file.resolve())}"):
        yield


def register_lock_file(cache: ArtifactCache, file: Path) -> None:
    """Remember a lock file whose artifacts are in the cache, so that they are kept."""
    path = str(file.absolute())
    place = _register(cache) / _name_of(file.absolute())
    with cache.errors():
        make_private_directory(place.parent)
        if not place.exists():
            write_durably(place, path.encode("utf-8", "surrogateescape"))


def locked_digests(cache: ArtifactCache) -> frozenset[str]:
    """Return the sha256 of everything that a registered lock file names.

    One that is gone names nothing; it is forgotten with its directory, because version control
    removes files for a moment. Raises ``InputError`` for one that cannot be read:
    nothing is known then of what it names.
    """
    found: set[str] = set()
    with cache.errors():
        places = sorted(_register(cache).glob("[0-9a-f]*"))
        for place in places:
            file = Path(place.read_bytes().decode("utf-8", "surrogateescape"))
            if file.is_file():
                found |= read_lock(file).digests
            elif not file.parent.is_dir():
                place.unlink(missing_ok=True)
    return frozenset(found)


def prune_cache(cache: ArtifactCache, max_size: int, keep: Collection[str]) -> CachePruned:
    """Remove files, the least recently used first, until the cache has ``max_size`` bytes at most.

    Files with a sha256 in ``keep``, and those that a command uses or whose lock it holds, are kept.
    """
    candidates = _candidates(cache)
    size = sum(one.size for one in candidates)
    removed: list[str] = []
    freed = kept = 0
    for one in candidates:
        if one.is_whole and one.name in keep:
            kept += one.size
            continue
        if size - freed <= max_size:
            continue
        if _remove(cache, one):
            freed += one.size
            if one.is_whole:
                removed.append(one.name)
        else:
            kept += one.size
    if freed or not candidates:
        _remove_unused_locks(cache)
    return CachePruned(tuple(removed), freed, size - freed, kept)


def _name_of(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()


def _register(cache: ArtifactCache) -> Path:
    return cache.directory / "lock-files"


def _candidates(cache: ArtifactCache) -> list[_Candidate]:
    """Return the whole and the partial files, the least recently used first."""
    found = [_Candidate(one.last_used, one.digest, one.size, True) for one in cache.entries()]
    with cache.errors():
        for path in (cache.directory / "partial").glob("*"):
            if path.suffix:
                continue  # What is known of a partial file goes with it.
            with suppress(FileNotFoundError):
                stat = path.lstat()
                found.append(_Candidate(stat.st_mtime, path.name, stat.st_size, False))
    return sorted(found, key=lambda one: (one.last_used, one.name))


def _remove(cache: ArtifactCache, one: _Candidate) -> bool:
    """Remove a file that nobody works with; return whether it is gone."""
    with cache.errors():
        make_private_directory(cache.directory / "locks")
        with cache.locks.if_free(one.name) as is_free:
            if not is_free:
                return False
            if one.is_whole:
                # Read under the lock: who uses it says so before taking that.
                if one.name in used_digests(cache):
                    return False
                cache.path(one.name).unlink(missing_ok=True)
            else:
                cache.partial(one.name).discard()
    return True


def _remove_unused_locks(cache: ArtifactCache) -> None:
    """Delete the lock files of what is gone."""
    present = {one.name for one in _candidates(cache)}
    with cache.errors():
        for name in cache.locks.names():
            if name in present:
                continue
            with cache.locks.if_free(name) as is_free:
                if is_free:
                    cache.locks.forget(name)
