"""The truth table of host statuses, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from worldtree.results.host_reason import HostReason
from worldtree.results.host_status import (
    HostEvidence,
    decide_host_outcome,
)
from worldtree.results.play_end import PlayEnd
from worldtree.results.status import HostStatus
from worldtree.results.tree import PlayTaskResult


def task(status: str, name: str = "Work", *, ignored: bool = False) -> PlayTaskResult:
    """Return a finished Ansible task."""
    return PlayTaskResult(name=name, status=status, changed=status == "changed", ignored=ignored)


OK, CHANGED, FAILED, DARK, SKIPPED = map(
    task, ("ok", "changed", "failed", "unreachable", "skipped")
)

ROWS = {
    "lost in an earlier node of the run": (HostEvidence([], lost_before=True), "not-run"),
    "the play never began": (HostEvidence([], began=False), "not-run"),
    "no task event, play aborted": (HostEvidence([], aborted=True), "not-run"),
    "no task event, run cut off": (HostEvidence([], cut_off=True), "not-run"),
    "in the middle of a task": (HostEvidence([OK], open_task="Long", in_progress=True), "running"),
    "between two tasks": (HostEvidence([CHANGED], in_progress=True), "running"),
    "in a rescue": (HostEvidence([FAILED, OK], in_progress=True), "running"),
    "nothing to do for it, as with run_once": (HostEvidence([], losses=0), "ok"),
    "failed, no statistics yet": (HostEvidence([OK, FAILED]), "failed"),
    "failed, statistics agree": (HostEvidence([FAILED], losses=1), "failed"),
    "failed, always part still ran": (HostEvidence([FAILED, OK], losses=1), "failed"),
    "unreachable": (HostEvidence([CHANGED, DARK], losses=1), "unreachable"),
    "failed but ignored": (HostEvidence([task("failed", ignored=True), OK], losses=0), "ok"),
    "rescued, by the statistics": (HostEvidence([FAILED, CHANGED], losses=0), "changed"),
    "rescued, since it went on to the next node": (
        HostEvidence([FAILED, OK], began_later_node=True),
        "ok",
    ),
    "unreachable but ignored, by the statistics": (HostEvidence([DARK, OK], losses=0), "ok"),
    "healthy, but the play was aborted": (HostEvidence([OK], aborted=True), "failed"),
    "ended by its precheck before that": (HostEvidence([OK], aborted=True, done=True), "skipped"),
    "had done the play when the run was cut off": (
        HostEvidence([CHANGED], cut_off=True, reached_end=True),
        "changed",
    ),
    "had done it by a rescue when the run was cut off": (
        HostEvidence([FAILED, OK], cut_off=True, reached_end=True),
        "ok",
    ),
    "had finished the play, which was aborted": (
        HostEvidence([OK], cut_off=True, reached_end=True, aborted=True),
        "failed",
    ),
    "cut off between two tasks": (HostEvidence([OK], cut_off=True), "failed"),
    "cancelled between two tasks": (HostEvidence([OK], cut_off=True, cancelled=True), "cancelled"),
    "cancelled before its first task": (HostEvidence([], cut_off=True, cancelled=True), "not-run"),
    "cancelled after a failure": (HostEvidence([FAILED], cut_off=True, cancelled=True), "failed"),
    "cancelled in a later play": (HostEvidence([OK], cancelled=True), "ok"),
    "cut off in its first task": (HostEvidence([], open_task="Long", cut_off=True), "failed"),
    "ended by its precheck, then the run was cut off": (
        HostEvidence([OK], cut_off=True, done=True),
        "skipped",
    ),
    "ended by its precheck": (HostEvidence([OK], done=True), "skipped"),
    "its precheck changed something": (HostEvidence([CHANGED], done=True), "changed"),
    "every task skipped": (HostEvidence([SKIPPED, SKIPPED]), "skipped"),
    "some tasks skipped": (HostEvidence([SKIPPED, OK]), "ok"),
    "some task changed": (HostEvidence([OK, CHANGED, SKIPPED]), "changed"),
    "all well": (HostEvidence([OK, OK], losses=0), "ok"),
}


def told(tasks: list[PlayTaskResult], end: PlayEnd | None = None, **more: Any) -> HostEvidence:
    """Return the evidence of a play that reports the ends of hosts."""
    return HostEvidence(tasks, reports_end=True, end=end, **more)


END, ENDED, STOPPED, GONE, OUT = PlayEnd
REPORTED_ROWS = {
    "lost in an earlier node": (told([], OUT, lost_before=True), "not-run"),
    "out of the play after another one": (told([], OUT), "not-run"),
    "in progress": (told([OK], in_progress=True), "running"),
    "came to the end": (told([OK], END), "ok"),
    "came to the end, changed": (told([CHANGED, OK], END), "changed"),
    "came to the end, all skipped": (told([SKIPPED], END), "skipped"),
    "came to the end without a task": (told([], END), "ok"),
    "came to the end by a rescue": (told([FAILED, OK], END, losses=1), "ok"),
    "ended by meta": (told([OK], ENDED), "ok"),
    "ended by its precheck": (told([], ENDED, done=True), "skipped"),
    "failed": (told([OK, FAILED], STOPPED, losses=1), "failed"),
    "unreachable": (told([DARK], GONE, losses=1), "unreachable"),
    "stopped by another host": (told([OK], STOPPED), "failed"),
    "stopped by another host after its last task": (
        told([OK], STOPPED, reached_end=True),
        "failed",
    ),
    "stopped by another host after its own rescue": (
        told([FAILED, OK], STOPPED, losses=0),
        "failed",
    ),
    "stopped by another host before its first task": (told([], STOPPED), "not-run"),
    "no end, run cut off": (told([OK], cut_off=True), "failed"),
    "no end, run cut off in a task": (told([OK], open_task="Long", cut_off=True), "failed"),
    "no end, run cancelled": (told([OK], cut_off=True, cancelled=True), "cancelled"),
    "no end, run cancelled in a task": (
        told([OK], open_task="Long", cut_off=True, cancelled=True),
        "cancelled",
    ),
    "no end, run cancelled before its first task": (
        told([], cut_off=True, cancelled=True),
        "not-run",
    ),
    "no end, run cut off before its first task": (told([], cut_off=True), "not-run"),
    "no end, run cut off after its last task": (told([OK], cut_off=True, reached_end=True), "ok"),
    "no end, run cut off after its precheck": (told([OK], cut_off=True, done=True), "skipped"),
    "no end, run cut off after a failure": (told([FAILED], cut_off=True), "failed"),
    "no end, play ended by meta": (told([], batch_ended=True, play_ended=True), "skipped"),
    "no end, its batch never began": (told([], batch_ended=True), "not-run"),
    "no end, no batch at all": (told([]), "not-run"),
    "no end, for no known reason": (told([OK]), "failed"),
}


@pytest.mark.parametrize(
    ("facts", "status"),
    [*ROWS.values(), *REPORTED_ROWS.values()],
    ids=[*ROWS, *(f"reported: {name}" for name in REPORTED_ROWS)],
)
def test_row(facts: HostEvidence, status: str) -> None:
    """Each row of the documented tables holds."""
    assert decide_host_outcome(facts).status == HostStatus(status)


def test_what_ansible_says_of_its_own_tasks_is_no_reason() -> None:
    """A `meta` whose condition is false says that the play goes on."""
    said = {"status": "skipped", "message": "end_host conditional evaluated to false"}
    for action in ("meta", "ansible.builtin.meta"):
        goes_on = PlayTaskResult(name="End", action=action, **said)
        outcome = decide_host_outcome(told([goes_on, SKIPPED], END))
        assert (outcome.status, outcome.message) == (HostStatus.SKIPPED, None)


def test_message_names_the_failing_task() -> None:
    """The message says which task failed and why."""
    failed = PlayTaskResult(name="Start it", status="failed", message="no such unit")
    assert decide_host_outcome(HostEvidence([OK, failed])).message == "Start it: no such unit"
    bare = PlayTaskResult(name="Start it", status="failed")
    assert decide_host_outcome(HostEvidence([bare])).message == "Start it: failed"


def test_only_the_last_failures_count_when_earlier_ones_were_rescued() -> None:
    """Of two failures of which the statistics count one, the first was taken back."""
    found = decide_host_outcome(
        HostEvidence([task("failed", "First"), OK, task("failed", "Second")], losses=1)
    )
    assert [t.ignored for t in found.tasks] == [True, False, False]
    assert found.message == "Second: failed"


def test_cut_off_says_in_which_task() -> None:
    """The operator learns what may be incomplete on the host."""
    within = decide_host_outcome(HostEvidence([OK], open_task="Unpack", cut_off=True))
    assert within.message == "interrupted during Ansible task `Unpack`"
    assert decide_host_outcome(HostEvidence([OK], cut_off=True)).reason is HostReason.CUT_OFF
    for reports_end in (False, True):
        early = decide_host_outcome(HostEvidence([], cut_off=True, reports_end=reports_end))
        assert early.message == "not started: the run ended before its first Ansible task"
    assert decide_host_outcome(HostEvidence([OK], aborted=True)).reason is HostReason.PLAY_ABORTED
    assert (
        decide_host_outcome(HostEvidence([], aborted=True)).reason is HostReason.BATCH_NOT_STARTED
    )


@pytest.mark.parametrize(
    ("streams", "words"),
    [
        ({"stderr": "first\nno space left\n\n", "stdout": "noise"}, ": no space left"),
        ({"stderr": " \n", "stdout": "begun\nbad option -x\n"}, ": bad option -x"),
        ({"stderr": "", "stdout": None}, ""),
        ({"stderr": "y\n" + "x" * 300}, ": " + "x" * 199 + "…"),
    ],
    ids=["errors first", "else the output", "silent", "bounded"],
)
@pytest.mark.parametrize(
    "message",
    ["non-zero return code", "The command exited with a non-zero return code."],
    ids=["core 2.19", "core 2.21"],
)
def test_message_of_a_command_ends_with_its_last_words(
    message: str, streams: dict[str, str | None], words: str
) -> None:
    """A command's message says more than its code: its last line, of 200 characters at most."""
    failed = PlayTaskResult(name="Run it", status="failed", message=message, **streams)
    assert decide_host_outcome(HostEvidence([failed])).message == f"Run it: {message}{words}"


