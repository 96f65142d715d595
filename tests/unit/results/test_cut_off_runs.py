"""What is known of hosts whose run was cut off, and of what is run again after it."""

from __future__ import annotations

from unit.results.streams import (
    CHAIN,
    RUN,
    A,
    B,
    attempt_finished,
    attempt_started,
    event,
    play_begun,
    stats,
    statuses,
    task_begun,
    task_done,
    task_started,
)
from worldtree.results.events import EventKind
from worldtree.results.fold import fold
from worldtree.results.host_reason import HostReason
from worldtree.results.status import NodeStatus

H12 = ["h1", "h2"]


def test_run_without_statistics_is_never_a_success() -> None:
    result = fold(
        [
            CHAIN,
            RUN,
            play_begun("x", A),
            task_done("x", A, "h1"),
            task_begun("x", A, "h2", "Long"),
            attempt_finished("x", "error"),
        ]
    )
    assert statuses(result, A) == {"h1": "failed", "h2": "failed"}
    assert statuses(result, B) == {"h1": "not-run", "h2": "not-run"}
    assert result.nodes[0].hosts["h2"].message == "interrupted during Ansible task `Long`"


def test_a_host_that_had_done_its_play_is_not_lost_with_the_one_that_hangs() -> None:
    """Whether it was the time limit or a kill that ended the run."""
    stream = [CHAIN, RUN, play_begun("x", A), task_begun("x", A, "h2", "Long")]
    stream += [
        task_done("x", A, "h1", "failed"),
        task_done("x", A, "h1", "changed", "Rescue", last=True),
    ]
    assert statuses(fold(stream), A) == {"h1": "changed", "h2": "running"}
    for end in (attempt_finished("x", "timeout"), attempt_finished("x", "error", unknown=True)):
        result = fold([*stream, end])
        assert statuses(result, A) == {"h1": "changed", "h2": "failed"}
        assert result.nodes[0].hosts["h1"].cut_off is None
        assert [t.ignored for t in result.nodes[0].hosts["h1"].tasks] == [True, False]
    more = fold([*stream, task_begun("x", A, "h1"), attempt_finished("x", "timeout")])
    assert statuses(more, A)["h1"] == "failed"


def test_hosts_that_a_cancel_cut_off_are_cancelled() -> None:
    """Those that had failed before stay failed, those that had not begun are not run."""
    hosts = ["h1", "h2", "h3"]
    stream = [task_started({A: hosts, B: hosts}), attempt_started("x", [A, B], hosts)]
    stream += [play_begun("x", A), task_done("x", A, "h1", "failed")]
    stream += [task_begun("x", A, "h2", "Long")]
    result = fold([*stream, attempt_finished("x", "cancelled", cancelled=True)])
    assert statuses(result, A) == {"h1": "failed", "h2": "cancelled", "h3": "not-run"}
    assert result.nodes[0].hosts["h2"].cut_off == "within"
    assert statuses(result, B) == {"h1": "not-run", "h2": "not-run", "h3": "not-run"}


def test_nothing_is_taken_for_not_begun_once_the_machine_went_down() -> None:
    """The end of the journal may be lost, so work without events may have been done."""
    cut = [
        CHAIN,
        RUN,
        play_begun("x", A),
        task_done("x", A, "h1"),
        task_begun("x", A, "h2", "Long"),
    ]
    result = fold([*cut, attempt_finished("x", "error", unknown=True)])
    first, second = result.nodes[:2]
    assert (first.hosts["h1"].cut_off, first.hosts["h2"].cut_off) == ("between", "within")
    assert statuses(result, B) == {"h1": "failed", "h2": "failed"}
    assert second.hosts["h1"].cut_off == "within"
    assert second.hosts["h1"].reason is HostReason.MACHINE_WENT_DOWN


def test_a_host_that_was_lost_before_the_machine_went_down_has_begun_nothing_after_it() -> None:
    cut = [
        CHAIN,
        RUN,
        play_begun("x", A),
        task_done("x", A, "h1"),
        task_done("x", A, "h2", "failed"),
    ]
    result = fold([*cut, attempt_finished("x", "error", unknown=True)])
    assert statuses(result, B) == {"h1": "failed", "h2": "not-run"}


def test_a_run_whose_statistics_came_before_the_machine_went_down_is_whole() -> None:
    stream = [CHAIN, RUN, play_begun("x", A), task_done("x", A, "h1"), task_done("x", A, "h2")]
    stream += [play_begun("x", B), task_done("x", B, "h1"), task_done("x", B, "h2"), stats("x")]
    result = fold([*stream, attempt_finished("x", "error", unknown=True)])
    assert statuses(result, B) == {"h1": "ok", "h2": "ok"}


def test_what_a_resumed_task_runs_again_is_not_done_until_it_ran() -> None:
    """The process may end before that. Its attempts are counted on."""
    stream = [CHAIN, RUN, play_begun("x", A), *(task_done("x", A, h, "changed") for h in H12)]
    stream += [stats("x"), attempt_finished("x")]
    listed = {**task_started({A: H12, B: H12}).result, "again": {A: ["h2"]}}
    again = event(EventKind.TASK_RESUMED, 10.0, result=listed)
    result = fold([*stream, again])
    assert statuses(result, A) == {"h1": "changed", "h2": "not-run"}
    assert result.nodes[0].status is NodeStatus.PENDING
    second = result.nodes[0].hosts["h2"]
    assert (second.changed, second.attempts) == (False, 1)
