"""What a kind of source is: it opens one place of a file as a stream of bytes.

Packages add kinds by the entry-point group ``worldtree.artifact_sources``: the name of an entry is
a scheme, and it loads to a subclass of ``SourceKind``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.plan.artifact import ArtifactSource


class SourceError(Exception):
    """A source has no usable bytes; the text says why, without credentials."""

    def __init__(self, reason: str, *, is_transient: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        #: Whether the same request may succeed a little later.
        self.is_transient = is_transient


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source may use besides its own settings."""

    #: Value of a reference such as ``${env:MIRROR_PASSWORD}``. Raises ``SourceError``.
    secret: Callable[[str], str]
    #: Seconds without a byte after which a source has stalled.
    stall_seconds: float = 30.0


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


class SourceKind(ABC):
    """Opens sources of one scheme; it is called from several threads."""

    @abstractmethod
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> AbstractContextManager[OpenedSource]:
        """Give the bytes of ``source`` from ``point`` on, or from its beginning.

        Raises ``SourceError``. What else it raises counts as one that is not transient.
        """
