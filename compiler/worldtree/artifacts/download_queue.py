"""Fetches many artifacts at once, and hands events to the thread that asked."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.artifacts.progress import FetchProgress, FetchState, TellProgress
from worldtree.core.errors import WorldTreeError
from worldtree.plan.artifact import Artifact

if TYPE_CHECKING:
    # It uses the queue for the parts of one artifact.
    from worldtree.artifacts.fetcher import ArtifactFetcher, FetchedArtifact

    #: Makes a fetcher that ends once the event is set.
    MakeFetcher = Callable[[threading.Event], ArtifactFetcher]


@dataclass(frozen=True, slots=True)
class FetchOutcome:
    """How it ended: ``fetched`` or ``error``."""

    artifact: Artifact
    fetched: FetchedArtifact | None = None
    error: WorldTreeError | None = None


def fetch_all(
    make_fetcher: MakeFetcher,
    artifacts: Sequence[Artifact],
    workers: int,
    tell: TellProgress,
    *,
    waits: bool = False,
) -> Generator[FetchOutcome, None, None]:
    """Yield the outcome of each of ``artifacts`` as it ends; ``workers`` are worked on at once.

    ``tell`` is called in the thread of the caller. When the caller stops early, also by Ctrl-C,
    downloads end at their next chunk, and what they have is kept for the next time; with ``waits``
    their end is waited for. Raises what is neither an outcome nor an event: an error of this
    program.
    """
    cancelled = threading.Event()
    waiting: queue.SimpleQueue[Artifact] = queue.SimpleQueue()
    said: queue.SimpleQueue[FetchProgress | FetchOutcome | BaseException] = queue.SimpleQueue()
    for artifact in artifacts:
        waiting.put(artifact)
    fetcher = make_fetcher(cancelled)

    def work() -> None:
        while not cancelled.is_set():
            try:
                artifact = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                said.put(_outcome(fetcher, artifact, said.put))
            except BaseException as error:  # Raised in the thread of the caller.
                said.put(error)
                return

    # Not joined at the end of the program: a stalled server must not hold up Ctrl-C.
    threads = [
        threading.Thread(target=work, name="artifact", daemon=True)
        for _ in range(min(workers, len(artifacts)))
    ]
    for thread in threads:
        thread.start()
    try:
        left = len(artifacts)
        while left:
            one = said.get()
            if isinstance(one, FetchProgress):
                tell(one)
            elif isinstance(one, FetchOutcome):
                left -= 1
                yield one
            else:
                raise one
    finally:
        cancelled.set()
        for thread in threads if waits else ():
            thread.join()


def _outcome(
    fetcher: ArtifactFetcher, artifact: Artifact, tell: Callable[[FetchProgress], None]
) -> FetchOutcome:
    try:
        return FetchOutcome(artifact, fetched=fetcher.fetch(artifact, tell))
    except WorldTreeError as error:
        tell(FetchProgress(artifact.key, FetchState.FAILED, reason=error.message))
        return FetchOutcome(artifact, error=error)
