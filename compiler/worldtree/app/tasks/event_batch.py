"""What a reader of a followed task gets: batches of events, changes of status, the end."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.event_order import OrderedEvent as OrderedEvent
    from worldtree.store.event_pages import StoredEvent as StoredEvent


@dataclass(eq=False, slots=True)
class EventBatch:
    """All events with ``after`` < number ≤ ``last``, in order; never empty.

    Many readers share one batch, and its encoded forms.
    """

    after: int
    events: Sequence[StoredEvent]
    _encoded: dict[str, Any] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self.events[-1].seq

    @property
    def size(self) -> int:
        """The characters of the stored events."""
        return sum(len(event.body) for event in self.events)

    def beyond(self, after: int) -> EventBatch:
        """Return the events after a number that is below ``last``."""
        if after == self.after:
            return self
        start = bisect_right(self.events, after, key=lambda event: event.seq)
        return EventBatch(after, self.events[start:])

    def encoded(self, form: str, encode: Callable[[EventBatch], Any]) -> Any:
        """Return what ``encode`` makes of the batch, computed once per form."""
        if form not in self._encoded:
            self._encoded[form] = encode(self)
        return self._encoded[form]


@dataclass(frozen=True, slots=True)
class OrderedBatch:
    """Events of several tasks in their common order; never empty."""

    events: Sequence[OrderedEvent]


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The status of the task is another one than the reader knew; it has no number."""

    status: TaskStatus
    message: str | None


@dataclass(frozen=True, slots=True)
class FeedEnd:
    """The last part of a feed."""

    #: The number of the last event that the reader got, or began after.
    last: int
    #: The status of the task, which is over; None where the reader has to connect again.
    status: TaskStatus | None


FeedPart = EventBatch | OrderedBatch | StatusChange | FeedEnd
