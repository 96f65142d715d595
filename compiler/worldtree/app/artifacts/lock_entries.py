"""Entries of a lock file: what they say of a download, and how far they are trusted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldtree.app.artifacts.artifact_list import ListedArtifact
from worldtree.artifacts.fetcher import FetchedArtifact
from worldtree.core.errors import WorldTreeError
from worldtree.plan.artifact import ArtifactKey
from worldtree.plan.artifact_lock import ArtifactLock, LockedArtifact, Trust
from worldtree.spec.artifact_locations import is_path

#: From the least to the most.
_TRUST: Sequence[Trust] = ("first-use", "declared", "signed")


@dataclass(frozen=True, slots=True)
class LockResult:
    """What became of a lock file."""

    file: Path
    #: Entries that were added, and those whose sha256 is another one than before.
    added: tuple[LockedArtifact, ...]
    changed: tuple[LockedArtifact, ...]
    #: Entries with the sha256 of before, of which the document or a signature says it now.
    confirmed: tuple[LockedArtifact, ...]
    #: Names of entries that were removed.
    removed: tuple[ArtifactKey, ...]
    #: Entries in the file.
    entries: int
    errors: tuple[WorldTreeError, ...]


def lock_result(
    file: Path,
    before: Mapping[ArtifactKey, LockedArtifact],
    after: ArtifactLock,
    unneeded: Collection[ArtifactKey],
    errors: Sequence[WorldTreeError],
) -> LockResult:
    """Return what became of a lock file, from its entries before and after."""
    both = [(before[one.key], one) for one in after if one.key in before]
    return LockResult(
        file,
        tuple(one for one in after if one.key not in before),
        tuple(new for old, new in both if old.sha256 != new.sha256),
        tuple(new for old, new in both if _is_confirmed(old, new)),
        tuple(key for key in before if key in unneeded),
        len(after.entries),
        tuple(errors),
    )


def new_entry(one: ListedArtifact, fetched: FetchedArtifact, directory: Path) -> LockedArtifact:
    """Return the entry of a file that is in the cache; nothing lessens the trust in its bytes.

    ``directory`` is that of the lock file.
    """
    key, before = one.declared.key, one.locked
    location = _portable(fetched.location, directory)
    trust: Trust = "first-use" if one.declared.sha256 is None else "declared"
    signed_by, manifest = fetched.signed_by or None, fetched.manifest or None
    packages = [
        package.model_copy(update={"repository": _portable(package.repository, directory)})
        for package in fetched.packages
    ]
    if packages:
        # apt has checked the signatures of what they come from.
        signed_by = one.signer
    if signed_by is not None:
        trust = "signed"
    if before is not None and before.sha256 == fetched.digest:
        location = location or before.location
        trust = max(trust, before.trust, key=_TRUST.index)
        signed_by = signed_by or before.signed_by
        manifest = manifest or before.manifest
    return LockedArtifact(
        kind=one.declared.kind,
        name=key.name,
        version=key.version,
        platform=key.platform,
        architecture=key.architecture,
        sha256=fetched.digest,
        size=fetched.size,
        trust=trust,
        location=location,
        signed_by=signed_by,
        manifest=manifest,
        request=None if one.declared.packages is None else one.declared.packages.digest,
        packages=tuple(packages) or None,
    )


def confirmed_entries(items: Iterable[ListedArtifact]) -> dict[ArtifactKey, LockedArtifact]:
    """Return the entries of first downloads whose sha256 the document, or a component, says now."""
    return {
        one.declared.key: one.locked.model_copy(update={"trust": "declared"})
        for one in items
        if one.locked is not None and one.is_confirmed
    }


def _is_confirmed(old: LockedArtifact, new: LockedArtifact) -> bool:
    return old.sha256 == new.sha256 and (old.trust, old.signed_by) != (new.trust, new.signed_by)


def _portable(location: str, directory: Path) -> str:
    """Return a path as one relative to the document, where others find it too."""
    if is_path(location) and Path(location).is_relative_to(directory):
        return f"./{Path(location).relative_to(directory)}" if location else ""
    return location
