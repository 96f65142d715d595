"""What is shown while a task runs: plain lines, the live display, and what both know."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from unit.cli.progress_events import A, B, ended, event, started
from unit.cli.show_live import events
from worldtree.cli.progress.live import LiveProgress
from worldtree.cli.progress.plain import PlainProgress
from worldtree.cli.progress.progress_state import Failure, ProgressState
from worldtree.cli.progress.style import failure_lines, format_duration
from worldtree.results.events import Event, EventKind


def test_a_host_counts_as_the_gravest_it_has_been() -> None:
    """Changed stays changed; an ignored failure is none."""
    state = ProgressState()
    for one in (
        *started("a", "b", "c"),
        ended("a", "changed"),
        ended("a", "ok"),
        ended("b", "failed", ignored=True),
        ended("c", "skipped"),
    ):
        assert state.add(one) is None
    assert state.running[A].by_host == {"a": "changed", "b": "ok", "c": "skipped"}


def test_layers_are_counted_from_the_first() -> None:
    """A layer is over when all its nodes are, run or skipped."""
    state = ProgressState(layers=[[A], [B]])
    for one in started("a"):
        state.add(one)
    assert state.layers_done() == 0
    state.add(event(EventKind.NODE_FINISHED, node=A, status="failed"))
    assert state.layers_done() == 1
    state.add(event(EventKind.NODE_SKIPPED, node=B, caused_by=A))
    assert state.layers_done() == 2


def attempt(number: int, *hosts: str) -> list[Event]:
    """Return the beginning of a run of the first node on ``hosts``."""
    name = f"t.{number}"
    return [
        event(EventKind.ATTEMPT_STARTED, attempt=name, result={"nodes": [A], "hosts": list(hosts)}),
        event(EventKind.NODE_STARTED, attempt=name, node=A),
    ]


def resumed() -> list[Event]:
    """Return the beginning of a task that goes on: one node is done, one of the other's hosts."""
    nodes = [{"id": node, "hosts": ["a", "b"]} for node in (A, B)]
    done = {"status": "ok", "message": "done before"}
    return [
        event(EventKind.TASK_RESUMED, result={"nodes": nodes}),
        event(EventKind.NODE_REUSED, node=B, result={"hosts": {"a": done, "b": done}}),
        event(EventKind.NODE_REUSED, node=A, result={"hosts": {"a": done}}),
        *attempt(7, "b"),
    ]


def test_what_goes_on_counts_what_is_done() -> None:
    """A node is over when it need not run on any of its hosts."""
    state = ProgressState(layers=[[B], [A]])
    for one in resumed():
        state.add(one)
    assert state.started
    assert (state.over(), state.layers_done(), len(state.planned)) == ({B}, 1, 2)
    assert state.running[A].hosts == ("b",)


