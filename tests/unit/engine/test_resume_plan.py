"""The truth table of going on with a task, row by row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from unit.engine.plans import node_id, plan, with_finalisers
from worldtree.engine.prior_results import NodeHost, PriorResult
from worldtree.engine.resume_plan import Rerun, RerunReason, ResumePlan, plan_resume
from worldtree.plan.node import FACTS_KIND
from worldtree.plan.plan import Plan
from worldtree.plan.policy import Policy
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, NodeResult, PlayTaskResult, TaskResult

PAIR = (node_id("a"), "h1")
MACHINE_DOWN = HostReason.MACHINE_WENT_DOWN.text
DONE_TASK = PlayTaskResult(name="Run it", status="changed", changed=True)


def bare(policy: str | None = None) -> Plan:
    """A plan with one node that has no guard."""
    made = plan({"a": ["h1"]})
    update: dict[str, Any] = {"repeatable": False, "policy": Policy(on_interrupted=policy)}
    node = made.graph.nodes[PAIR[0]].model_copy(update=update)
    return made.model_copy(
        update={"graph": made.graph.model_copy(update={"nodes": {node.id: node}})}
    )


def resume_plan_of(wanted: Plan, result: HostResult | None, **more: Any) -> ResumePlan:
    """Look back at one pair."""
    hosts = {} if result is None else {"h1": result}
    node = NodeResult(id=PAIR[0], status=NodeStatus.FAILED, hosts=hosts)
    before = TaskResult(
        task_id="t", cluster="c", pipeline="p", status=TaskStatus.FAILED, nodes=(node,)
    )
    return plan_resume(wanted, before, **more)


def failed_before(message: str | None) -> Rerun:
    """Return the reason of work that did not finish."""
    return Rerun(RerunReason.NOT_FINISHED, message or "")


@pytest.mark.parametrize("status", [HostStatus.OK, HostStatus.CHANGED, HostStatus.SKIPPED])
def test_done_is_reused(status: HostStatus) -> None:
    found = resume_plan_of(plan({"a": ["h1"]}), HostResult(status=status))
    assert found.reused == {PAIR: PriorResult(status, "done before")}
    assert found.runs == {}


def test_never_begun_is_new() -> None:
    assert resume_plan_of(plan({"a": ["h1"]}), None).runs == {PAIR: Rerun(RerunReason.NEW)}


@pytest.mark.parametrize("status", [HostStatus.FAILED, HostStatus.UNREACHABLE])
def test_lost_runs_again_and_says_why(status: HostStatus) -> None:
    found = resume_plan_of(plan({"a": ["h1"]}), HostResult(status=status, message="Task: broke"))
    assert found.runs == {PAIR: failed_before("Task: broke")}


def test_changed_input_and_choice_run_again_what_is_done() -> None:
    done = HostResult(status=HostStatus.OK)
    changed = resume_plan_of(plan({"a": ["h1"]}), done, changed={PAIR})
    assert changed.runs == {PAIR: Rerun(RerunReason.INPUT_CHANGED)}
    chosen = resume_plan_of(plan({"a": ["h1"]}), done, chosen={PAIR})
    assert chosen.runs == {PAIR: Rerun(RerunReason.SELECTED)}


def test_what_another_task_worked_on_since_runs_again() -> None:
    """Also where it had ended without a word of Ansible; what is not done is as it was."""
    between = HostResult(status=HostStatus.FAILED, cut_off="between", tasks=(DONE_TASK,))
    for done in (HostResult(status=HostStatus.OK), between):
        found = resume_plan_of(bare(), done, overtaken={PAIR: "t9"})
        assert found.runs == {PAIR: Rerun(RerunReason.OVERTAKEN, "task t9 worked on it since")}
    failed = HostResult(status=HostStatus.FAILED, message="Task: broke")
    found = resume_plan_of(plan({"a": ["h1"]}), failed, overtaken={PAIR: "t9"})
    assert found.runs == {PAIR: failed_before("Task: broke")}


WITHIN = HostResult(status=HostStatus.FAILED, message="cut off in `Run it`", cut_off="within")
LOST_TASK = PlayTaskResult(name="Run it", status="unreachable")
LOST = HostResult(status=HostStatus.UNREACHABLE, message="gone", tasks=(LOST_TASK,))


@pytest.mark.parametrize("result", [WITHIN, LOST])
@pytest.mark.parametrize(
    ("policy", "kind"),
    [(None, "uncertain"), ("ask", "uncertain"), ("rerun", "runs"), ("fail", "reused")],
)
def test_work_without_a_guard_that_may_have_had_its_effect(
    result: HostResult, policy: str | None, kind: str
) -> None:
    """It is never run twice without a word."""
    found = resume_plan_of(bare(policy), result)
    counts = {name: len(getattr(found, name)) for name in ("uncertain", "runs", "reused")}
    assert counts == {**dict.fromkeys(counts, 0), kind: 1}
    if kind == "reused":
        assert found.reused[PAIR].status is HostStatus.FAILED


def test_where_no_run_was_begun_as_the_host_did_not_answer_is_no_doubt() -> None:
    unreached = HostResult(status=HostStatus.UNREACHABLE, message="nothing listens")
    assert resume_plan_of(bare(), unreached).runs == {PAIR: failed_before("nothing listens")}


def test_where_no_connection_was_made_is_no_doubt() -> None:
    refused = LOST.model_copy(update={"reason": HostReason.NEVER_CONNECTED})
    assert resume_plan_of(bare(), refused).runs == {PAIR: failed_before("gone")}


def test_guarded_work_that_was_cut_off_runs_again() -> None:
    assert resume_plan_of(plan({"a": ["h1"]}), WITHIN).runs == {PAIR: failed_before(WITHIN.message)}


def test_single_task_that_had_ended_is_done() -> None:
    """The run was cut off after it, so Ansible never reported the end of the play."""
    between = HostResult(status=HostStatus.FAILED, cut_off="between", tasks=(DONE_TASK,))
    assert resume_plan_of(bare(), between).reused[PAIR].status is HostStatus.CHANGED
    failed = between.model_copy(
        update={"tasks": (DONE_TASK.model_copy(update={"status": "failed"}),)}
    )
    assert PAIR in resume_plan_of(bare(), failed).runs


def test_what_went_down_with_the_machine_is_in_doubt_unless_it_is_guarded() -> None:
    lost = HostResult(status=HostStatus.FAILED, cut_off="within", message=MACHINE_DOWN)
    assert [doubt.why for doubt in resume_plan_of(bare(), lost).uncertain] == [MACHINE_DOWN]
    assert resume_plan_of(plan({"a": ["h1"]}), lost).runs == {PAIR: failed_before(MACHINE_DOWN)}


def test_a_role_that_was_cut_off_is_in_doubt_after_any_of_its_tasks() -> None:
    """Only its last one would say that all is done, and running it again repeats the others."""
    made = bare()
    node = made.graph.nodes[PAIR[0]].model_copy(update={"kind": "role", "role": "mine"})
    graph = made.graph.model_copy(update={"nodes": {node.id: node}})
    made = made.model_copy(update={"graph": graph})
    between = HostResult(status=HostStatus.FAILED, cut_off="between", tasks=(DONE_TASK,))
    assert [doubt.host for doubt in resume_plan_of(made, between).uncertain] == ["h1"]
    assert resume_plan_of(made, WITHIN).uncertain
    before = HostResult(status=HostStatus.FAILED, cut_off="between", message="cut off")
    assert resume_plan_of(made, before).runs == {PAIR: failed_before("cut off")}


def test_a_doubt_about_a_role_names_the_task_that_acts_each_time() -> None:
    """It may be another one than that which was interrupted."""
    made = bare()
    node = made.graph.nodes[PAIR[0]].model_copy(update={"kind": "role", "role": "mine"})
    graph = made.graph.model_copy(update={"nodes": {node.id: node}})
    made = made.model_copy(update={"graph": graph})
    command = PlayTaskResult(
        name="Send mail", action="ansible.builtin.command", status="changed", changed=True
    )
    copied = PlayTaskResult(name="Copy", action="ansible.builtin.copy", status="changed")
    within = HostResult(
        status=HostStatus.FAILED,
        cut_off="within",
        message="interrupted during Ansible task `Wait`",
        tasks=(command, copied),
    )
    (doubt,) = resume_plan_of(made, within).uncertain
    assert doubt.text == (
        "interrupted during Ansible task `Wait`, after `Send mail`, which runs again with the"
        " step; it may already have taken effect"
    )


def bracket(*hosts: str) -> Plan:
    """A plan whose last node finishes, on ``hosts``, what the two before it do on h1 and h2."""
    names = {"a": ["h1", "h2"], "b": ["h1", "h2"], "end": list(hosts)}
    return with_finalisers(plan(names, [("a", "b", "host"), ("b", "end", "host")]), "end")


@pytest.mark.parametrize(
    ("hosts", "again"),
    [(["h1", "h2"], {"h1"}), (["h3"], {"h3"}), (["h1"], {"h1"}), (["h2"], {"h2"})],
)
def test_a_finaliser_runs_again_with_what_it_finishes(hosts: list[str], again: set[str]) -> None:
    """Host by host; on all of its own where the work is on others."""
    statuses = {"h1": HostStatus.FAILED, "h2": HostStatus.OK, "h3": HostStatus.OK}
    wanted = bracket(*hosts)
    nodes = tuple(
        NodeResult(
            id=node.id,
            status=NodeStatus.SUCCEEDED,
            hosts={
                host: HostResult(status=statuses[host] if node.step == "b" else HostStatus.CHANGED)
                for host in node.hosts
            },
        )
        for node in wanted.graph.nodes.values()
    )
    before = TaskResult(
        task_id="t", cluster="c", pipeline="p", status=TaskStatus.FAILED, nodes=nodes
    )
    found = plan_resume(wanted, before)
    end = node_id("end")
    assert {host for name, host in found.runs if name == end} == again
    assert {host for name, host in found.reused if name == end} == {*hosts} - again


def all_done(wanted: Plan, **but: HostResult) -> TaskResult:
    """Return the result of a plan that is done on all hosts; ``but`` is by node, on all hosts."""
    done = HostResult(status=HostStatus.OK)
    nodes = tuple(
        NodeResult(
            id=node.id,
            status=NodeStatus.SUCCEEDED,
            hosts=dict.fromkeys(node.hosts, but.get(node.id.rpartition("/")[2], done)),
        )
        for node in wanted.graph.nodes.values()
    )
    return TaskResult(
        task_id="t", cluster="c", pipeline="p", status=TaskStatus.PARTIAL, nodes=nodes
    )


def test_what_sets_lost_values_runs_again_with_its_finaliser() -> None:
    """Also where it is only the finaliser that reads what another node set."""
    made = plan(
        {"key": ["h0"], "drain": ["h1"], "back": ["h1"], "use": ["h1"]},
        [("key", "drain", "barrier"), ("drain", "back", "host"), ("back", "use", "host")],
    )
    wanted = with_finalisers(made, "back")
    key, drain, back, use = (
        (node_id("key"), "h0"),
        *((node_id(name), "h1") for name in ("drain", "back", "use")),
    )

    def to_set_again(reused: Collection[NodeHost]) -> set[NodeHost]:
        """``use`` reads what ``drain`` sets, and ``back`` what ``key`` sets."""
        found = {drain} if use not in reused else set()
        return (found | ({key} if back not in reused else set())).intersection(reused)

    lost = HostResult(status=HostStatus.FAILED, message="broke")
    found = plan_resume(wanted, all_done(wanted, use=lost), to_set_again=to_set_again)
    assert found.reused == {}
    assert {pair: rerun.reason for pair, rerun in found.runs.items()} == {
        key: RerunReason.SETS_AGAIN,
        drain: RerunReason.SETS_AGAIN,
        back: RerunReason.FINALISES_RERUN,
        use: RerunReason.NOT_FINISHED,
    }
    assert "no_log" in found.runs[key].text


#: ``a`` -> ``b`` host by host; ``c`` waits for all hosts of ``b``; ``d`` goes on host by host.
JOINED = plan(
    {name: ["h1", "h2"] for name in "abcd"},
    [("a", "b", "host"), ("b", "c", "barrier"), ("c", "d", "host")],
)


def test_what_comes_after_work_that_is_selected_again_runs_again() -> None:
    """On the hosts that the edges join."""
    found = plan_resume(JOINED, all_done(JOINED), chosen={(node_id("a"), "h1")})
    assert found.reused.keys() == {(node_id("a"), "h2"), (node_id("b"), "h2")}
    after = {pair: rerun.reason for pair, rerun in found.runs.items() if pair[0] != node_id("a")}
    follows = [("b", "h1"), ("c", "h1"), ("c", "h2"), ("d", "h1"), ("d", "h2")]
    assert after == {(node_id(n), host): RerunReason.FOLLOWS_RERUN for n, host in follows}


def test_what_comes_after_work_that_was_never_done_stays_done() -> None:
    """A host that failed in the meantime goes on alone, whether or not it is selected."""
    lost = HostResult(status=HostStatus.FAILED, message="broke")
    for chosen in ((), [(node_id("b"), host) for host in ("h1", "h2")]):
        found = plan_resume(JOINED, all_done(JOINED, b=lost), chosen=chosen)
        assert found.runs.keys() == {(node_id("b"), "h1"), (node_id("b"), "h2")}


def test_work_after_repeated_work_is_found_across_work_that_was_not_done() -> None:
    lost = HostResult(status=HostStatus.FAILED, message="broke")
    found = plan_resume(JOINED, all_done(JOINED, b=lost), chosen=[(node_id("a"), "h1")])
    assert found.runs[node_id("d"), "h2"].reason is RerunReason.FOLLOWS_RERUN
    assert found.reused.keys() == {(node_id("a"), "h2")}


def test_a_rollback_undoes_nothing_twice() -> None:
    back = JOINED.model_copy(update={"undoes": "t"})
    found = plan_resume(back, all_done(back), chosen=[(node_id("a"), "h1")])
    assert found.runs.keys() == {(node_id("a"), "h1")}


def test_facts_that_are_gathered_again_repeat_nothing() -> None:
    graph = JOINED.graph.nodes
    facts = graph[node_id("a")].model_copy(update={"kind": FACTS_KIND})
    nodes = {**graph, node_id("a"): facts}
    wanted = JOINED.model_copy(update={"graph": JOINED.graph.model_copy(update={"nodes": nodes})})
    found = plan_resume(wanted, all_done(wanted), chosen=[(node_id("a"), "h1")])
    assert found.runs.keys() == {(node_id("a"), "h1")}
