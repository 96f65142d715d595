"""The truth table of host statuses: from one run's evidence about a node on a host.

A node is done on a host when Ansible reports, at the end of the play or of the host's batch, that
the host came to the end (``PlayEnd``). The first row that fits decides:

==================================================================  ===========
evidence about the node on the host                                 status
==================================================================  ===========
lost in an earlier node of the same run, or the play never began    not-run
the run is in progress, and so is the play on the host              running
it came to the end, or `meta` ended it:
  ended by its precheck, nothing changed                            skipped
  some task changed                                                 changed
  every task skipped                                                skipped
  else, also without any task event (run_once work, an empty role)  ok
tasks failed or were unreachable, and nothing rescued that          failed,
                                                                    unreachable
stopped because of another host: before its first task              not-run
stopped because of another host: later                              failed
no end was reported, as the run was cut off: without a task event   not-run
no end was reported, as the run was cancelled                       cancelled
no end was reported, as the run was cut off: otherwise              failed
no end was reported: `meta: end_play` ended the play before it      skipped
no end was reported: its batch never began                          not-run
==================================================================  ===========

Where the run was cut off, a host also came to the end when its last task was the last of the play
for it, or when the precheck ended it. So a host that hangs does not fail the others.

Journals of earlier versions report no ends. Ansible's events say that a task failed, not whether a
rescue handled it, nor that a play was aborted on healthy hosts. For them, the first row that fits:

==================================================================  ===========
evidence about the node on the host                                 status
==================================================================  ===========
lost in an earlier node of the same run, or the play never began    not-run
the run is in progress, and so is the play on the host              running
no task event, and the play was aborted, or the run was cut off     not-run
no task event otherwise (run_once work, an empty role)              ok
failed for good, last loss unreachable                              unreachable
failed for good otherwise                                           failed
aborted because of another host, not ended by its precheck          failed
the run was cancelled in this play, which it had not finished       cancelled
the run was cut off in this play, which the host had not finished   failed
ended by its precheck, nothing changed                              skipped
every task skipped                                                  skipped
some task changed                                                   changed
else                                                                ok
==================================================================  ===========

*Failed for good*: tasks failed or were unreachable without ``ignored``; the host did not reach the
play's end and had no task of a later node of the run; and the closing statistics, if any, count a
failure for the host.

*Finished*: its last task was the last of the play for it, handlers included; or the precheck ended
the host. So a host that hangs, or a run that is killed, does not fail the others.

*In progress* ends, while the run continues, when the host finished the play; when Ansible began
another play or the next batch of hosts, or aborted the play; or when the host was lost and no
rescue has begun.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from worldtree.core.shown_results import ERROR_ORIGIN_KEY
from worldtree.results.host_reason import HostReason
from worldtree.results.play_end import PlayEnd
from worldtree.results.status import HostStatus
from worldtree.results.tree import FailurePlace, PlayTaskResult

#: The whole message of Ansible's command actions for a failure: core 2.19, 2.21.
_BARE_MESSAGES = ("non-zero return code", "The command exited with a non-zero return code.")
#: Beginnings of Ansible's messages about a module that ended without a result.
_NO_RESULT = (
    "MODULE FAILURE",
    "Module result deserialization failed",
    "The module interpreter ",
    # Of `gather_facts`, which calls modules.
    "The following modules failed to execute: ",
)
#: What ssh says, and nothing after it, when it could not connect, or was not let in; and what
#: Ansible says of a wrong password.
_NO_CONNECTION = re.compile(
    r"(?:ssh: (?:connect to host \S+ port \d+|Could not resolve hostname \S+): [^\n]+"
    r"|\S+@\S+: Permission denied \([\w,-]+\)\."
    r"|Host key verification failed\."
    r"|Received disconnect from [^\n]+ Too many authentication failures"
    r"|kex_exchange_identification: [^\n]+(?:\nConnection (?:closed|reset) by [^\n]+)?"
    r"|Invalid/incorrect (?:username/)?password[^\n]*)\s*\Z"
)
#: Characters of a command's output that go into a message.
_MAX_OUTPUT_CHARACTERS = 200
#: Characters at the end of an output that are searched for its last line.
_TAIL_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class HostEvidence:
    """What a run reported about one node on one host."""

    #: Its finished Ansible tasks, in order.
    tasks: Sequence[PlayTaskResult]
    #: The Ansible task in progress, if any.
    open_task: str | None = None
    began: bool = True
    #: Ansible reports the end of every host when the play, or a batch of it, ends by itself.
    reports_end: bool = False
    #: What it reported of the host; None when nothing.
    end: PlayEnd | None = None
    #: It reported ends of other hosts: a batch of the play ended.
    batch_ended: bool = False
    #: ``meta: end_play`` ended the play for all batches.
    play_ended: bool = False
    #: Lost in an earlier node of the run.
    lost_before: bool = False
    #: It had a task of a later node of the run.
    began_later_node: bool = False
    #: Losses (failures + unreachable) in the closing statistics; None when there were none.
    losses: int | None = None
    #: Ansible aborted the play while the host was in it.
    aborted: bool = False
    #: The play, or the run within it, did not end by itself.
    cut_off: bool = False
    #: The operator cancelled the run, which is why it was cut off.
    cancelled: bool = False
    #: The role's precheck reported that there is nothing to do.
    done: bool = False
    #: It finished the play without failing.
    reached_end: bool = False
    #: The run is in progress, and so is the node on the host.
    in_progress: bool = False
    #: The connection check made no connection to it.
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class HostOutcome:
    """A host's status, its reason, and its tasks with rescued failures marked."""

    status: HostStatus
    message: str | None
    tasks: tuple[PlayTaskResult, ...]
    #: It did not reach its end: cut off ``within`` an Ansible task, or between two.
    cut_off: Literal["within", "between"] | None = None
    #: None where a task that ran, or nothing, is the reason.
    reason: HostReason | None = None
    #: Where the Ansible task is that failed, if one is the reason.
    failure: FailurePlace | None = None