def test_plain_lines_tell_on_how_many_hosts_work_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And that it is a further try."""
    progress = PlainProgress()
    for one in [*resumed(), ended("b", "failed", message="no"), *attempt(8, "b")]:
        progress.add(one)
    progress.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].endswith("▶ app/install/binary (1 host)")
    assert lines[-1].endswith("▶ app/install/binary again (1 host)")


def test_a_further_try_forgets_how_the_one_before_ended() -> None:
    """On its own hosts; what succeeded on others still counts, and time goes on."""
    state = ProgressState()
    for one in started("a", "b"):
        state.add(one)
    for one in [ended("a", "changed"), ended("b", "failed"), *attempt(2, "b"), ended("b", "ok")]:
        state.add(one)
    assert state.running[A].by_host == {"a": "changed", "b": "ok"}


def test_a_node_that_ends_without_a_start_is_known() -> None:
    """As after a run that never came to it."""
    state = ProgressState()
    state.add(event(EventKind.NODE_FINISHED, node=A, status="failed"))
    assert state.done[A].status == "failed"


def test_a_failure_shows_the_end_of_its_output() -> None:
    """The last twenty lines, clean, and where the rest is."""
    output = "\n".join(f"\x1b[31mline {n}\x1b[0m" for n in range(30))
    lines = failure_lines(Failure(A, "web1", "Unpack", "failed", "tar: no space", output))
    assert lines[0] == "app/install/binary failed on web1: Unpack"
    assert lines[1:3] == ["  tar: no space", "  … 10 more lines in `wt tasks logs`"]
    assert lines[3:] == [f"  | line {n}" for n in range(10, 30)]


@pytest.mark.parametrize(
    ("delegate", "where"), [(None, "web1"), ("web1", "web1"), ("db1", "web1, delegated to db1")]
)
def test_a_failure_names_the_host_that_the_task_was_delegated_to(
    delegate: str | None, where: str
) -> None:
    """It is the one that is unreachable, not the host of the play."""
    state = ProgressState()
    for one in started("web1"):
        state.add(one)
    failure = state.add(ended("web1", "unreachable", delegated_to=delegate))
    assert failure is not None
    assert failure_lines(failure)[0] == f"app/install/binary unreachable on {where}: Unpack"


def test_output_that_the_message_repeats_is_shown_once() -> None:
    """Many actions put their error output into the message."""
    lines = failure_lines(Failure(A, "web1", "Unpack", "failed", "boom: no space", "no space\n"))
    assert lines[1:] == ["  boom: no space"]


def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, with the time, one fact each."""
    progress = PlainProgress()
    for one in (
        *started("a", "b"),
        ended("a", "changed"),
        ended("b", "failed", message="no space"),
        event(EventKind.NODE_FINISHED, node=A, status="failed", message="the time limit passed"),
        event(EventKind.NODE_SKIPPED, node=B, caused_by=A),
        event(EventKind.NODE_SKIPPED, node=B, host="a", caused_by=A),
    ):
        progress.add(one)
    progress.close()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "00:00:00 ▶ app/install/binary (2 hosts)",
        "00:00:00 ! app/install/binary failed on b: Unpack",
        "00:00:00     no space",
        "00:00:00 ✘ app/install/binary failed, 0.0s, 1 changed, 1 failed",
        "00:00:00   the time limit passed",
        "00:00:00 ○ app/start/service skipped because of app/install/binary",
    ]


