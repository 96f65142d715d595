"""Where Ansible left a host when a play, or one batch of its hosts, ended by itself."""

from __future__ import annotations

from enum import StrEnum


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
