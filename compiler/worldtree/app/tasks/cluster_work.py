"""What tasks did on a cluster, whichever pipelines they ran, as the database has it.

A task works on a cluster alone, so its work is later than that of another one if it started after
that one's end.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from worldtree.engine.prior_results import NodeHost
from worldtree.engine.rollback_plan import write_times
from worldtree.engine.shared_work import (
    LastBegun,
    NodeWork,
    OtherSuccesses,
    changes_hosts,
    pairs_after,
)
from worldtree.plan.ids import pipeline_of
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.results.tree import HostResult, TaskResult

if TYPE_CHECKING:
    from worldtree.store.cluster_state import Success
    from worldtree.store.store import Store, TaskRecord


def other_successes(store: Store, plan: Plan) -> OtherSuccesses:
    """Return the successes of other pipelines, which end where ``plan`` works on the same thing."""
    plan_of = cache(lambda task: store.plan(store.task(task).plan))
    found = []
    for (node, host), success in store.successes(
        plan.cluster, leaving_out=_pipelines(plan)
    ).items():
        done = plan_of(success.task).graph.nodes.get(node)
        found.append(NodeWork(node, host, () if done is None else done.role_names))
    return OtherSuccesses(plan, found)


def current_successes(
    store: Store, plan: Plan, successes: Mapping[NodeHost, Success] | None = None
) -> Mapping[NodeHost, Success]:
    """Return the successes of ``plan``'s nodes that no later work of another pipeline overtook.

    The start of such work deletes them; earlier versions of this program did not. ``successes`` are
    those of the cluster where the caller has read them.
    """
    nodes = plan.graph.nodes
    known = store.successes(plan.cluster) if successes is None else successes
    found = {pair: success for pair, success in known.items() if pair[0] in nodes}
    begun = _begun_since(
        store,
        plan,
        min((success.ended for success in found.values()), default=None),
        leaving_out=_pipelines(plan),
    )
    if not begun:
        return found
    return {
        pair: success
        for pair, success in found.items()
        if (last := begun.last(_work(nodes[pair[0]], pair[1]))) is None or last[0] <= success.ended
    }


def current_outputs(store: Store, plan: Plan) -> dict[NodeHost, dict[str, Any]]:
    """Return the last outputs of nodes on hosts, by name.

    Without those whose work another pipeline did again or removed since, such as `destroy`.
    """
    times = store.output_times(plan.cluster)
    begun = _begun_since(
        store, plan, min(times.values(), default=None), leaving_out=_pipelines(plan)
    )
    nodes = plan.graph.nodes
    return {
        (node, host): values
        for (node, host), values in store.last_outputs(plan.cluster).items()
        for last in [
            begun.last(NodeWork(node, host, nodes[node].role_names if node in nodes else ()))
        ]
        if last is None or last[0] <= times[node, host]
    }


def overtaken_work(
    store: Store, plan: Plan, record: TaskRecord, before: TaskResult
) -> dict[NodeHost, str]:
    """Return the work of ``plan`` that another task began after ``record`` had done it.

    ``before`` is the result of ``record``, with the Ansible tasks. The values are ids of tasks.
    Work that was done again with the input that ``plan`` has is left out.
    """
    done = {
        (node.id, host): _end(result, record)
        for node in before.nodes
        for host, result in node.hosts.items()
        if node.id in plan.graph.nodes and result.status is not HostStatus.NOT_RUN
    }
    begun = _begun_since(store, plan, min(done.values(), default=None), besides=record.id)
    successes = store.successes(plan.cluster)
    found = {}
    for (name, host), end in done.items():
        last = begun.last(_work(plan.graph.nodes[name], host))
        if last is None or last[0] <= end:
            continue
        success = successes.get((name, host))
        digest = plan.pair_digests.get(name, {}).get(host)
        if success is None or success.digest != digest or success.ended < last[0]:
            found[name, host] = last[1]
    return found


def overtaking_task(
    store: Store, record: TaskRecord, plan: Plan, pairs: Collection[NodeHost]
) -> tuple[TaskRecord, NodeHost] | None:
    """Return the newest other task that changed work of ``record`` after it, and its first place.

    ``pairs`` are the work of ``record`` in question, on nodes of ``plan``. Rollbacks do not count,
    nor tasks that were rolled back. Repeated work of ``record`` counts from the last run that is
    known to have changed something: one that was cut off may not have come that far.
    """
    if not pairs:
        return None
    own = {pair: sure for pair, (sure, _) in write_times(store.events(record.id)).items()}
    done = {pair: own.get(pair, record.created) for pair in pairs}
    begun = {attempt.task for attempt in store.begun_work(record.cluster, record.created)}
    for other in store.list_tasks(record.cluster, leaving_out=[TaskCommand.ROLLBACK]):
        if other.id not in begun - {record.id} or other.status is TaskStatus.ROLLED_BACK:
            continue
        times = write_times(store.events(other.id))
        later = {pair: perhaps for pair, (_, perhaps) in times.items()}
        if both := sorted(pairs_after(plan, done, store.plan(other.plan), later)):
            return other, both[0]
    return None


def _begun_since(
    store: Store,
    plan: Plan,
    since: float | None,
    *,
    besides: str | None = None,
    leaving_out: Collection[str] = (),
) -> LastBegun:
    """Return what was begun on the plan's cluster since that time.

    Without the work of one task, and of some pipelines.
    """
    begun = LastBegun()
    plan_of = cache(store.plan)
    for attempt in store.begun_work(plan.cluster, since) if since is not None else ():
        # The nodes of an attempt are of one pipeline.
        left_out = any(pipeline_of(name) in leaving_out for name in attempt.nodes[:1])
        if attempt.task == besides or left_out:
            continue
        nodes = plan_of(attempt.plan).graph.nodes
        for node in (nodes[name] for name in attempt.nodes if name in nodes):
            for host in attempt.hosts:
                begun.add(
                    _work(node, host), attempt.started, attempt.task, changes=changes_hosts(node)
                )
    return begun


def _pipelines(plan: Plan) -> set[str]:
    """Return the pipelines of the nodes of ``plan``: of a rollback, that of the undone task."""
    return {pipeline_of(name) for name in plan.graph.nodes}


def _work(node: Node, host: str) -> NodeWork:
    return NodeWork(node.id, host, node.role_names)


def _end(result: HostResult, record: TaskRecord) -> float:
    """Return when a node ended on a host; of reused work, when the task that reused it began."""
    ends = [task.ended for task in result.tasks if task.ended is not None]
    return result.ended or max(ends, default=record.started or record.created)
