"""Folding events into results."""

from __future__ import annotations

import pytest

from unit.results.streams import (
    CHAIN,
    RUN,
    A,
    B,
    attempt_finished,
    attempt_started,
    event,
    play_begun,
    play_ended,
    stats,
    statuses,
    task_begun,
    task_done,
    task_started,
)
from worldtree.core.shown_results import ERROR_ORIGIN_KEY
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import Fold, fold
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import FailurePlace


def test_a_new_task_has_everything_before_it() -> None:
    result = fold([CHAIN])
    assert (result.task_id, result.cluster, result.pipeline) == ("t1", "shop", "create-cluster")
    assert result.status is TaskStatus.RUNNING
    assert [n.status for n in result.nodes] == [NodeStatus.PENDING] * 2
    assert statuses(result, A) == {"h1": "not-run", "h2": "not-run"}


def test_tasks_without_hosts_and_parameters_are_known_from_the_start() -> None:
    """Events of older programs name none."""
    said = {"left_out": {"m/canary": "no host matches `canary`"}, "parameters": {"copies": 2}}
    found = fold([CHAIN.model_copy(update={"result": {**CHAIN.result, **said}})])
    assert {"left_out": found.left_out, "parameters": found.parameters} == said
    assert (fold([CHAIN]).left_out, fold([CHAIN]).parameters) == ({}, {})


def test_calls_of_modules_are_added_up_over_runs() -> None:
    """Events of older programs have none; a module's own result of that name is none."""
    first = {"warm": 3, "ordinary": {"copied": 1}}
    second = {"warm": 2, "ordinary": {"copied": 1, "environment": 4}}
    events = [CHAIN, *(attempt_started(attempt, (A,), ("h1",)) for attempt in "12"), stats("1")]
    for attempt, calls in (("1", first), ("2", second)):
        said = stats(attempt)
        events.append(said.model_copy(update={"result": {**said.result, "module_calls": calls}}))
    events.append(task_done("2", A, "h1", result={"module_calls": "mine"}))
    found = fold(events).module_calls
    assert (found.warm, found.ordinary) == (5, {"copied": 2, "environment": 4})


def test_failing_host_drops_out_of_the_rest_of_its_run() -> None:
    result = fold(
        [
            CHAIN,
            RUN,
            play_begun("x", A),
            task_done("x", A, "h1", "changed"),
            task_done("x", A, "h2", "failed", message="no"),
            play_begun("x", B),
            task_done("x", B, "h1"),
            stats("x", failures=["h2"]),
            attempt_finished("x"),
        ]
    )
    assert statuses(result, A) == {"h1": "changed", "h2": "failed"}
    assert statuses(result, B) == {"h1": "ok", "h2": "not-run"}


@pytest.mark.parametrize("keep_tasks", [True, False])
def test_a_failed_host_knows_where_the_failure_is(keep_tasks: bool) -> None:
    """Of the last failure, as what comes before it was rescued; whether tasks are kept or not."""
    found = fold(
        [
            CHAIN,
            RUN,
            play_begun("x", A, reports_end=True),
            task_done("x", A, "h1", path="/b/roles/x/tasks/main.yml:9"),
            task_done("x", A, "h2", "failed", path="/b/roles/x/tasks/main.yml:3"),
            task_done(
                "x",
                A,
                "h2",
                "failed",
                path="/b/roles/x/tasks/main.yml:9",
                result={ERROR_ORIGIN_KEY: "/b/roles/x/templates/t.j2:2", "rc": 1},
            ),
            play_ended("x", A, h1="end", h2="failed"),
            attempt_finished("x"),
        ],
        keep_tasks=keep_tasks,
    ).nodes[0]
    assert found.hosts["h1"].failure is None
    assert found.hosts["h2"].failure == FailurePlace(
        task="/b/roles/x/tasks/main.yml:9", error="/b/roles/x/templates/t.j2:2"
    )


def test_rescued_failure_is_known_once_the_host_goes_on() -> None:
    state = Fold()
    for one in [CHAIN, RUN, play_begun("x", A), task_done("x", A, "h1", "failed")]:
        state.add(one)
    assert state.statuses(A)["h1"] is HostStatus.FAILED
    for one in [
        task_done("x", A, "h1"),
        task_done("x", A, "h2"),
        play_begun("x", B),
        task_done("x", B, "h1"),
    ]:
        state.add(one)
    for one in [task_done("x", B, "h2"), stats("x"), attempt_finished("x")]:
        state.add(one)
    assert state.statuses(A)["h1"] is HostStatus.OK
    assert [t.ignored for t in state.node(A).hosts["h1"].tasks] == [True, False]


