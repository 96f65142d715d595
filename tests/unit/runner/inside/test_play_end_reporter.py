"""Which hosts are done after a play: a real run of Ansible for each habit that stops hosts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from examples import is_full
from unit.results.streams import attempt_finished, attempt_started, task_started
from unit.runner.playbook_forks import ATTEMPT, NEXT, PlaybookForks, Ran
from worldtree.results.events import EventKind
from worldtree.results.fold import fold
from worldtree.results.host_reason import HostReason
from worldtree.results.rescued_failures import RescuedFailures
from worldtree.results.tree import HostResult

HOSTS = ("h1", "h2", "h3")
ON_H1 = "inventory_hostname == 'h1'"
NOT_ON_H1 = "inventory_hostname != 'h1'"


def step(name: str, **keywords: Any) -> dict[str, Any]:
    """Return a task that logs that it ran; ``failed``, ``lost``, ``changed`` name hosts."""
    args = {key: keywords.pop(key) for key in ("failed", "lost", "changed") if key in keywords}
    return {"name": name, "step": {"name": name, **args}, **keywords}


def meta(what: str, **keywords: Any) -> dict[str, Any]:
    """Return a meta task."""
    return {"name": what, "ansible.builtin.meta": what, **keywords}


def block(*tasks: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Return a block."""
    return {"block": list(tasks), **parts}


BEFORE, AFTER, FAIL = step("before"), step("after"), step("fail", failed=["h1"])
LOSE = step("lose", lost=["h1"])
RESCUE = [step("rescue")]
#: Per habit: the parts of the play, or its tasks, and the status of h1, h2, h3.
PLAYS: dict[str, tuple[dict[str, Any] | list[Any], str]] = {
    "all well": ([BEFORE, AFTER], "ok ok ok"),
    "no tasks": ([], "ok ok ok"),
    "run_once": ([step("once", run_once=True)], "ok ok ok"),
    "run_once fails": ([BEFORE, FAIL | {"run_once": True}, AFTER], "failed failed failed"),
    "run_once fails first": ([FAIL | {"run_once": True}, AFTER], "failed not-run not-run"),
    "run_once fails last": ([BEFORE, FAIL | {"run_once": True}], "failed failed failed"),
    "run_once fails, ignored": (
        [BEFORE, FAIL | {"run_once": True, "ignore_errors": True}, AFTER],
        "ok ok ok",
    ),
    "run_once fails in a block with a rescue": (
        [block(FAIL | {"run_once": True}, rescue=RESCUE), AFTER],
        # Ansible marks the others as failed twice, so that their rescue is over.
        "ok not-run not-run",
    ),
    "one fails, free": ({"strategy": "free", "tasks": [BEFORE, FAIL, AFTER]}, "failed ok ok"),
    "run_once fails in the first batch": (
        {"serial": 1, "tasks": [FAIL | {"run_once": True}, AFTER]},
        "failed not-run not-run",
    ),
    "any_errors_fatal": (
        {"any_errors_fatal": True, "tasks": [BEFORE, FAIL, AFTER]},
        "failed failed failed",
    ),
    "any_errors_fatal of a host that is lost": (
        {"any_errors_fatal": True, "tasks": [BEFORE, LOSE, AFTER]},
        "unreachable failed failed",
    ),
    "any_errors_fatal of one task": (
        [BEFORE, FAIL | {"any_errors_fatal": True}],
        "failed failed failed",
    ),
    "any_errors_fatal, batches": (
        {"any_errors_fatal": True, "serial": 2, "tasks": [BEFORE, step("fail", failed=["h2"])]},
        "failed failed not-run",
    ),
    "max_fail_percentage": (
        {"max_fail_percentage": 0, "tasks": [BEFORE, FAIL, AFTER]},
        "failed failed failed",
    ),
    "max_fail_percentage, batches": (
        {"max_fail_percentage": 0, "serial": [1, 2], "tasks": [step("f", failed=["h2"]), AFTER]},
        "ok failed failed",
    ),
    "serial, a batch fails": ({"serial": 1, "tasks": [FAIL, AFTER]}, "failed not-run not-run"),
    "serial, a batch is lost": (
        {"serial": 1, "tasks": [LOSE, AFTER]},
        "unreachable not-run not-run",
    ),
    "one fails": ([FAIL, AFTER], "failed ok ok"),
    "one fails, host_pinned": (
        {"strategy": "host_pinned", "tasks": [BEFORE, FAIL, AFTER]},
        "failed ok ok",
    ),
    "ignored": ([FAIL | {"ignore_errors": True}, AFTER], "ok ok ok"),
    "lost, ignored": ([LOSE | {"ignore_unreachable": True}], "ok ok ok"),
    "rescued": ([block(FAIL, rescue=RESCUE, always=[step("always")])], "ok ok ok"),
    "the rescue fails": ([block(FAIL, rescue=[FAIL]), AFTER], "failed ok ok"),
    "always after a failure": ([block(FAIL, always=[step("always")]), AFTER], "failed ok ok"),
    "end_host": ([BEFORE, meta("end_host", when=NOT_ON_H1), AFTER], "ok ok ok"),
    "end_host in a rescue": ([block(FAIL, rescue=[meta("end_host")]), AFTER], "ok ok ok"),
    "end_host in always, after a failure": (
        [block(block(FAIL, always=[meta("end_host", when=ON_H1)])), AFTER],
        "failed ok ok",
    ),
    "end_play": ([BEFORE, meta("end_play"), AFTER], "ok ok ok"),
    "end_play after a failure": ([block(FAIL), meta("end_play"), AFTER], "failed ok ok"),
    "end_play, batches": (
        {"serial": 1, "tasks": [BEFORE, meta("end_play"), AFTER]},
        "ok skipped skipped",
    ),
    "end_batch": ({"serial": 2, "tasks": [BEFORE, meta("end_batch"), AFTER]}, "ok ok ok"),
    "clear_host_errors": ([BEFORE, FAIL, meta("clear_host_errors"), AFTER], "failed ok ok"),
    "clear_host_errors after run_once": (
        [BEFORE, FAIL | {"run_once": True}, meta("clear_host_errors"), AFTER],
        "failed failed failed",
    ),
    "clear_host_errors of a lost host": (
        [BEFORE, LOSE, meta("clear_host_errors"), AFTER],
        "ok ok ok",
    ),
    "noop, flush_handlers": ([BEFORE, meta("noop"), meta("flush_handlers")], "ok ok ok"),
    "a handler fails": (
        {
            "tasks": [
                step("notify", changed=["h1", "h2"], notify="handle"),
                meta("flush_handlers"),
                AFTER,
            ],
            "handlers": [step("handle", failed=["h1"])],
        },
        "failed changed ok",
    ),
    "a handler that runs once fails": (
        {
            "tasks": [step("notify", changed=["h1", "h2"], notify="handle")],
            "handlers": [step("handle", failed=["h1"], run_once=True)],
        },
        "failed failed failed",
    ),
    "delegated work fails": (
        [BEFORE, FAIL | {"delegate_to": "h2", "run_once": True}, AFTER],
        "failed failed failed",
    ),
}


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlaybookForks]:
    """The process that runs the plays.

    In the gate without forks of Ansible's own; there `test_random_plays` has such forks.
    """
    found = PlaybookForks(tmp_path_factory.mktemp("plays"), inline=not is_full())
    yield found
    found.close()


