"""Fetches the parts that one artifact is made of, several at once, into the same cache."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.artifacts.download_queue import fetch_all
from worldtree.artifacts.progress import FetchProgress, FetchState
from worldtree.artifacts.sources.source_kind import SourceError, SourceKind
from worldtree.plan.artifact import Artifact

if TYPE_CHECKING:
    from worldtree.artifacts.fetcher import ArtifactFetcher

#: Downloads at once, besides other artifacts.
_PARALLEL = 4
_COUNTED = (FetchState.STARTED, FetchState.RECEIVING, FetchState.CACHED, FetchState.FETCHED)


def fetch_parts(
    make_fetcher: Callable[[SourceKind, threading.Event], ArtifactFetcher],
    path_of: Callable[[str], Path],
    tell: Callable[[int, int | None], None],
    parts: Sequence[Artifact],
    kind: SourceKind,
) -> Sequence[Path]:
    """Return the files of ``parts`` in the cache, in their order; each has a sha256 and a size.

    ``path_of`` says where the cache has a sha256. ``tell`` gets the bytes that are there of all
    parts, and those that they have together; its exceptions propagate and end the downloads.
    Raises ``SourceError`` for the first that fails.
    """
    wanted = {one.sha256: one for one in parts if one.sha256 is not None}
    total = sum(one.size or 0 for one in wanted.values())
    received: dict[str, int] = {}
    reasons: dict[str, str] = {}

    def count(event: FetchProgress) -> None:
        name = event.key.name
        if event.state in _COUNTED:
            received[name] = event.received
        if event.state is FetchState.SOURCE_FAILED:
            reasons[name] = event.reason
        tell(sum(received.values()), total)

    outcomes = fetch_all(
        lambda cancelled: make_fetcher(kind, cancelled),
        list(wanted.values()),
        _PARALLEL,
        count,
        # They use the connections of `kind`, which are closed afterwards.
        waits=True,
    )
    with closing(outcomes):
        for outcome in outcomes:
            if outcome.error is not None:
                name = outcome.artifact.name
                if name in reasons and outcome.error.code == "artifact-not-fetched":
                    raise SourceError(f"its part sha256:{name}: {reasons[name]}")
                raise outcome.error
    return [path_of(one.sha256) for one in parts if one.sha256 is not None]
