"""Where Ansible left a host when a play, or one batch of its hosts, ended by itself."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class PlayEnd(StrEnum):
    """An end as ``runner.inside.play_end_reporter`` reports it."""

    #: It did the play's last task, or the play had none for it.
    END = "end"
    #: `meta` (end_host, end_batch, end_play) ended it; it had not failed.
    ENDED = "ended"
    #: It failed for good, or the failure of another host stopped it.
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    #: Lost in an earlier play of the run, so this one did nothing there.
    OUT = "out"

    @property
    def is_done(self) -> bool:
        """Whether the node is done on the host."""
        return self in (PlayEnd.END, PlayEnd.ENDED)


def read_play_ends(result: Mapping[str, Any]) -> dict[str, PlayEnd]:
    """Return the end per host from the ``result`` of a PLAY_ENDED.

    A host whose end cannot be read is left out, as one of which nothing was reported: its end is
    unknown, so it does not count as done. Events of earlier releases have the text of a redaction
    in place of an end.
    """
    hosts = result.get("hosts")
    ends = hosts.items() if isinstance(hosts, dict) else ()
    known = {end.value: end for end in PlayEnd}
    return {host: known[end] for host, end in ends if isinstance(end, str) and end in known}