def run_play(forks: PlaybookForks, parts: dict[str, Any] | list[Any]) -> Ran:
    """Run a play, and the one that shows whom Ansible has not lost."""
    play = {"gather_facts": False, "hosts": ",".join(HOSTS)}
    parts = {"tasks": parts} if isinstance(parts, list) else parts
    return forks.run(
        [{**play, "name": "work", **parts}, {**play, "name": NEXT, "tasks": [step(NEXT)]}], HOSTS
    )


def results(ran: Ran, node: str = "work", **keep: bool) -> dict[str, HostResult]:
    """Return what the journal says of a play, by host."""
    nodes = {"work": HOSTS, NEXT: HOSTS}
    begin = [task_started(nodes), attempt_started(ATTEMPT, list(nodes), HOSTS)]
    found = fold([*begin, *ran.events, attempt_finished(ATTEMPT)], **keep)
    return next(one for one in found.nodes if one.id == node).hosts


@pytest.mark.parametrize("habit", PLAYS)
def test_a_host_is_done_when_it_came_to_the_end_of_the_play(
    forks: PlaybookForks, habit: str
) -> None:
    """Else it is not, however few events there are of it."""
    parts, wanted = PLAYS[habit]
    ran = run_play(forks, parts)
    for keep in (True, False):
        found = results(ran, keep_tasks=keep)
        assert " ".join(found[host].status for host in HOSTS) == wanted, ran.output
    after = results(ran, NEXT)
    assert {host for host in HOSTS if after[host].status == "ok"} == ran.did(NEXT)
    assert {after[host].status for host in HOSTS} <= {"ok", "not-run"}


def test_failures_that_a_rescue_handled_are_known(forks: PlaybookForks) -> None:
    """And the failure of a rescue is not handled, nor the one that it was for."""
    twice = block(FAIL, rescue=[step("again", failed=["h1"])])
    for tasks, wanted in (
        ([block(FAIL, rescue=RESCUE), AFTER], ["fail"]),
        ([twice, AFTER], []),
        ([block(twice, rescue=RESCUE), AFTER], ["fail", "again"]),
        ([BEFORE, block(FAIL, always=[AFTER])], []),
        ([FAIL | {"ignore_errors": True}], []),
    ):
        events = run_play(forks, tasks).events
        ends = [event for event in events if event.kind is EventKind.PLAY_ENDED]
        rescued = RescuedFailures(ends)
        assert [event.name for event in events if event in rescued] == wanted


def test_reasons_say_what_stopped_a_host(forks: PlaybookForks) -> None:
    stopped = results(run_play(forks, [FAIL | {"run_once": True}]))
    assert {stopped[host].reason for host in ("h2", "h3")} == {HostReason.PLAY_ABORTED}
    batches = results(run_play(forks, {"serial": 1, "tasks": [LOSE]}))
    assert batches["h2"].reason is HostReason.BATCH_NOT_STARTED
    ended = results(run_play(forks, {"serial": 1, "tasks": [meta("end_play")]}))
    assert ended["h2"].reason is HostReason.PLAY_ENDED
    missing = results(run_play(forks, {"hosts": "h9"}))
    assert missing["h1"].reason is HostReason.NOT_IN_PLAY
