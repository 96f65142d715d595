"""What a kind of source is: it opens one place of a file as a stream of bytes.

Packages add kinds by the entry-point group ``worldtree.artifact_sources``: the name of an entry is
a scheme, and it loads to a subclass of ``SourceKind``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.plan.artifact import Artifact, ArtifactSource
from worldtree.plan.packages import LockedPackage


class SourceError(Exception):
    """A source has no usable bytes; the text says why, without credentials."""

    def __init__(self, reason: str, *, is_transient: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        #: Whether the same request may succeed a little later.
        self.is_transient = is_transient


#: Brings files that an artifact is made of into the cache, by a kind of sources, several at once;
#: returns them in their order. Raises ``SourceError``.
FetchParts = Callable[[Sequence[Artifact], "SourceKind"], Sequence[Path]]


def _no_parts(_parts: Sequence[Artifact], _kind: SourceKind) -> Sequence[Path]:
    raise SourceError("there is no cache for its parts")


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source may use besides its own settings."""

    #: Value of a reference such as ``${env:MIRROR_PASSWORD}``. Raises ``SourceError``.
    secret: Callable[[str], str]
    #: Seconds without a byte after which a source has stalled.
    stall_seconds: float = 30.0
    #: What is wanted from the source; set for each download.
    artifact: Artifact | None = None
    fetch_parts: FetchParts = _no_parts


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """The bytes of a file, from ``offset`` to its end."""

    #: Raises ``SourceError`` where the bytes end too early.
    chunks: Iterator[bytes]
    #: Where the first byte stands: that of the resume point, or 0 where there is no continuing.
    offset: int
    #: Bytes of the whole file; None where the source does not say.
    size: int | None
    #: What names this version of the file; empty where a download cannot be continued.
    validator: str
    #: Whether a cut at the end would show without the size or the sha256.
    shows_cuts: bool
    #: sha256 of the manifest of a registry that the file is made of; empty for other sources.
    manifest: str = ""
    #: The package files that it is made of; none for other kinds of artifacts.
    packages: tuple[LockedPackage, ...] = ()


class SourceKind(ABC):
    """Opens sources of one scheme; it is called from several threads."""

    @abstractmethod
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> AbstractContextManager[OpenedSource]:
        """Give the bytes of ``source`` from ``point`` on, or from its beginning.

        Raises ``SourceError``. What else it raises counts as one that is not transient.
        """