def decide_host_outcome(evidence: HostEvidence) -> HostOutcome:
    """Return the row of the table that fits."""
    tasks = tuple(evidence.tasks)
    if evidence.lost_before or not evidence.began:
        return HostOutcome(HostStatus.NOT_RUN, None, tasks)
    if evidence.in_progress:
        return HostOutcome(HostStatus.RUNNING, None, tasks)
    return _by_reported_end(evidence) if evidence.reports_end else _by_events(evidence)


def _by_reported_end(evidence: HostEvidence) -> HostOutcome:
    """Return the row of the first table that fits a play that began."""
    tasks, end = tuple(evidence.tasks), evidence.end
    lost = [task for task in tasks if task.is_lost]
    had_finished = evidence.reached_end or (evidence.done and not lost)
    if end is None and evidence.open_task is None and had_finished:
        end = PlayEnd.END
    if end is not None and end.is_done:
        return _success(evidence, _mark_rescued(tasks, lost))
    if lost and evidence.losses != 0:
        return _failure(evidence, lost)
    tasks = _mark_rescued(tasks, lost)
    if end is PlayEnd.OUT and _is_untouched(evidence):
        return _outcome(HostStatus.NOT_RUN, HostReason.NOT_IN_PLAY, tasks)
    if end is not None:
        status = HostStatus.NOT_RUN if _is_untouched(evidence) else HostStatus.FAILED
        return _outcome(status, HostReason.PLAY_ABORTED, tasks)
    if evidence.cut_off:
        return _cut_off(evidence, tasks)
    if not _is_untouched(evidence):
        return _outcome(HostStatus.FAILED, HostReason.END_UNKNOWN, tasks, "between")
    if evidence.play_ended:
        return _outcome(HostStatus.SKIPPED, HostReason.PLAY_ENDED, tasks)
    not_begun = HostReason.BATCH_NOT_STARTED if evidence.batch_ended else HostReason.NOT_IN_PLAY
    return _outcome(HostStatus.NOT_RUN, not_begun, tasks)


def _by_events(evidence: HostEvidence) -> HostOutcome:
    """Return the row of the second table that fits a play that began."""
    tasks = tuple(evidence.tasks)
    if _is_untouched(evidence):
        if evidence.aborted:
            return _outcome(HostStatus.NOT_RUN, HostReason.BATCH_NOT_STARTED, tasks)
        return _cut_off(evidence, tasks) if evidence.cut_off else _success(evidence, tasks)
    lost = [task for task in tasks if task.is_lost]
    if lost and not (evidence.began_later_node or evidence.reached_end) and evidence.losses != 0:
        return _failure(evidence, lost)
    tasks = _mark_rescued(tasks, lost)
    if evidence.aborted and not evidence.done:
        return _outcome(HostStatus.FAILED, HostReason.PLAY_ABORTED, tasks)
    had_done_it = evidence.reached_end or evidence.done
    if evidence.cut_off and not (had_done_it and evidence.open_task is None):
        return _cut_off(evidence, tasks)
    return _success(evidence, tasks)


