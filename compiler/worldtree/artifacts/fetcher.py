"""Brings one artifact into the cache: from its sources in order, each tried several times."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial as partial_function
from pathlib import Path

from worldtree.artifacts.cache import ArtifactCache
from worldtree.artifacts.digests_in_use import UseDigest
from worldtree.artifacts.part_fetcher import fetch_parts
from worldtree.artifacts.partial_file import PartialFile
from worldtree.artifacts.progress import (
    FetchCancelledError,
    FetchProgress,
    FetchState,
    TellProgress,
)
from worldtree.artifacts.receiver import receive
from worldtree.artifacts.sources.source_kind import SourceContext, SourceError, SourceKind
from worldtree.core.errors import WorldTreeError
from worldtree.core.file_digest import file_digest
from worldtree.core.signatures import MAX_SIGNATURE_BYTES, read_public_key
from worldtree.plan.artifact import Artifact, ArtifactSignature, ArtifactSource
from worldtree.spec.artifact_locations import shown_location

_MAX_BACKOFF_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How long, and how much."""

    #: Tries of a source one after the other without a byte more than before.
    tries: int = 4
    #: Tries of a source in all, however far each one came.
    max_tries: int = 100
    #: Seconds before the second try; doubled for each one after it.
    backoff_seconds: float = 0.5
    #: Bytes of a file whose size is not declared.
    max_bytes: int = 64 << 30


@dataclass(frozen=True, slots=True)
class FetchedArtifact:
    """An artifact that is in the cache."""

    artifact: Artifact
    #: sha256, hex.
    digest: str
    #: Bytes.
    size: int
    #: Where it was downloaded from, without credentials; empty where it was in the cache.
    location: str = ""
    #: Fingerprint of the key that has signed it; empty where no signature was checked.
    signed_by: str = ""
    #: sha256 of the manifest of a registry that it is made of; empty where it is of none.
    manifest: str = ""


