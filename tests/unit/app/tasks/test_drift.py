"""What two looks together say of every node on every host."""

from __future__ import annotations

import pytest

from worldtree.app.tasks.drift import evaluate_drift
from worldtree.app.tasks.run_modes import left_out_text
from worldtree.core.check_mode_rules import SKIPPED_BY_CHECK_MODE
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, NodeResult, PlayTaskResult, TaskResult


def plan(**nodes: bool) -> Plan:
    """Return a plan: module -> whether its one node knows check mode; `reads` only looks."""
    built = {
        f"p/{name}/t/s": Node(
            id=f"p/{name}/t/s",
            kind="role",
            hosts=("a", "b"),
            check_mode=check,
            reversibility="read-only" if name == "reads" else "compensable",
        )
        for name, check in nodes.items()
    }
    return Plan(cluster="c", pipeline="p", graph=ExecutionGraph(pipeline="p", nodes=built))


def looked(pipeline: str, **modules: tuple[HostStatus, HostStatus]) -> TaskResult:
    """Return a result: module -> statuses on both hosts; what was skipped was never tried."""
    return TaskResult(
        task_id="t",
        cluster="c",
        pipeline=pipeline,
        status=TaskStatus.SUCCEEDED,
        nodes=tuple(
            NodeResult(
                id=f"{pipeline}/{name}/t/s",
                status=NodeStatus.SUCCEEDED,
                hosts={
                    host: HostResult(
                        status=status,
                        message=f"told {status}",
                        attempts=int(status is not HostStatus.SKIPPED),
                    )
                    for host, status in zip("ab", statuses, strict=True)
                },
            )
            for name, statuses in modules.items()
        ),
    )


OK, CHANGED, FAILED = HostStatus.OK, HostStatus.CHANGED, HostStatus.FAILED
SKIPPED, UNREACHABLE = HostStatus.SKIPPED, HostStatus.UNREACHABLE
NOT_RUN = HostStatus.NOT_RUN


def test_what_check_mode_would_change_differs_and_the_rest_is_as_described() -> None:
    found = evaluate_drift(plan(m=True), looked("p", m=(OK, CHANGED)), None)
    assert [(one.node, one.host) for one in found.differs] == [("p/m/t/s", "b")]
    assert (found.unknown, found.coverage, found.status) == ((), 100, "drift")


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("ansible.builtin.group_by", "clean"),
        ("add_host", "clean"),
        ("ansible.legacy.set_fact", "clean"),
        ("ansible.builtin.debug", "drift"),
        ("ansible.builtin.copy", "drift"),
    ],
)
def test_a_change_of_what_ansible_knows_is_no_difference(action: str, status: str) -> None:
    """Every run of `group_by` and `add_host` reports one. What `changed_when` says counts."""
    tasks = tuple(
        PlayTaskResult(name="x", action=one, status="changed", changed=True)
        for one in (action, "ansible.builtin.group_by")
    )
    host = HostResult(status=CHANGED, changed=True, attempts=1, tasks=tasks)
    node = NodeResult(id="p/m/t/s", status=NodeStatus.SUCCEEDED, hosts={"a": host, "b": host})
    checked = looked("p", m=(OK, OK)).model_copy(update={"nodes": (node,)})
    assert evaluate_drift(plan(m=True), checked, None).status == status


def test_what_could_not_be_looked_at_is_never_green() -> None:
    found = evaluate_drift(
        plan(m=True, n=False), looked("p", m=(FAILED, UNREACHABLE), n=(SKIPPED,) * 2), None
    )
    assert len(found.unknown) == found.pairs == 4
    assert (found.coverage, found.status) == (0, "incomplete")


def test_only_what_was_looked_at_whole_is_clean() -> None:
    assert evaluate_drift(plan(m=True), looked("p", m=(OK, OK)), None).status == "clean"
    partly = evaluate_drift(plan(m=True, n=False), looked("p", m=(OK, OK), n=(SKIPPED,) * 2), None)
    assert (partly.coverage, partly.status) == (50, "incomplete")
    one_of_many = evaluate_drift(plan(m=True), looked("p", m=(OK, UNREACHABLE)), None)
    assert (one_of_many.coverage, one_of_many.status) == (50, "incomplete")


def test_a_difference_before_a_failure_counts_and_the_rest_is_unknown() -> None:
    """A later Ansible task of the node failed: what it would have changed is not known."""
    checked = looked("p", m=(FAILED, OK))
    (m,) = checked.nodes
    hosts = {**m.hosts, "a": m.hosts["a"].model_copy(update={"changed": True})}
    nodes = (m.model_copy(update={"hosts": hosts}),)
    found = evaluate_drift(plan(m=True), checked.model_copy(update={"nodes": nodes}), None)
    assert [(one.host, one.why) for one in found.differs] == [("a", "differs from the document")]
    assert [(one.host, one.why) for one in found.unknown] == [("a", "incomplete: told failed")]
    assert (found.status, found.coverage) == ("drift", 50)
    # A node that only ran, for its own verification, changed nothing that a check would tell.
    blind = evaluate_drift(plan(m=False), checked.model_copy(update={"nodes": nodes}), None)
    assert blind.differs == ()


def test_verify_stands_in_where_check_mode_cannot_look() -> None:
    verified = looked("verify", n=(OK, FAILED), o=(UNREACHABLE, OK))
    found = evaluate_drift(
        plan(n=False, o=False), looked("p", n=(SKIPPED,) * 2, o=(SKIPPED,) * 2), verified
    )
    assert [(one.node, one.host) for one in found.differs] == [("p/n/t/s", "b")]
    assert [(one.node, one.host) for one in found.unknown] == [("p/o/t/s", "a")]
    assert found.coverage == 75


