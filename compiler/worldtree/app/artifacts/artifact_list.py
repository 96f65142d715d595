"""The artifacts of a document, with what the lock file and the cache have of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from worldtree.core.errors import Diagnostic, InputError, RefusedError
from worldtree.core.suggestions import did_you_mean
from worldtree.core.text import and_more
from worldtree.plan.artifact import Artifact, ArtifactNeed
from worldtree.plan.artifact_lock import LockedArtifact

#: Artifacts that a message names.
_MAX_NAMES = 5


class ArtifactState(StrEnum):
    """How far an artifact is."""

    #: Nobody says its sha256 yet.
    UNLOCKED = "unlocked"
    #: The document, or a component, says another sha256 than the lock file.
    STALE = "stale"
    #: Its signature was not checked yet, or with another key.
    UNSIGNED = "unsigned"
    #: Its sha256 is known.
    LOCKED = "locked"
    #: It is in the cache.
    CACHED = "cached"


@dataclass(frozen=True, slots=True)
class ListedArtifact:
    """A file that is needed, and what is known of it."""

    need: ArtifactNeed
    locked: LockedArtifact | None
    is_cached: bool
    #: Fingerprint of the key that has to have signed it; None where nobody has to.
    signer: str | None = None

    @property
    def declared(self) -> Artifact:
        """The file as it is requested."""
        return self.need.artifact

    @property
    def is_stale(self) -> bool:
        """Whether the lock file says something else than the request."""
        return self.locked is not None and not self.locked.answers(self.declared)

    @property
    def is_unsigned(self) -> bool:
        """Whether its signature has to be checked before it is used."""
        signed_by = None if self.locked is None else self.locked.signed_by
        return self.signer is not None and self.signer != signed_by

    @property
    def is_confirmed(self) -> bool:
        """Whether the request says the sha256 that a first download has put into the lock file."""
        locked = self.locked
        return (
            locked is not None
            and locked.trust == "first-use"
            and not self.is_stale
            and self.declared.sha256 is not None
        )

    @property
    def sha256(self) -> str | None:
        """The sha256 that counts; None where nobody says it."""
        if self.declared.sha256 is not None or self.locked is None:
            return self.declared.sha256
        return self.locked.sha256

    @property
    def size(self) -> int | None:
        """Bytes, where known."""
        if self.locked is None or self.is_stale:
            return self.declared.size
        return self.locked.size

    @property
    def state(self) -> ArtifactState:
        """How far it is."""
        if self.is_stale:
            return ArtifactState.STALE
        if self.sha256 is None:
            return ArtifactState.UNLOCKED
        if self.is_unsigned:
            return ArtifactState.UNSIGNED
        return ArtifactState.CACHED if self.is_cached else ArtifactState.LOCKED

    def pinned(self) -> Artifact:
        """Return the file with the sha256 and size that count, which the lock file vouches for."""
        return self.to_check().model_copy(update={"signature": None})

    def to_check(self) -> Artifact:
        """Return the file with the sha256 and size that count, and the signature to be checked."""
        update: dict[str, object] = {"sha256": self.sha256, "size": self.size}
        if self.locked is not None and not self.is_stale:
            update["manifest"] = self.locked.manifest
            update["locked_packages"] = self.locked.packages or ()
        return self.declared.model_copy(update=update)

    def to_lock(self, *, is_updated: bool) -> Artifact:
        """Return the file as the lock file is written from it; ``is_updated`` if it is asked to be.

        Packages are resolved again where their keys or what is asked for differ, with the versions
        of before where these still are there.
        """
        if self.declared.packages is not None and not is_updated:
            kept = () if self.locked is None else self.locked.packages or ()
            return self.declared.model_copy(update={"locked_packages": kept})
        return self.declared if is_updated or self.is_stale else self.to_check()


@dataclass(frozen=True, slots=True)
class ArtifactList:
    """What one cluster needs, sorted by name."""

    cluster: str
    lock_file: Path
    items: tuple[ListedArtifact, ...]

    def refuse_unknown(self, names: Collection[str]) -> None:
        """Raise ``InputError`` for names that no file here has."""
        known = sorted({one.declared.name for one in self.items})
        otherwise = "`wt artifacts list` shows the names"
        unknown = [name for name in sorted(set(names)) if name not in known]
        if unknown:
            raise InputError(
                Diagnostic(
                    "unknown-artifact",
                    f"the cluster `{self.cluster}` has no artifact `{name}`",
                    "Neither the document nor one of its components needs one of this name.",
                    did_you_mean(name, known, otherwise),
                )
                for name in unknown
            )

    def refuse_unlocked(self) -> None:
        """Raise ``RefusedError`` for files of which nobody says the sha256, or two different."""
        unlocked = [
            one.declared.key
            for one in self.items
            if one.state in (ArtifactState.UNLOCKED, ArtifactState.STALE, ArtifactState.UNSIGNED)
        ]
        if unlocked:
            names = and_more([str(key) for key in unlocked], _MAX_NAMES)
            raise RefusedError(
                f"{self.lock_file.name} does not have the sha256 of {names}, or another one than"
                " the document, or one whose signature was not checked",
                code="artifact-not-locked",
                hint="run `wt artifacts lock`, and review what it writes",
            )