class ArtifactFetcher:
    """Downloads into one cache; called from several threads and processes at once."""

    def __init__(
        self,
        cache: ArtifactCache,
        context: SourceContext,
        limits: FetchLimits | None = None,
        cancelled: threading.Event | None = None,
        use: UseDigest = lambda _: None,
        kind: SourceKind | None = None,
    ) -> None:
        """``cancelled`` ends downloads with ``FetchCancelledError`` once it is set.

        ``use`` gets the sha256 of each file before it is looked for, or comes into the cache.
        ``kind`` opens every source, where that is not the kind of its scheme.
        """
        self._cache, self._context = cache, context
        self._limits = limits or FetchLimits()
        self._cancelled = cancelled or threading.Event()
        self._use, self._kind = use, kind

    def fetch(self, artifact: Artifact, tell: TellProgress) -> FetchedArtifact:
        """Return ``artifact`` once it is in the cache, and its signature was checked.

        Another process that downloads the same is waited for. Raises ``WorldTreeError`` with the
        reason of every source, and for a signature that is not right.
        """
        found = self._fetch(artifact, tell)
        if artifact.signature is None:
            return found
        return replace(
            found, signed_by=self._checked(artifact, artifact.signature, found.digest, tell)
        )

    def _checked(
        self, artifact: Artifact, signature: ArtifactSignature, digest: str, tell: TellProgress
    ) -> str:
        """Return the fingerprint of the key that has signed ``digest``. Raises ``WorldTreeError``.

        The signature comes into the cache like any file.
        """
        key = read_public_key(Path(signature.public_key))
        file = artifact.model_copy(
            update={"sources": (signature,), "sha256": None, "size": None, "signature": None}
        )
        limits = replace(self._limits, max_bytes=MAX_SIGNATURE_BYTES)
        fetcher = ArtifactFetcher(self._cache, self._context, limits, self._cancelled, self._use)

        def tell_problems(event: FetchProgress) -> None:
            if event.reason or event.state is FetchState.WAITING:
                tell(event)

        found = fetcher.fetch(file, tell_problems)
        with self._cache.errors():
            content = self._cache.path(found.digest).read_bytes()
        if not key.has_signed(digest, content):
            raise WorldTreeError(
                f"the signature {found.location} of {artifact.key} is not one of its bytes by the"
                f" key {signature.public_key}",
                code="artifact-signature-invalid",
                hint="do not use the file before you know why; a new key goes into `publicKey`",
            )
        return key.fingerprint

    def _fetch(self, artifact: Artifact, tell: TellProgress) -> FetchedArtifact:
        name = artifact.sha256 or _partial_name(artifact)
        if artifact.sha256 is not None:
            self._use(artifact.sha256)
        waiting = FetchProgress(artifact.key, FetchState.WAITING)
        with self._cache.held(name, lambda: tell(waiting)):
            if (found := self._cached(artifact)) is not None:
                # A process that was killed right after the last step has left what it knew.
                self._cache.partial(name).discard()
                tell(FetchProgress(artifact.key, FetchState.CACHED, found.size, found.size))
                return found
            failures: list[str] = []
            partial = self._cache.partial(name)
            if (found := self._arrived(artifact, partial)) is not None:
                tell(FetchProgress(artifact.key, FetchState.CACHED, found.size, found.size))
                return found
            for source in artifact.sources:
                try:
                    return self._download(artifact, source, partial, tell)
                except SourceError as error:
                    location = shown_location(source.location)
                    failures.append(f"{location}: {error.reason}")
                    tell(
                        FetchProgress(
                            artifact.key,
                            FetchState.SOURCE_FAILED,
                            location=location,
                            reason=error.reason,
                        )
                    )
        raise _not_fetched(artifact, failures)

    def _cached(self, artifact: Artifact) -> FetchedArtifact | None:
        if artifact.sha256 is None:
            return None
        path = self._cache.find(artifact.sha256, size=artifact.size)
        if path is None:
            return None
        size = path.stat().st_size
        if artifact.size not in (None, size):
            reason = f"the file with this sha256 has {size} bytes, not {artifact.size}"
            raise _not_fetched(artifact, [reason])
        return FetchedArtifact(artifact, artifact.sha256, size)

    def _arrived(self, artifact: Artifact, partial: PartialFile) -> FetchedArtifact | None:
        """Return ``artifact`` if all of its bytes are in ``partial``, and put it into the cache.

        A process that ended right before that has left it. No source is asked: of a whole file
        there is no rest, which servers answer with an error (416).
        """
        if artifact.sha256 is None:
            return None
        with self._cache.errors():
            size = partial.size()
            if not size or size < (artifact.size or 0):
                return None
            is_whole = size == (artifact.size or size) and (
                file_digest(partial.path) == artifact.sha256
            )
            if is_whole:
                self._cache.adopt(partial, artifact.sha256)
                return FetchedArtifact(artifact, artifact.sha256, size)
            if artifact.size is not None:
                partial.discard()
        return None

    def _download(
        self, artifact: Artifact, source: ArtifactSource, partial: PartialFile, tell: TellProgress
    ) -> FetchedArtifact:
        """Try one source until it fails for good. Raises ``SourceError``."""
        furthest, without_progress = 0, 0
        for _ in range(self._limits.max_tries):
            reporter = _Reporter(artifact, source, tell, self._cancelled)
            try:
                return self._receive(artifact, source, partial, reporter)
            except SourceError as error:
                without_progress = 0 if reporter.received > furthest else without_progress + 1
                furthest = max(furthest, reporter.received)
                if not error.is_transient or without_progress >= self._limits.tries:
                    raise
                reporter.retry(error.reason)
            self._wait(without_progress)
        raise SourceError(f"the download was cut {self._limits.max_tries} times")

    def _receive(
        self, artifact: Artifact, source: ArtifactSource, partial: PartialFile, reporter: _Reporter
    ) -> FetchedArtifact:
        limit = self._limits.max_bytes
        context = replace(
            self._context,
            artifact=artifact,
            fetch_parts=partial_function(
                fetch_parts, self._for_parts, self._cache.path, reporter.tell
            ),
        )
        with self._cache.errors():
            try:
                found = receive(
                    artifact, source, partial, context, limit, reporter.tell, self._kind
                )
            except OSError:
                if artifact.sha256 is None:
                    # It is never continued: nothing is left that takes space which is missing.
                    partial.discard()
                raise
        if artifact.sha256 is not None:
            self._cache.adopt(partial, found.digest)
        else:
            self._use(found.digest)
            with self._cache.held(found.digest, reporter.wait):
                self._cache.adopt(partial, found.digest)
        fetched = FetchedArtifact(
            artifact, found.digest, found.size, reporter.location, manifest=found.manifest
        )
        reporter.report(FetchState.FETCHED, found.size, found.size)
        return fetched

    def _for_parts(self, kind: SourceKind, cancelled: threading.Event) -> ArtifactFetcher:
        return ArtifactFetcher(self._cache, self._context, self._limits, cancelled, self._use, kind)

    def _wait(self, tries: int) -> None:
        seconds = self._limits.backoff_seconds * 2 ** max(0, tries - 1)
        if self._cancelled.wait(min(seconds, _MAX_BACKOFF_SECONDS)):
            raise FetchCancelledError


class _Reporter:
    """Reports the bytes of one try."""

    def __init__(
        self,
        artifact: Artifact,
        source: ArtifactSource,
        tell: TellProgress,
        cancelled: threading.Event,
    ) -> None:
        self._key, self._tell, self._cancelled = artifact.key, tell, cancelled
        self.location = shown_location(source.location)
        self.received, self._is_started = 0, False

    def tell(self, received: int, size: int | None) -> None:
        """Report bytes. Raises ``FetchCancelledError``."""
        if self._cancelled.is_set():
            raise FetchCancelledError
        self.received = received
        state = FetchState.RECEIVING if self._is_started else FetchState.STARTED
        self._is_started = True
        self.report(state, received, size)

    def retry(self, reason: str) -> None:
        """Report that the source is tried again."""
        self.report(FetchState.RETRYING, self.received, None, reason)

    def wait(self) -> None:
        """Report that another download is waited for."""
        self.report(FetchState.WAITING, self.received, None)

    def report(self, state: FetchState, received: int, size: int | None, reason: str = "") -> None:
        """Report an event."""
        self._tell(FetchProgress(self._key, state, received, size, self.location, reason))


def _partial_name(artifact: Artifact) -> str:
    """Return the name of the partial file, and lock, of an artifact without a sha256."""
    parts = [str(artifact.key), artifact.kind, *(one.location for one in artifact.sources)]
    return "unknown-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _not_fetched(artifact: Artifact, failures: Sequence[str]) -> WorldTreeError:
    return WorldTreeError(
        f"cannot fetch {artifact.key}: " + "; ".join(failures),
        code="artifact-not-fetched",
        hint="correct the source or make it reachable, or add another one to `sources`",
    )