def _is_untouched(evidence: HostEvidence) -> bool:
    """Whether the host has no task event."""
    return not evidence.tasks and evidence.open_task is None and not evidence.done


def _failure(evidence: HostEvidence, lost: Sequence[PlayTaskResult]) -> HostOutcome:
    """Return the outcome of the last of the ``lost`` tasks; those before it may be rescued."""
    last = lost[-1]
    status = HostStatus.UNREACHABLE if last.status == "unreachable" else HostStatus.FAILED
    kept = 1 if evidence.losses is None else min(evidence.losses, len(lost))
    tasks = _mark_rescued(tuple(evidence.tasks), lost[:-kept])
    reason = HostReason.NEVER_CONNECTED if _never_connected(evidence) else None
    place = FailurePlace(task=last.path, error=last.result.get(ERROR_ORIGIN_KEY))
    return HostOutcome(status, _failure_message(last), tasks, reason=reason, failure=place)


def _never_connected(evidence: HostEvidence) -> bool:
    """Whether nothing of the node ran on the host, as no connection came to be.

    ssh's message alone does not prove it: a task is several connections, and may break the first.
    """
    if not evidence.unreached or len(evidence.tasks) != 1:
        return False
    (only,) = evidence.tasks
    return only.status == "unreachable" and bool(_NO_CONNECTION.search(only.message or ""))


def _cut_off(evidence: HostEvidence, tasks: tuple[PlayTaskResult, ...]) -> HostOutcome:
    if _is_untouched(evidence):
        return _outcome(HostStatus.NOT_RUN, HostReason.RUN_ENDED, tasks)
    status = HostStatus.CANCELLED if evidence.cancelled else HostStatus.FAILED
    if evidence.open_task is None:
        return _outcome(status, HostReason.CUT_OFF, tasks, "between")
    message = f"interrupted during Ansible task `{evidence.open_task}`"
    return HostOutcome(status, message, tasks, "within", HostReason.CUT_OFF_IN_TASK)


def _success(evidence: HostEvidence, tasks: tuple[PlayTaskResult, ...]) -> HostOutcome:
    if _is_untouched(evidence):
        return HostOutcome(HostStatus.OK, None, tasks)
    if any(task.changed for task in tasks):
        return HostOutcome(HostStatus.CHANGED, None, tasks)
    if evidence.done or all(task.status == "skipped" for task in tasks):
        # A precheck or a condition needs no message.
        first = tasks[0] if tasks and tasks[0].status == "skipped" else None
        # Of `meta` the message is Ansible's own, that the play goes on.
        is_work = first is not None and (first.action or "").rpartition(".")[2] != "meta"
        why = first.message if first is not None and is_work else None
        return HostOutcome(HostStatus.SKIPPED, why, tasks)
    return HostOutcome(HostStatus.OK, None, tasks)


def _outcome(
    status: HostStatus,
    reason: HostReason,
    tasks: tuple[PlayTaskResult, ...],
    cut_off: Literal["within", "between"] | None = None,
) -> HostOutcome:
    return HostOutcome(status, reason.text, tasks, cut_off, reason)


def _failure_message(task: PlayTaskResult) -> str:
    """Return which task failed and why; with the last line of output if that says more."""
    message = task.message or task.status
    is_bare = message in _BARE_MESSAGES or message.startswith(_NO_RESULT)
    if is_bare and (last := _last_output_line(task)):
        # Ansible's further lines only refer to the output.
        first = message.partition("\n")[0]
        message = f"{first}: {last}"
    return f"{task.name}: {message}"


def _last_output_line(task: PlayTaskResult) -> str:
    """Return the last line of stderr, or else of stdout, shortened."""
    for stream in (task.stderr, task.stdout):
        lines = (output_tail(stream) or "").splitlines()
        if lines:
            last = lines[-1].strip()
            return (
                last
                if len(last) <= _MAX_OUTPUT_CHARACTERS
                else f"{last[: _MAX_OUTPUT_CHARACTERS - 1]}…"
            )
    return ""


def output_tail(stream: str | None) -> str | None:
    """Return the end of an output, which may have any size: as much as messages need."""
    return None if stream is None else stream.rstrip()[-_TAIL_CHARACTERS:]


def _mark_rescued(
    tasks: tuple[PlayTaskResult, ...], back: Sequence[PlayTaskResult]
) -> tuple[PlayTaskResult, ...]:
    if not back:
        return tasks
    marks = {id(task) for task in back}
    return tuple(
        task.model_copy(update={"ignored": True}) if id(task) in marks else task for task in tasks
    )
