"""Brings what an offline bundle has to this machine: artifacts into the cache, its document."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worldtree.app.offline.bundle_contents import (
    DOCUMENT_DIRECTORY,
    BundleContents,
    BundledFile,
)
from worldtree.app.offline.bundle_reader import read_bundle
from worldtree.app.offline.bundle_writer import not_written
from worldtree.artifacts.cache import ArtifactCache
from worldtree.artifacts.cache_prune import register_lock_file
from worldtree.artifacts.digests_in_use import UseDigest
from worldtree.artifacts.partial_file import ResumePoint
from worldtree.core.errors import RefusedError
from worldtree.core.private_directories import make_private_directory
from worldtree.core.text import and_more
from worldtree.plan.artifact_lock import LOCK_FILE

_ARTIFACTS = "artifacts/sha256/"
_MAX_NAMES = 5


@dataclass(frozen=True, slots=True)
class LoadedBundle:
    """What this machine has of a bundle."""

    contents: BundleContents
    #: Directory in which the bundle's small files are.
    directory: Path
    #: Artifacts that were not in the cache before.
    added: int

    @property
    def document(self) -> Path:
        """The file of the document."""
        return self.directory / self.contents.document


def load_bundle(file: Path, home: Path, cache: ArtifactCache, use: UseDigest) -> LoadedBundle:
    """Bring a bundle here, in one pass; what is here already is checked and not written again.

    Each artifact is in the cache as soon as its bytes are right, the document only once all of the
    bundle was right. ``use`` keeps the artifacts from being pruned. Raises ``BadBundleError``, and
    ``RefusedError`` where the base of the bundle was not loaded before.
    """
    offline = home / "offline"
    make_private_directory(offline)
    scratch = offline / f".new-{uuid.uuid4().hex}"
    added = 0

    def begin(contents: BundleContents, _identity: str) -> None:
        for one in contents.artifacts:
            use(one.sha256)
        _refuse_without_base(file, contents, cache)

    def take(name: str, wanted: BundledFile, chunks: Iterator[bytes]) -> None:
        nonlocal added
        if name.startswith(_ARTIFACTS):
            added += _store(cache, wanted.sha256, chunks)
            return
        place = scratch / name
        make_private_directory(place.parent)
        with place.open("wb") as stream:
            for chunk in chunks:
                stream.write(chunk)

    try:
        found = read_bundle(file, take, begin)
        directory = offline / found.identity
        if not directory.exists():
            scratch.rename(directory)
    except OSError as error:
        raise not_written(offline, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    lock_file = directory / DOCUMENT_DIRECTORY / LOCK_FILE
    if lock_file.is_file():
        # What it names is kept in the cache.
        register_lock_file(cache, lock_file)
    return LoadedBundle(found.contents, directory, added)


def _refuse_without_base(file: Path, contents: BundleContents, cache: ArtifactCache) -> None:
    missing = [
        str(one.key) for one in contents.artifacts if one.is_in_base and not cache.has(one.sha256)
    ]
    if missing:
        raise RefusedError(
            f"{file} holds only what is new against another bundle, and the artifact cache does not"
            f" have {and_more(missing, _MAX_NAMES)}",
            code="offline-bundle-base-missing",
            hint="run `wt bundle load` with the other one first: its `bundle.json` has the sha256"
            f" {contents.base}",
        )


def _store(cache: ArtifactCache, digest: str, chunks: Iterator[bytes]) -> int:
    """Put a file into the cache that lacks it; return how many were written: 1 or 0."""
    with cache.held(digest):
        if cache.find(digest) is not None:
            for _ in chunks:
                pass
            return 0
        partial = cache.partial(digest)
        is_whole = False
        try:
            with cache.errors(), partial.writing(ResumePoint()) as stream:
                for chunk in chunks:
                    stream.write(chunk)
            is_whole = True
        finally:
            if not is_whole:
                partial.discard()
        cache.adopt(partial, digest)
        return 1