def test_a_host_is_running_until_its_node_has_ended_there() -> None:
    """One Ansible task that is done says nothing about the next one."""

    def now(*more: Event) -> dict[str, str]:
        stream.extend(more)
        return statuses(fold(stream), A)

    stream = [CHAIN, RUN, play_begun("x", A)]
    assert now(task_begun("x", A, "h1", "Keep")) == {"h1": "running", "h2": "not-run"}
    assert now(task_done("x", A, "h1", "changed", "Keep")) == {"h1": "running", "h2": "not-run"}
    host = fold(stream).nodes[0].hosts["h1"]
    assert (host.changed, host.started, host.ended) == (True, 1.0, None)
    assert now(task_begun("x", A, "h2")) == {"h1": "running", "h2": "running"}
    assert now(task_done("x", A, "h2", "failed")) == {"h1": "running", "h2": "failed"}
    assert now(task_begun("x", A, "h2", "Rescue")) == {"h1": "running", "h2": "running"}
    assert now(task_done("x", A, "h2", "ok", "Rescue")) == {"h1": "running", "h2": "running"}
    assert now(play_begun("x", B)) == {"h1": "changed", "h2": "failed"}
    assert now(task_done("x", B, "h2")) == {"h1": "changed", "h2": "ok"}


def test_a_host_has_ended_with_its_batch_and_with_a_play_that_was_given_up() -> None:
    given_up = event(EventKind.PLAY_ABORTED, attempt="x", node=A)
    stream = [
        CHAIN,
        RUN,
        play_begun("x", A),
        task_done("x", A, "h1"),
        play_begun("x", A),
        task_done("x", A, "h2"),
    ]
    assert statuses(fold(stream), A) == {"h1": "ok", "h2": "running"}
    assert statuses(fold([*stream, given_up]), A) == {"h1": "ok", "h2": "failed"}


@pytest.mark.parametrize("keep_tasks", [True, False])
def test_what_a_rollback_left_is_reported_though_it_went_well(keep_tasks: bool) -> None:
    undone = {"action": "worldtree.core.restore", "message": "/d is not empty; it was left alone"}
    stream = [
        task_started({A: ["h1", "h2"]}),
        attempt_started("x", [A], ["h1", "h2"]),
        play_begun("x", A),
        task_done("x", A, "h1", "changed", **undone),
        task_done("x", A, "h2", "changed", message="anyway"),
        stats("x"),
        attempt_finished("x"),
    ]
    hosts = fold(stream, keep_tasks=keep_tasks).nodes[0].hosts
    assert {name: host.message for name, host in hosts.items()} == {
        "h1": "/d is not empty; it was left alone",
        "h2": None,
    }


@pytest.mark.parametrize("keep_tasks", [True, False])
def test_the_last_words_of_a_command_are_known_without_its_output(keep_tasks: bool) -> None:
    bare = {"message": "non-zero return code", "stderr": "first\nno luck\n"}
    run = [attempt_started("x", [A], ["h1"]), play_begun("x", A)]
    lost = [task_done("x", A, "h1", "failed", **bare), attempt_finished("x")]
    (node,) = fold([task_started({A: ["h1"]}), *run, *lost], keep_tasks=keep_tasks).nodes
    assert node.hosts["h1"].message == "Work: non-zero return code: no luck"


def test_a_passed_node_is_settled_before_its_run_ends() -> None:
    """run_once leaves no event for the other hosts; they succeeded too."""
    state = Fold()
    for one in [CHAIN, RUN, play_begun("x", A), task_done("x", A, "h1"), play_begun("x", B)]:
        state.add(one)
    assert state.passed("x", A)
    assert not state.passed("x", B)
    assert state.statuses(A) == {"h1": HostStatus.OK, "h2": HostStatus.OK}


def test_a_node_that_lost_a_host_is_not_settled_before_its_run_ends() -> None:
    state = Fold()
    for one in [
        CHAIN,
        RUN,
        play_begun("x", A),
        task_done("x", A, "h1", "failed"),
        task_done("x", A, "h2"),
    ]:
        state.add(one)
    state.add(play_begun("x", B))
    assert not state.passed("x", A)


