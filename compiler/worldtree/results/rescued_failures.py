"""Which failures of Ansible tasks a `rescue` section handled."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.results.events import Event, EventKind
from worldtree.results.play_end import read_play_ends
from worldtree.results.status import HostStatus


class RescuedFailures:
    """Whether an event is a failure that stopped nothing.

    A failure that is not ignored ends the play on its host. Where the host came to the end of the
    play nevertheless, as the PLAY_ENDED events among ``events`` report, it was rescued. Journals of
    version 2 report no ends: none of their failures counts as rescued.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        #: Attempt, node and host of each host that came to the end.
        self._done = {
            (event.attempt, event.node, host)
            for event in events
            if event.kind is EventKind.PLAY_ENDED
            for host, end in read_play_ends(event.result).items()
            if end.is_done
        }

    def __contains__(self, event: Event) -> bool:
        return (
            event.status in (HostStatus.FAILED, HostStatus.UNREACHABLE)
            and not event.ignored
            and (event.attempt, event.node, event.host) in self._done
        )
