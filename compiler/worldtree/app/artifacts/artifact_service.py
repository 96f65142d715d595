"""Lists, locks, fetches and verifies the artifacts of documents, and prunes their cache."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldtree.app.artifacts.artifact_list import ArtifactList, ListedArtifact
from worldtree.app.artifacts.artifact_secrets import source_context
from worldtree.app.artifacts.lock_entries import (
    LockResult,
    confirmed_entries,
    lock_result,
    new_entry,
)
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.hosts.fact_store import facts_only
from worldtree.artifacts.cache import DIRECTORY, ArtifactCache
from worldtree.artifacts.cache_check import CheckState, check_files
from worldtree.artifacts.cache_prune import (
    CachePruned,
    lock_file_held,
    locked_digests,
    prune_cache,
    register_lock_file,
)
from worldtree.artifacts.digests_in_use import UseDigest, digests_in_use
from worldtree.artifacts.download_queue import FetchOutcome, fetch_all
from worldtree.artifacts.fetcher import ArtifactFetcher
from worldtree.artifacts.lock_file import write_lock
from worldtree.artifacts.progress import FetchProgress, FetchState, TellProgress
from worldtree.compile.artifact_needs import artifact_needs, signer_of
from worldtree.core.errors import InputError, WorldTreeError
from worldtree.plan.artifact import Artifact, ArtifactKey
from worldtree.plan.artifact_lock import LOCK_FILE, ArtifactLock, LockedArtifact, read_lock
from worldtree.spec.cluster import Cluster

if TYPE_CHECKING:
    from worldtree.app.documents.document_service import DocumentService
    from worldtree.app.ports import Ports
    from worldtree.compile.compiler import PlanResult
    from worldtree.core.settings import Settings
    from worldtree.store.store import Store

__all__ = [
    "ArtifactList",
    "ArtifactService",
    "CachePruned",
    "FetchOptions",
    "FetchOutcome",
    "FetchProgress",
    "FetchState",
    "LockResult",
    "VerifyResult",
]


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How much at once, and how large the cache may become."""

    parallel: int = 4
    #: Bytes; None for no bound.
    max_size: int | None = None


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Whether the cache has everything, with the right bytes."""

    verified: tuple[ArtifactKey, ...]
    #: Files that are not in the cache.
    missing: tuple[ArtifactKey, ...]
    #: Files that were damaged, and are removed.
    damaged: tuple[ArtifactKey, ...]


class ArtifactService:
    """Works on the cache below the home, for documents of the owner of this machine."""

    def __init__(
        self,
        settings: Settings,
        ports: Ports,
        documents: Callable[[], DocumentService],
        store: Callable[[], Store | None],
    ) -> None:
        self._ports, self._documents, self._store = ports, documents, store
        self._cache = ArtifactCache(settings.home / DIRECTORY)

    def list_artifacts(self, request: DocumentRequest) -> ArtifactList:
        """Return what a document needs. Raises ``InputError``; downloads nothing."""
        return self._listed(self._documents().plan(request))

    def lock(
        self,
        request: DocumentRequest,
        options: FetchOptions,
        tell: TellProgress,
        *,
        update: Collection[str] = (),
        remove_unneeded: bool = False,
    ) -> LockResult:
        """Write the lock file of a document; download what nobody says the sha256 and size of.

        Signatures are checked that were not yet, or by another key than before.
        ``update`` names artifacts that are downloaded again, though the lock file has them; of two
        clusters beside each other both keep their entries, unless ``remove_unneeded``. What cannot
        be downloaded is left out, and named in the result. Raises ``WorldTreeError``, for a name
        in ``update`` that the document does not have before anything is downloaded.
        """
        planned = self._documents().plan(request)
        listed = self._listed(planned)
        listed.refuse_unknown(update)
        before = read_lock(listed.lock_file)
        wanted = [
            one
            for one in listed.items
            if one.locked is None or one.is_stale or one.is_unsigned or one.declared.name in update
        ]
        own = confirmed_entries(listed.items)
        errors: list[WorldTreeError] = []
        names = {one.declared.key: one for one in wanted}
        artifacts = [one.to_lock(is_updated=one.declared.name in update) for one in wanted]
        self._register(listed.lock_file)
        unneeded: set[ArtifactKey] = set()
        # Until the lock file names what was downloaded.
        with digests_in_use(self._cache) as use:
            try:
                for outcome in self._fetched(planned, artifacts, options, tell, use):
                    if outcome.error is not None:
                        errors.append(outcome.error)
                    elif outcome.fetched is not None:
                        one = names[outcome.artifact.key]
                        own[outcome.artifact.key] = new_entry(
                            one, outcome.fetched, listed.lock_file.parent
                        )
                if remove_unneeded:
                    unneeded = before.entries.keys() - {one.declared.key for one in listed.items}
            finally:
                # Also after Ctrl-C: what was downloaded is not downloaded again.
                old, lock = self._merge(listed.lock_file, own, unneeded)
        return lock_result(listed.lock_file, old, lock, unneeded, errors)

    def _merge(
        self,
        file: Path,
        own: Mapping[ArtifactKey, LockedArtifact],
        unneeded: Collection[ArtifactKey],
    ) -> tuple[Mapping[ArtifactKey, LockedArtifact], ArtifactLock]:
        """Put entries into a lock file, and take others out; return its former and new entries.

        It is read again, because other commands change it while this one downloads.
        """
        with lock_file_held(self._cache, file):
            old = read_lock(file).entries
            kept = [one for key, one in old.items() if key not in unneeded]
            lock = ArtifactLock.of([*kept, *own.values()])
            write_lock(lock, file)
        self._register(file)
        return old, lock

    def _register(self, file: Path) -> None:
        if file.is_file():
            register_lock_file(self._cache, file)

    def fetch(
        self, request: DocumentRequest, options: FetchOptions, tell: TellProgress
    ) -> tuple[FetchOutcome, ...]:
        """Bring everything that a document needs into the cache; return how each one ended.

        Raises ``RefusedError`` where a sha256 is not known, before anything is downloaded.
        """
        planned = self._documents().plan(request)
        listed = self._listed(planned)
        listed.refuse_unlocked()
        self._register(listed.lock_file)
        artifacts = [one.pinned() for one in listed.items]
        with digests_in_use(self._cache) as use:
            return tuple(self._fetched(planned, artifacts, options, tell, use))

    @contextmanager
    def all_fetched(
        self, request: DocumentRequest, options: FetchOptions, tell: TellProgress
    ) -> Iterator[ArtifactList]:
        """Give what a document needs for every architecture, with all of it in the cache.

        It stays there for the length of the block. Stored facts are not used: a host without a
        label `architecture` needs all. Raises ``WorldTreeError`` for what cannot be fetched.
        """
        planned = self._documents().plan(request)
        listed = self._listed(planned, {})
        listed.refuse_unlocked()
        self._register(listed.lock_file)
        artifacts = [one.pinned() for one in listed.items]
        with digests_in_use(self._cache) as use:
            for outcome in self._fetched(planned, artifacts, options, tell, use):
                if outcome.error is not None:
                    raise outcome.error
            yield listed

    def verify(self, request: DocumentRequest) -> VerifyResult:
        """Read everything in the cache that a document needs; needs no network.

        Raises ``RefusedError`` where a sha256 is not known.
        """
        listed = self.list_artifacts(request)
        listed.refuse_unlocked()
        checked = check_files(
            self._cache, {one.sha256 for one in listed.items if one.sha256 is not None}
        )

        def keys(state: CheckState) -> tuple[ArtifactKey, ...]:
            return tuple(
                one.declared.key
                for one in listed.items
                if one.sha256 is not None and checked[one.sha256] is state
            )

        return VerifyResult(
            keys(CheckState.VERIFIED), keys(CheckState.MISSING), keys(CheckState.DAMAGED)
        )

    def prune(self, max_size: int) -> CachePruned:
        """Remove from the cache what no lock file names, until it has ``max_size`` bytes."""
        return prune_cache(self._cache, max_size, locked_digests(self._cache))

    def _listed(
        self, planned: PlanResult, facts: Mapping[str, Mapping[str, Any]] | None = None
    ) -> ArtifactList:
        """Return the artifacts of a plan; by default with the stored facts."""
        if facts is None:
            facts = self._facts(planned.plan.cluster)
        lock_file = _lock_file(planned.cluster, self._ports.working_directory)
        lock = read_lock(lock_file)
        items = []
        for need in artifact_needs(planned.state, facts):
            one = ListedArtifact(
                need,
                lock.entries.get(need.artifact.key),
                is_cached=False,
                signer=signer_of(need.artifact),
            )
            if one.sha256 is not None and self._cache.has(one.sha256):
                one = replace(one, is_cached=True)
            items.append(one)
        return ArtifactList(planned.plan.cluster, lock_file, tuple(items))

    def _facts(self, cluster: str) -> Mapping[str, Mapping[str, Any]]:
        store = self._store()
        if store is None:
            return {}
        return {host: facts_only(one.body) for host, one in store.facts(cluster).items()}

    def _fetched(
        self,
        planned: PlanResult,
        artifacts: list[Artifact],
        options: FetchOptions,
        tell: TellProgress,
        use: UseDigest,
    ) -> Iterator[FetchOutcome]:
        """Yield outcomes; keep the cache within its bound after each of them.

        ``use`` keeps what is downloaded. Raises ``InputError`` for a lock file of others that
        cannot be read, before anything is downloaded: the bound needs what it names.
        """
        for one in artifacts:
            if one.sha256 is not None:
                use(one.sha256)
        # Other commands lock files meanwhile, so that it is read again before each removal.
        kept = frozenset() if options.max_size is None else locked_digests(self._cache)
        with source_context(planned.cluster, self._ports) as context:
            for outcome in fetch_all(
                lambda cancelled: ArtifactFetcher(
                    self._cache, context, cancelled=cancelled, use=use
                ),
                artifacts,
                options.parallel,
                tell,
            ):
                if outcome.fetched is not None and options.max_size is not None:
                    # A lock file that others broke meanwhile ends nothing half way; what it names
                    # is unknown then, and nothing is removed.
                    with suppress(InputError):
                        locked = kept | locked_digests(self._cache)
                        prune_cache(self._cache, options.max_size, locked)
                yield outcome


def _lock_file(cluster: Cluster, working_directory: Path) -> Path:
    return (cluster.directory or working_directory) / LOCK_FILE
