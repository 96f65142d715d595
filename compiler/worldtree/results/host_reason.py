"""Why a host has its status where no Ansible task says so; stored by value, shown as text."""

from __future__ import annotations

from enum import StrEnum


class HostReason(StrEnum):
    """A reason that code decides by; ``text`` is what people read."""

    #: Another host's failure ended the play while this host was in it.
    PLAY_ABORTED = "play-aborted"
    #: Failures ended the play in an earlier batch: on all its hosts, or on more than allowed.
    BATCH_NOT_STARTED = "batch-not-started"
    #: ``meta: end_play`` ended the play before the host's batch.
    PLAY_ENDED = "play-ended"
    #: Ansible's play did not have the host, or left it out after an earlier play.
    NOT_IN_PLAY = "not-in-play"
    #: Ansible did not report where the host ended in the play.
    END_UNKNOWN = "end-unknown"
    #: The run was ended, broke down or could not start before the host's first Ansible task.
    RUN_ENDED = "run-ended"
    #: The run was ended, or broke down, between two Ansible tasks.
    CUT_OFF = "cut-off"
    #: The run was ended, or broke down, within an Ansible task.
    CUT_OFF_IN_TASK = "cut-off-in-task"
    #: The control machine itself went down.
    MACHINE_WENT_DOWN = "machine-went-down"
    #: No connection was made, neither by the connection check nor by its first Ansible task.
    NEVER_CONNECTED = "never-connected"
    #: The operator selected other nodes or hosts.
    NOT_SELECTED = "not-selected"
    #: Check mode cannot predict what the node does.
    UNKNOWN_UNTIL_RUN = "unknown-until-run"

    @property
    def text(self) -> str:
        """One line, lower case, without a full stop."""
        return _TEXTS[self]


_TEXTS = {
    HostReason.PLAY_ABORTED: "Ansible aborted the play on all hosts because another host failed",
    HostReason.BATCH_NOT_STARTED: "not started: failures in an earlier batch ended the play",
    HostReason.PLAY_ENDED: "`meta: end_play` ended the play before this host's turn",
    HostReason.NOT_IN_PLAY: "not started: Ansible left this host out of the play",
    HostReason.END_UNKNOWN: "Ansible did not report that the host reached the end of the play",
    HostReason.RUN_ENDED: "not started: the run ended before its first Ansible task",
    HostReason.CUT_OFF: "interrupted before the end",
    HostReason.CUT_OFF_IN_TASK: "interrupted during an Ansible task",
    HostReason.MACHINE_WENT_DOWN: "the control machine went down; the progress here is unknown",
    HostReason.NEVER_CONNECTED: "not started: no connection was made",
    HostReason.NOT_SELECTED: "left out: not selected for this run",
    HostReason.UNKNOWN_UNTIL_RUN: "unknown until run",
}