def test_a_node_runs_on_the_hosts_that_its_run_did_not_lose(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What follows a failure is a rescue."""
    progress = PlainProgress()
    begin = event(EventKind.ATTEMPT_STARTED, attempt="t.1", result={"hosts": ["a", "b", "c"]})
    for one in (
        started("a", "b", "c")[0],
        begin,
        event(EventKind.NODE_STARTED, attempt="t.1", node=A),
        ended("a", "failed", attempt="t.1"),
        ended("a", "ok", attempt="t.1"),
        ended("b", "failed", attempt="t.1"),
        event(EventKind.NODE_STARTED, attempt="t.1", node=B),
    ):
        progress.add(one)
    progress.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "00:00:00 ▶ app/install/binary (3 hosts)"
    assert lines[-1] == "00:00:00 ▶ app/start/service (2 hosts)"


def test_hosts_that_were_cut_off_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """They ended no Ansible task, so only the node's end reports them."""
    progress = PlainProgress()
    hosts = {"a": "changed", "b": "failed", "c": "not-run"}
    result = {"hosts": {host: {"status": status} for host, status in hosts.items()}}
    why = "the time limit passed"
    for one in (
        *started("a", "b", "c"),
        ended("a", "changed"),
        event(EventKind.NODE_FINISHED, node=A, status="succeeded", message=why, result=result),
    ):
        progress.add(one)
    progress.close()
    assert capsys.readouterr().err.splitlines()[1:] == [
        "00:00:00 ◐ app/install/binary partial, 0.0s, 1 changed, 1 not-run, 1 failed",
        "00:00:00   the time limit passed",
    ]


def test_a_thousand_failures_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Five are shown; the rest is in the logs."""
    progress = PlainProgress()
    names = [f"h{n}" for n in range(1000)]
    for one in (
        *started(*names),
        *(ended(name, "unreachable", message="no route") for name in names),
        event(EventKind.NODE_FINISHED, node=A, status="failed"),
    ):
        progress.add(one)
    err = capsys.readouterr().err
    assert err.count("unreachable on h") == 5
    assert "… and 995 more failures in `wt tasks logs --failed`" in err


def test_plain_lines_say_what_still_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """At most every 30 s, and only while nothing else is said."""
    begun = event(EventKind.NODE_STARTED).time
    now = begun
    progress = PlainProgress(clock=lambda: now)
    task, node = started("web1", "web2")
    progress.add(task)
    progress.add(node.model_copy(update={"attempt": "1"}))

    def said_at(seconds: float) -> str:
        nonlocal now
        now = begun + seconds
        capsys.readouterr()
        progress.tick()
        return capsys.readouterr().err

    assert said_at(29) == ""
    assert said_at(31).endswith("still running: app/install/binary on web1, web2 for 31.0s\n")
    assert said_at(60) == ""
    progress.add(ended("web2", "ok").model_copy(update={"last": True}))
    assert said_at(90).endswith("still running: app/install/binary on web1 for 1m30s\n")
    progress.add(ended("web1", "failed"))
    assert said_at(119) == ""
    # Between two tries nothing is at work: a pause, or somebody is asked.
    progress.add(event(EventKind.ATTEMPT_FINISHED, attempt="1", status="finished"))
    assert said_at(200) == ""
    progress.add(event(EventKind.NODE_STARTED, node=A, attempt="2"))
    assert "still running" in said_at(300)
    progress.add(event(EventKind.NODE_FINISHED, node=A, status="failed"))
    assert said_at(999) == ""
    progress.close()


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the made-up run pass at once."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


@pytest.mark.parametrize(("width", "height"), [(40, 10), (60, 24), (80, 24), (250, 60)])
@pytest.mark.usefixtures("no_waiting")
def test_the_live_display_fits_any_terminal(width: int, height: int) -> None:
    """No line that it redraws is longer than the terminal, nor are there more than its lines."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=width, height=height)
    progress = LiveProgress(console, [[A], [B]])
    try:
        for one in events(15, 3):
            progress.add(one)
            if one.kind is EventKind.NODE_STARTED:
                drawn = console.render_lines(progress._draw(), pad=False)
                assert len(drawn) <= height
                assert all(sum(part.cell_length for part in line) <= width for line in drawn)
    finally:
        progress.close()
    assert "failed on host2" in screen.getvalue()


@pytest.mark.usefixtures("no_waiting")
def test_the_live_display_says_what_is_going_on() -> None:
    """Before the first node, while many run, and when it was asked to end."""
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=24)
    progress = LiveProgress(console, [[A], [B]])

    def drawn() -> str:
        with console.capture() as shown:
            console.print(progress._draw())
        return shown.get()

    try:
        assert "checking connections" in drawn()
        for one in (*started("a", "b"), ended("a", "changed")):
            progress.add(one)
        assert "0/2 nodes" in drawn()
        assert "0/2 layers" in drawn()
        assert "app/install/binary" in drawn()
        assert "1 changed" in drawn()
        progress.announce_ending("SIGINT: ending the task")
        assert "SIGINT: ending the task" in drawn()
        # The rollback that follows is a task of its own, with another plan.
        nodes = [{"id": A, "hosts": ["a", "b"]}]
        progress.add(event(EventKind.TASK_STARTED, result={"nodes": nodes}))
        assert "0/1 nodes" in drawn()
        assert "layers" not in drawn()
    finally:
        progress.close()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0s"), (59.94, "59.9s"), (185, "3m05s"), (7440.9, "2h04m")]
)
def test_durations(seconds: float, text: str) -> None:
    """Short, and of about the same precision throughout."""
    assert format_duration(seconds) == text


def test_hosts_of_a_batch_that_has_not_begun_are_not_named() -> None:
    state = ProgressState()
    task, node = started("a", "b", "c")
    for one in (task, node):
        state.add(one)
    assert state.running[A].left() == ("a", "b", "c")
    for host in ("a", "b"):
        state.add(event(EventKind.HOST_TASK_STARTED, node=A, host=host))
    assert state.running[A].left() == ("a", "b")
    state.add(event(EventKind.PLAY_ENDED, node=A, result={"hosts": {"a": "end", "b": "end"}}))
    assert state.running[A].left() == ()
    state.add(event(EventKind.HOST_TASK_STARTED, node=A, host="c"))
    assert state.running[A].left() == ("c",)
