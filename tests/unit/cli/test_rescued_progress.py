"""Failures that a play rescues are shown as such, and count no longer."""

from __future__ import annotations

import pytest

from unit.cli.progress_events import A, B, ended, event, started
from worldtree.cli.progress.plain import PlainProgress
from worldtree.cli.progress.progress_state import ProgressState
from worldtree.results.events import EventKind


def test_a_rescued_host_has_the_status_that_the_node_ended_with() -> None:
    """While the node runs, it counts as failed only until it goes on."""
    state = ProgressState()
    hosts = {"a": "changed", "b": "failed"}
    for one in (
        started("a", "b")[0],
        event(EventKind.NODE_STARTED, attempt="t.1", node=A),
        ended("a", "changed", attempt="t.1"),
        ended("a", "failed", attempt="t.1"),
        ended("a", "ok", attempt="t.1"),
        ended("b", "failed", attempt="t.1"),
    ):
        state.add(one)
    assert state.running[A].by_host == {"a": "ok", "b": "failed"}
    result = {"hosts": {host: {"status": status} for host, status in hosts.items()}}
    state.add(event(EventKind.NODE_FINISHED, node=A, status="partial", result=result))
    assert state.done[A].by_host == hosts


def test_failures_are_rescued_once_the_play_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    """They are not among those that are too many to show; a failure for good stays one."""
    progress = PlainProgress()
    hosts = ("a", "b", "c", "d", "e", "f", "g")
    for one in (
        started(*hosts)[0],
        event(EventKind.NODE_STARTED, attempt="t.1", node=A),
        *(ended(host, "failed", attempt="t.1") for host in hosts),
        # An `always` section goes on, and rescues nothing.
        *(ended(host, "ok", attempt="t.1") for host in hosts),
    ):
        progress.add(one)
    capsys.readouterr()
    ends = {host: "failed" if host in "fg" else "end" for host in hosts}
    statuses = {host: {"status": "failed" if host in "fg" else "ok"} for host in hosts}
    progress.add(event(EventKind.PLAY_ENDED, attempt="t.1", node=A, result={"hosts": ends}))
    result = {"hosts": statuses}
    progress.add(event(EventKind.NODE_FINISHED, node=A, status="partial", result=result))
    progress.close()
    assert capsys.readouterr().err.splitlines() == [
        "00:00:00 ✔ app/install/binary rescued on a, b, c, d, e: Unpack",
        "00:00:00 ◐ app/install/binary partial, 0.0s, 5 ok, 2 failed",
        "00:00:00   … and 2 more failures in `wt tasks logs --failed`",
    ]


def test_a_failure_that_the_end_of_the_play_rescues_is_none() -> None:
    """Also where no task follows it; a failure of another attempt is not meant."""
    state = ProgressState()
    begin = event(EventKind.NODE_STARTED, attempt="t.1", node=A)
    for one in (started("a", "b")[0], begin, ended("a", "failed", attempt="t.1")):
        state.add(one)
    other = event(EventKind.PLAY_ENDED, attempt="t.2", node=A, result={"hosts": {"a": "failed"}})
    state.add(other)
    assert (state.rescued, state.running[A].by_host) == ([], {"a": "failed"})
    state.add(event(EventKind.PLAY_ENDED, attempt="t.1", node=A, result={"hosts": {"a": "end"}}))
    assert [(one.host, one.task) for one in state.rescued] == [("a", "Unpack")]
    assert state.running[A].by_host == {"a": "ok"}
    state.add(event(EventKind.NODE_STARTED, attempt="t.1", node=B))
    assert state.rescued == []
