"""What a download tells while it works: events for a display, one artifact each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from worldtree.plan.artifact import ArtifactKey


class FetchState(StrEnum):
    """What has happened to an artifact."""

    #: A source was opened.
    STARTED = "started"
    #: More bytes have arrived.
    RECEIVING = "receiving"
    #: Another download, of this command or another one, works with the file; it is waited for.
    WAITING = "waiting"
    #: A source is tried again; ``reason`` says why.
    RETRYING = "retrying"
    #: A source was left for the next one, if there is one; ``reason`` says why.
    SOURCE_FAILED = "source-failed"
    #: It was in the cache already.
    CACHED = "cached"
    FETCHED = "fetched"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """One event."""

    key: ArtifactKey
    state: FetchState
    #: Bytes that are there, and those of the whole file where they are known.
    received: int = 0
    size: int | None = None
    #: Where the bytes come from, without credentials.
    location: str = ""
    reason: str = ""


class FetchCancelledError(Exception):
    """The caller does not want the artifact any more."""


#: Gets the events.
TellProgress = Callable[[FetchProgress], None]