def test_given_up_play_loses_its_healthy_hosts_but_not_earlier_batches() -> None:
    """any_errors_fatal and max_fail_percentage stop hosts that have no failure of their own."""
    wide = task_started({A: ["h1", "h2", "h3", "h4"]})
    result = fold(
        [
            wide,
            attempt_started("x", [A], ["h1", "h2", "h3", "h4"]),
            play_begun("x", A),
            task_done("x", A, "h1"),
            play_begun("x", A),
            task_done("x", A, "h2"),
            task_done("x", A, "h3", "failed"),
            event(EventKind.PLAY_ABORTED, attempt="x", node=A),
            stats("x", failures=["h3"]),
            attempt_finished("x"),
        ]
    )
    assert statuses(result, A) == {"h1": "ok", "h2": "failed", "h3": "failed", "h4": "not-run"}


def test_hosts_after_a_batch_that_was_unreachable_are_not_done() -> None:
    """Ansible then begins no further batch, and says nothing of it; a host without work is done."""

    def after(*batch: Event) -> dict[str, str]:
        begin = attempt_started("x", [A], ["h1", "h2", "h3"])
        stream = [
            task_started({A: ["h1", "h2", "h3"]}),
            begin,
            play_begun("x", A),
            task_done("x", A, "h1"),
        ]
        end = stats("x", dark=["h2"])
        return statuses(fold([*stream, *batch, end, attempt_finished("x")]), A)

    gone = task_done("x", A, "h2", "unreachable")
    assert after(play_begun("x", A), gone) == {"h1": "ok", "h2": "unreachable", "h3": "not-run"}
    assert after(gone) == {"h1": "ok", "h2": "unreachable", "h3": "ok"}


def test_a_host_whose_end_was_promised_and_not_reported_is_not_done() -> None:
    """The run was killed, with h2 before its next task and h1 done."""
    stream = [CHAIN, RUN, play_begun("x", A, reports_end=True), task_done("x", A, "h1", last=True)]
    stream += [task_done("x", A, "h2")]
    result = fold([*stream, attempt_finished("x", "error")])
    assert statuses(result, A) == {"h1": "ok", "h2": "failed"}
    assert result.nodes[0].hosts["h2"].cut_off == "between"
    result = fold([*stream, stats("x"), attempt_finished("x")])
    assert result.nodes[0].hosts["h2"].reason is HostReason.END_UNKNOWN


def test_a_host_that_another_one_stopped_is_not_done_for_the_nodes_after() -> None:
    """With no event of its own it is neither passed nor begun there."""
    state = Fold()
    for one in [CHAIN, RUN, play_begun("x", A, reports_end=True), task_done("x", A, "h1")]:
        state.add(one)
    assert state.statuses(A)["h1"] is HostStatus.RUNNING
    state.add(play_ended("x", A, h1="end", h2="failed"))
    assert state.statuses(A) == {"h1": HostStatus.OK, "h2": HostStatus.NOT_RUN}
    state.add(play_begun("x", B, reports_end=True))
    assert not state.passed("x", A)
    for one in [task_done("x", B, "h1"), play_ended("x", B, h1="end", h2="out"), stats("x")]:
        state.add(one)
    state.add(attempt_finished("x"))
    assert state.node(A).hosts["h2"].reason is HostReason.PLAY_ABORTED
    assert state.statuses(B) == {"h1": HostStatus.OK, "h2": HostStatus.NOT_RUN}
    assert state.node(B).hosts["h2"].reason is None


def test_a_node_is_passed_once_all_its_hosts_came_to_the_end() -> None:
    """In any number of batches, or because `meta: end_play` ended it."""

    def passed(*ends: Event) -> bool:
        state = Fold()
        begin = [CHAIN, RUN, play_begun("x", A, reports_end=True)]
        for one in [*begin, *ends, play_begun("x", B, reports_end=True)]:
            state.add(one)
        return state.passed("x", A)

    assert not passed()
    assert not passed(play_ended("x", A, h1="end"))
    assert passed(play_ended("x", A, h1="end"), play_ended("x", A, h2="ended"))
    assert passed(play_ended("x", A, h1="ended", whole=True))
    assert not passed(play_ended("x", A, h1="unreachable", whole=True))