def test_message_with_a_reason_is_left_alone() -> None:
    """What another action says for itself is not mixed with its output."""
    failed = PlayTaskResult(name="Get it", status="failed", message="404", stderr="noise")
    assert decide_host_outcome(HostEvidence([failed])).message == "Get it: 404"


REFUSED = "Task failed: Failed to connect to the host via ssh: ssh: connect to host h1 port 22: "
SSH = "Task failed: Failed to connect to the host via ssh: "
NO_NAME = "Failed to connect to the host via ssh: ssh: Could not resolve hostname h1: Name unknown"


@pytest.mark.parametrize(
    ("message", "tasks", "unreached", "never"),
    [
        (f"{REFUSED}Connection refused", 1, True, True),
        (f"{REFUSED}Connection timed out\n", 1, True, True),
        (NO_NAME, 1, True, True),
        # The host did not let it in, neither in the connection check.
        (f"{SSH}ops@10.0.0.1: Permission denied (publickey,password).", 1, True, True),
        (f"{SSH}Notice\r\nops@h1: Permission denied (publickey).\n", 1, True, True),
        (f"{SSH}ops@h1: Permission denied (publickey).", 1, False, False),
        (f"{SSH}sh: /root/x: Permission denied", 1, True, False),
        (
            f"{SSH}No ED25519 host key is known for h1.\nHost key verification failed.",
            1,
            True,
            True,
        ),
        (f"{SSH}kex_exchange_identification: read: Connection reset by peer", 1, True, True),
        ("Invalid/incorrect password: Permission denied, please try again.", 1, True, True),
        # It answered the connection check, and may have begun before it went away.
        (f"{REFUSED}Connection refused", 1, False, False),
        # Work before this one was done.
        (f"{REFUSED}Connection refused", 2, True, False),
        # Only a connection that was made can break.
        (f"{REFUSED}Connection refused\nShared connection to h1 closed.", 1, True, False),
        ("Connection to h1 closed by remote host.", 1, True, False),
        ("Control socket connect(/run/x): Connection refused", 1, True, False),
        (None, 1, True, False),
    ],
)
@pytest.mark.parametrize("reports_end", [False, True])
def test_a_host_that_was_never_connected(
    message: str | None, tasks: int, unreached: bool, never: bool, reports_end: bool
) -> None:
    lost = DARK.model_copy(update={"message": message})
    evidence = HostEvidence([OK, lost][-tasks:], unreached=unreached, reports_end=reports_end)
    found = decide_host_outcome(evidence)
    assert found.status is HostStatus.UNREACHABLE
    assert found.reason is (HostReason.NEVER_CONNECTED if never else None)


def test_every_reason_has_a_text() -> None:
    """A message made from a reason is never empty."""
    assert all(reason.text for reason in HostReason)


@pytest.mark.parametrize(
    "message",
    [
        "MODULE FAILURE\nSee stdout/stderr for the exact error",
        "Module result deserialization failed: No start of json char found",
        "The module interpreter '/opt/py' was not found.",
    ],
)
def test_message_of_a_module_without_a_result_ends_with_its_last_words(message: str) -> None:
    first = message.splitlines()[0]
    failed = PlayTaskResult(name="Copy", status="failed", message=message, stderr="not found\n")
    assert decide_host_outcome(HostEvidence([failed])).message == f"Copy: {first}: not found"