def test_the_verify_of_a_role_is_about_its_own_step() -> None:
    """Not about other steps of its module, nor about tasks that its play writes itself."""
    base = plan(n=False)
    node = base.graph.nodes["p/n/t/s"]
    other = node.model_copy(update={"id": "p/n/t/other"})
    graph = base.graph.model_copy(update={"nodes": {node.id: node, other.id: other}})
    verified = looked("verify", n=(OK, OK))
    checked = looked("p", n=(SKIPPED,) * 2)
    both = base.model_copy(update={"graph": graph})
    found = evaluate_drift(both, checked, verified)
    assert [(one.node, one.host) for one in found.unknown] == [(other.id, "a"), (other.id, "b")]
    # A component verifies its module as a whole.
    parts = {one.id: one.model_copy(update={"component": "c"}) for one in (node, other)}
    whole = both.model_copy(update={"graph": graph.model_copy(update={"nodes": parts})})
    assert evaluate_drift(whole, checked, verified).status == "clean"

    of_role = ansible_task("x", "skipped", skipped=True).model_copy(update={"role": "r"})
    of_play = ansible_task("x", "skipped", skipped=True)
    for task, status in ((of_role, "clean"), (of_play, "incomplete")):
        result = HostResult(status=SKIPPED, attempts=1, tasks=(task,))
        one = NodeResult(id=node.id, status=NodeStatus.SKIPPED, hosts={"a": result, "b": result})
        check = checked.model_copy(update={"nodes": (one,)})
        assert evaluate_drift(plan(n=True), check, verified).status == status


def test_what_only_looks_counts_nowhere() -> None:
    found = evaluate_drift(plan(reads=False), looked("p", reads=(SKIPPED,) * 2), None)
    assert (found.pairs, found.unknown, found.coverage) == (0, (), 100)


def test_why_a_pair_was_not_looked_at_is_what_kept_it_from_that() -> None:
    """A host that was not reached is the cause itself; the failure of another node is named."""
    lost = looked("p", m=(FAILED, UNREACHABLE), n=(NOT_RUN, NOT_RUN))
    m, n = lost.nodes
    because = {host: one.model_copy(update={"message": None}) for host, one in n.hosts.items()}
    because = {h: one.model_copy(update={"caused_by": m.id}) for h, one in because.items()}
    nodes = (m, n.model_copy(update={"hosts": because}))
    found = evaluate_drift(plan(m=True, n=True), lost.model_copy(update={"nodes": nodes}), None)
    assert {one.host: one.why for one in found.unknown if one.node == n.id} == {
        "a": "not checked because of m/t/s: told failed",
        "b": "told unreachable",
    }


def ansible_task(
    name: str, status: str, *, skipped: bool = False, action: str = "ansible.builtin.shell"
) -> PlayTaskResult:
    """Return the result of an Ansible task; ``skipped`` by check mode."""
    result = {SKIPPED_BY_CHECK_MODE: True} if skipped else {}
    changed = status == "changed"
    return PlayTaskResult(name=name, action=action, status=status, changed=changed, result=result)


@pytest.mark.parametrize(
    ("tasks", "differs", "unknown"),
    [
        ([("x", "ok"), ("y", "skipped")], None, None),
        ([("x", "skipped", True)], None, "Command would have run: `x`"),
        ([("x", "ok"), ("y", "skipped", True)], None, "Command would have run: `y`"),
        ([("x", "changed"), ("y", "skipped", True)], "x", "Command would have run: `y`"),
        # Items of a loop: check mode skipped some of them.
        ([("x", "changed", True)], "x", "Command would have run: `x`"),
        (
            [(name, "skipped", True) for name in "vwxyz"],
            None,
            "Command would have run: `v`, `w`, `x` and 2 more",
        ),
        ([(name, "changed") for name in "vwxyz"], "v; w; x and 2 more", None),
    ],
)
def test_a_node_was_looked_at_when_each_of_its_tasks_was(
    tasks: list[tuple[str, str, bool]], differs: str | None, unknown: str | None
) -> None:
    """Commands that check mode skipped are named, whatever the other tasks of the node are."""
    status = CHANGED if differs else OK
    ran = tuple(ansible_task(name, end, skipped=bool(more)) for name, end, *more in tasks)
    if all(task.status == "skipped" for task in ran):
        status = SKIPPED
    result = HostResult(
        status=status, changed=bool(differs), message="of a task", attempts=1, tasks=ran
    )
    node = NodeResult(id="p/m/t/s", status=NodeStatus.SUCCEEDED, hosts={"a": result})
    checked = looked("p").model_copy(update={"nodes": (node,)})
    found = evaluate_drift(plan(m=True), checked, None)
    assert [one.why for one in found.differs] == (
        [f"differs from the document: {differs}"] if differs else []
    )
    assert [one.why for one in found.unknown if one.host == "a"] == (
        [f"incomplete: {unknown}"] if unknown else []
    )


def test_a_module_without_check_mode_is_not_called_a_command() -> None:
    tasks = (
        ansible_task("pull", "skipped", skipped=True, action="acme.net.image"),
        ansible_task("run", "skipped", skipped=True, action="ansible.windows.win_shell"),
    )
    result = HostResult(status=SKIPPED, attempts=1, tasks=tasks)
    assert left_out_text(result) == (
        "Command would have run: `run`; Module without check mode would have run: `pull`"
    )


def test_a_node_of_which_tags_select_a_part_is_named() -> None:
    """The rest of it was not looked at, so the cluster is not clean."""
    whole = plan(m=True)
    part = whole.model_copy(update={"cut": {"p/m/t/s": "part"}})
    found = evaluate_drift(part, looked("p", m=(OK, OK)), None)
    assert (found.in_part, found.coverage, found.status) == (("p/m/t/s",), 100, "incomplete")