def test_a_task_without_a_start_takes_no_time() -> None:
    """Ansible reports no start of a `meta`, and its event is written after its end."""
    done = task_done("x", A, "h1", "skipped", ended=1.9)
    stream = [CHAIN, attempt_started("x", [A], ["h1"]), play_begun("x", A), done]
    stream += [stats("x"), attempt_finished("x")]
    host = next(node for node in fold(stream).nodes if node.id == A).hosts["h1"]
    assert (host.started, host.ended) == (1.9, 1.9)


def test_precheck_ends_a_host_as_skipped() -> None:
    """Its bookkeeping is no work; what counts is the last word of the fact."""

    def say(host: str, value: object) -> Event:
        facts = {"ansible_facts": {"worldtree_done": value}}
        return task_done("x", A, host, "ok", "Say", result=facts)

    stream = [CHAIN, attempt_started("x", [A], ["h1", "h2"]), play_begun("x", A)]
    stream += [say("h1", False), say("h2", False), say("h1", True), say("h2", False)]
    assert statuses(fold(stream), A) == {"h1": "skipped", "h2": "running"}
    stream += [task_done("x", A, "h2"), stats("x"), attempt_finished("x")]
    assert statuses(fold(stream), A) == {"h1": "skipped", "h2": "ok"}


def test_a_task_that_was_cut_off_before_its_first_event_is_shown_whole() -> None:
    resumed = CHAIN.model_copy(update={"kind": EventKind.TASK_RESUMED})
    assert fold([resumed]) == fold([CHAIN])


def test_further_try_replaces_the_first_on_its_hosts_only() -> None:
    result = fold(
        [
            CHAIN,
            RUN,
            play_begun("x", A),
            task_done("x", A, "h1", "changed"),
            task_done("x", A, "h2", "failed"),
            stats("x", failures=["h2"]),
            attempt_finished("x"),
            attempt_started("y", [A], ["h2"]),
            play_begun("y", A),
            task_done("y", A, "h2"),
            stats("y"),
            attempt_finished("y"),
        ]
    )
    assert statuses(result, A) == {"h1": "changed", "h2": "ok"}
    assert {h: r.attempts for h, r in result.nodes[0].hosts.items()} == {"h1": 1, "h2": 2}


def test_hosts_never_overwrite_each_other() -> None:
    """Each host keeps its own outputs."""
    stream = [CHAIN, RUN, play_begun("x", A)]
    stream += [task_done("x", A, h, stdout=f"of {h}", result={"host": h}) for h in ("h1", "h2")]
    hosts = fold(stream).nodes[0].hosts
    assert {h: hosts[h].tasks[0].stdout for h in hosts} == {"h1": "of h1", "h2": "of h2"}
    assert {h: hosts[h].tasks[0].result for h in hosts} == {h: {"host": h} for h in hosts}


def test_skips_carry_their_cause() -> None:
    result = fold(
        [
            CHAIN,
            event(EventKind.NODE_SKIPPED, node=A, host="h2", caused_by="p/m/t/x"),
            event(EventKind.NODE_SKIPPED, 5.0, node=B, caused_by="p/m/t/y"),
        ]
    )
    assert result.nodes[0].status is NodeStatus.PENDING
    assert result.nodes[0].hosts["h2"].caused_by == "p/m/t/x"
    assert (result.nodes[1].status, result.nodes[1].caused_by) == (NodeStatus.SKIPPED, "p/m/t/y")


def test_hosts_in_mid_task_are_named_by_the_task() -> None:
    result = fold([CHAIN, RUN, attempt_finished("x", "cancelled", interrupted_hosts=["h2"])])
    assert result.interrupted_hosts == ("h2",)


def test_hosts_that_are_reused_alike_share_one_result() -> None:
    """Of 500 nodes on 10 hosts that do not run again, 500 results are made and not 5,000."""
    hosts = ("h1", "h2", "h3")
    entry = {"status": "skipped", "message": "unchanged"}
    reused = {"h1": entry, "h2": entry, "h3": {**entry, "message": "another"}}
    started = task_started({A: hosts})
    (node,) = fold([started, event(EventKind.NODE_REUSED, node=A, result={"hosts": reused})]).nodes
    assert node.hosts["h1"] is node.hosts["h2"]
    assert [node.hosts[host].message for host in hosts] == ["unchanged", "unchanged", "another"]
