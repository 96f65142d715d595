"""Sees to it that the cache has what a run sends to its hosts, before any host is contacted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.settings import Settings
from worldtree.core.text import and_more
from worldtree.core.written_paths import home_path
from worldtree.plan.artifact import located
from worldtree.plan.pinned_artifact import PinnedArtifact, asks_for, read_artifacts
from worldtree.spec.artifact_names import ANY_ARCHITECTURE, GO_NAMES

if TYPE_CHECKING:
    from worldtree.app.ports import Ports
    from worldtree.app.tasks.task_context import TaskContext
    from worldtree.app.tasks.task_runner import TaskObserver
    from worldtree.artifacts.cache import ArtifactCache
    from worldtree.artifacts.digests_in_use import UseDigest
    from worldtree.artifacts.progress import FetchProgress
    from worldtree.engine.prior_results import PriorResults
    from worldtree.plan.plan import Plan

#: Artifacts that a message names.
_MAX_NAMES = 5
#: Downloads at once.
_PARALLEL = 4


class RunArtifacts:
    """The artifacts of one run."""

    def __init__(self, settings: Settings, ports: Ports, context: TaskContext) -> None:
        self._settings, self._ports, self._context = settings, ports, context

    @contextmanager
    def held(
        self,
        known: PriorResults,
        facts: Mapping[str, Mapping[str, Any]],
        observer: TaskObserver,
        *,
        fetches: bool,
    ) -> Iterator[None]:
        """Keep in the cache what the run may send, for the length of the block.

        ``facts`` are the last facts by host. With ``fetches``, what is missing is downloaded.
        Raises ``RefusedError`` for what is missing, and for a file whose sha256 is not known, and
        ``WorldTreeError`` where no source gives it.
        """
        wanted = needed(read_artifacts(self._context.bundle), self._context.plan, known, facts)
        if not wanted:
            yield
            return
        from worldtree.artifacts.cache import DIRECTORY, ArtifactCache
        from worldtree.artifacts.digests_in_use import digests_in_use

        _refuse_unlocked(wanted)
        cache = ArtifactCache(self._settings.home / DIRECTORY)
        with digests_in_use(cache) as use:
            digests = [one.sha256 for one in wanted if one.sha256 is not None]
            for digest in digests:
                use(digest)
            missing = [one for one in wanted if one.sha256 and not cache.has(one.sha256)]
            if missing and fetches:
                self._fetch(cache, missing, observer, use)
            elif missing:
                names = and_more([str(one.key) for one in missing], _MAX_NAMES)
                raise RefusedError(
                    f"the artifact cache of this machine, {cache.directory}, does not have {names}",
                    code="artifact-not-cached",
                    hint="run `wt artifacts fetch` on this machine, and try again",
                )
            yield

    def _fetch(
        self,
        cache: ArtifactCache,
        missing: Sequence[PinnedArtifact],
        observer: TaskObserver,
        use: UseDigest,
    ) -> None:
        """Download; a cancel ends it, and what was downloaded is kept for the next time."""
        import threading

        from worldtree.app.artifacts.artifact_secrets import plan_context
        from worldtree.artifacts.download_queue import fetch_all
        from worldtree.artifacts.fetcher import ArtifactFetcher
        from worldtree.artifacts.progress import FetchCancelledError

        base = self._context.base
        files = [
            located(one.file_to_fetch(), lambda path: (base or home_path(".")) / home_path(path))
            for one in missing
        ]
        errors: list[WorldTreeError] = []
        with plan_context(self._context.plan, base, self._ports) as sources:

            def fetcher(cancelled: threading.Event) -> ArtifactFetcher:
                observer.cancellation.listen(cancelled.set)
                return ArtifactFetcher(cache, sources, cancelled=cancelled, use=use)

            def tell(event: FetchProgress) -> None:
                if (words := _words(event)) is not None:
                    observer.notify(words)

            try:
                for outcome in fetch_all(fetcher, files, _PARALLEL, tell):
                    if outcome.error is not None:
                        errors.append(outcome.error)
            except FetchCancelledError:
                return
        if errors:
            first = errors[0]
            rest = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            raise WorldTreeError(
                f"{first.message}{rest}; no host was contacted",
                code=first.code,
                hint=f"{first.hint}; `wt artifacts fetch` tries again without a run",
            )


def needed(
    artifacts: Iterable[PinnedArtifact],
    plan: Plan,
    known: PriorResults,
    facts: Mapping[str, Mapping[str, Any]],
) -> list[PinnedArtifact]:
    """Return the artifacts that nodes may send which run, to hosts whose machine they are for.

    Nodes that only look, remove or undo send nothing.
    """
    listed = list(artifacts)
    if not listed or plan.undoes is not None or _removes(plan):
        return []
    running = [
        (node, host)
        for node in plan.graph.nodes.values()
        if node.reversibility != "read-only"
        for host in node.hosts
        if (node.id, host) not in known.results and (node.id, host) not in known.left_out
    ]
    return [
        one
        for one in listed
        if any(
            host in one.hosts and asks_for(node, one) and _fits(one, facts.get(host, {}))
            for node, host in running
        )
    ]


def _removes(plan: Plan) -> bool:
    from worldtree.catalog.pipeline import ModuleOrder
    from worldtree.catalog.pipeline_registry import pipelines

    found = pipelines().get(plan.pipeline)
    return found is not None and found.order is ModuleOrder.REVERSED


def _fits(one: PinnedArtifact, facts: Mapping[str, Any]) -> bool:
    machine = facts.get("ansible_architecture")
    return (
        machine is None
        or one.architecture == ANY_ARCHITECTURE
        or GO_NAMES.get(str(machine), str(machine)) == one.architecture
    )


def _refuse_unlocked(wanted: Sequence[PinnedArtifact]) -> None:
    unlocked = [str(one.key) for one in wanted if one.sha256 is None]
    if unlocked:
        raise RefusedError(
            f"neither the document nor its lock file has the sha256 of"
            f" {and_more(unlocked, _MAX_NAMES)}, or they differ, or its signature was not checked",
            code="artifact-not-locked",
            hint="run `wt artifacts lock`, and review what it writes",
        )


def _words(event: FetchProgress) -> str | None:
    """Return what is said of an event of a download; nothing of each chunk."""
    from worldtree.artifacts.progress import FetchState

    match event.state:
        case FetchState.STARTED:
            return f"fetching {event.key} from {event.location}"
        case FetchState.FETCHED:
            return f"fetched {event.key}: {event.received} bytes"
        case FetchState.WAITING:
            return f"{event.key}: waiting for another download of the same file"
        case FetchState.RETRYING:
            return f"{event.key}: {event.location}: {event.reason}; trying again"
        case FetchState.SOURCE_FAILED:
            return f"{event.key}: {event.location}: {event.reason}"
    return None
