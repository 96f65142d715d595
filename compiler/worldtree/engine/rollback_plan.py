"""Plans a rollback from a task's plan and events; it is a plan like any other.

For each node on each host, the first row that fits decides:

==========================================================================  =====================
what the task did with the node on the host                                 what a rollback does
==========================================================================  =====================
no run of it started there: reused, left out or dropped                     nothing
no run of it changed something, failed or was cut off                       nothing
it is read-only                                                             nothing
it has no rollback                                                          reports it as left
else: it changed something, or failed or was cut off after its start        runs its rollback
==========================================================================  =====================

The order is the reverse of completion: a node is undone before the nodes that it depended on, and
on each host the node that ended last is undone first, one after the other. Edges are soft: a
rollback that fails stops no other.

What the results of the rollback make of the nodes of the task that is rolled back:

==========================================================================  =====================
facts about a node of that task                                             its status afterwards
==========================================================================  =====================
all its effects were undone                                                 rolled-back
some were not undone, or have no rollback                                   as it was
it had no effects                                                           as it was
==========================================================================  =====================

The task is rolled-back when at least one effect was undone and none is left. Otherwise its status
stays, and its message names what is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from worldtree.engine.prior_results import NodeHost
from worldtree.graph.dag import Dag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Edge, Node
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.results.fold import Fold
from worldtree.results.node_status import is_success
from worldtree.results.status import HostStatus

#: The pipeline of a plan that rolls another one back.
ROLLBACK_PIPELINE = "rollback"
#: Kinds whose rollback is a command of the user's, which may not be repeatable.
_UNGUARDED_KINDS = ("command", "local", "script")
_UNDONE_STATUSES = (HostStatus.OK, HostStatus.CHANGED)


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """How to roll a task back."""

    #: The rollbacks as a plan, which may be empty.
    plan: Plan
    #: Node id -> hosts on which it has, or may have, an effect that cannot be undone.
    left: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Effect:
    """What one run may have changed: a node on a host."""

    pair: NodeHost
    #: When the task's first run of the node on the host began, and this one.
    first: float
    began: float
    #: The ``seq`` of the last event of the node on the host.
    ended: int
    #: Whether Ansible said so; otherwise it failed or was cut off.
    is_reported: bool


def find_effects(events: Iterable[Event]) -> dict[NodeHost, int]:
    """Return the nodes on hosts that may have had an effect, with the ``seq`` of their end.

    ``events`` are all events of a task, in order. A run without a recorded end may have had an
    effect in all of its nodes.
    """
    return {effect.pair: effect.ended for effect in _effects(events)}


def write_times(events: Iterable[Event]) -> dict[NodeHost, tuple[float, float]]:
    """Return when the runs began that wrote nodes on hosts last: for sure, and perhaps.

    ``events`` as of ``find_effects``. Sure is a run that reported a change. Where no run did, it is
    the task's first run of the node there, whose state a rollback restores: a repetition that
    failed or was cut off may not have come that far.
    """
    sure: dict[NodeHost, float] = {}
    first: dict[NodeHost, float] = {}
    perhaps: dict[NodeHost, float] = {}
    for effect in _effects(events):
        first[effect.pair] = effect.first
        perhaps[effect.pair] = max(effect.began, perhaps.get(effect.pair, effect.began))
        if effect.is_reported:
            sure[effect.pair] = max(effect.began, sure.get(effect.pair, effect.began))
    return {pair: (sure.get(pair, first[pair]), last) for pair, last in perhaps.items()}


def _effects(events: Iterable[Event]) -> Iterator[_Effect]:
    """Yield what the runs of a task may have changed, in the order of their ends."""
    fold = Fold(keep_tasks=False)
    runs: dict[str, Event] = {}
    first: dict[NodeHost, float] = {}
    last: dict[NodeHost, int] = {}
    for event in events:
        fold.add(event)
        if event.kind is EventKind.ATTEMPT_STARTED and event.attempt is not None:
            if not event.result.get("check"):
                runs[event.attempt] = event
                for pair in _pairs(event):
                    first.setdefault(pair, event.time)
        elif event.kind is EventKind.ATTEMPT_FINISHED and event.attempt in runs:
            start = runs.pop(event.attempt)
            for pair in _pairs(start):
                result = fold.node(pair[0]).hosts.get(pair[1])
                if result is not None and (result.changed or result.status.is_lost):
                    ended = last.get(pair, event.seq)
                    yield _Effect(pair, first[pair], start.time, ended, result.changed)
        elif event.node is not None and event.host is not None and event.attempt is not None:
            last[event.node, event.host] = event.seq
    for start in runs.values():
        for pair in _pairs(start):
            ended = last.get(pair, 0)
            yield _Effect(pair, first[pair], start.time, ended, is_reported=False)


def _pairs(start: Event) -> Iterator[NodeHost]:
    return product(start.result["nodes"], start.result["hosts"])


def plan_rollback(
    plan: Plan, ended: Mapping[NodeHost, int], can_undo: Collection[str], *, task: str
) -> RollbackPlan:
    """Return how to roll back ``task``, which executed ``plan``.

    ``ended`` comes from ``find_effects``; ``can_undo`` are the nodes that have a rollback.
    """
    hosts: dict[str, tuple[str, ...]] = {}
    left: dict[str, tuple[str, ...]] = {}
    for name, node in plan.graph.nodes.items():
        touched = tuple(host for host in node.hosts if (name, host) in ended)
        if touched and node.reversibility != "read-only":
            (hosts if name in can_undo else left)[name] = touched
    needs = _nearest_dependencies(plan.graph, hosts)
    place = {name: -max(ended[name, host] for host in hosts[name]) for name in hosts}
    order = Dag(hosts, [(b, a, "soft") for a, b in needs]).topological_order(place.__getitem__)
    nodes = {name: _rollback_node(plan.graph.nodes[name], hosts[name]) for name in order}
    pairs = dict.fromkeys([*((b, a) for a, b in sorted(needs)), *_order_on_each_host(nodes)])
    edges = tuple(Edge(before=a, after=b, kind="soft") for a, b in pairs)
    number = {name: at for at, name in enumerate(order)}
    policy = {"on_failure": "ignore", "allowed_failures": 0}
    undoing = plan.model_copy(
        update={
            "pipeline": ROLLBACK_PIPELINE,
            "policy": plan.policy.model_copy(update=policy),
            "graph": ExecutionGraph(pipeline=ROLLBACK_PIPELINE, nodes=nodes, edges=edges),
            "layers": Dag(nodes, [(a, b, "soft") for a, b in pairs]).layers(number.__getitem__),
            "node_digests": {},
            "pair_digests": {},
            "undoes": task,
            # Undone is what ran, with all of the rollback's tasks.
            "tags": (),
            "skip_tags": (),
            "cut": {},
        }
    )
    return RollbackPlan(undoing, left)


@dataclass(frozen=True, slots=True)
class RollbackOutcome:
    """The outcome of a rollback; each field maps node ids to hosts."""

    #: Their rollback succeeded.
    undone: Mapping[str, tuple[str, ...]]
    #: Their rollback failed, was cut off, or did not start.
    failed: Mapping[str, tuple[str, ...]]
    #: Without a rollback.
    left: Mapping[str, tuple[str, ...]]

    @property
    def rolled_back(self) -> frozenset[str]:
        """The nodes of which something was undone and no effect is left."""
        return frozenset(self.undone) - frozenset(self.failed) - frozenset(self.left)

    @property
    def whole(self) -> bool:
        """Whether the task is rolled back: something was undone, and no effect is left."""
        return bool(self.undone) and not self.failed and not self.left


def judge_rollback(
    compensation: RollbackPlan, done: Mapping[str, Mapping[str, HostStatus]]
) -> RollbackOutcome:
    """Return the outcome of a rollback; ``done`` has the status of its nodes on their hosts.

    A rollback that was skipped by its condition or precheck had nothing to undo: it does not count.
    """
    undone: dict[str, tuple[str, ...]] = {}
    failed: dict[str, tuple[str, ...]] = {}
    for name, node in compensation.plan.graph.nodes.items():
        found = {h: done.get(name, {}).get(h, HostStatus.NOT_RUN) for h in node.hosts}
        good = tuple(h for h, status in found.items() if status in _UNDONE_STATUSES)
        bad = tuple(h for h, status in found.items() if not is_success(status))
        if good:
            undone[name] = good
        if bad:
            failed[name] = bad
    return RollbackOutcome(undone, failed, compensation.left)


def _nearest_dependencies(graph: ExecutionGraph, kept: Collection[str]) -> set[tuple[str, str]]:
    """Return ``(before, after)`` among ``kept``, also through other nodes between them."""
    links = {(edge.before, edge.after) for edge in graph.edges}
    nearest: dict[str, frozenset[str]] = {}
    found: set[tuple[str, str]] = set()
    for name in Dag(graph.nodes, [(a, b, "soft") for a, b in links]).topological_order():
        before: set[str] = set()
        for edge in graph.predecessors[name]:
            before |= {edge.before} if edge.before in kept else nearest[edge.before]
        nearest[name] = frozenset(before)
        if name in kept:
            found |= {(one, name) for one in before}
    return found


def _rollback_node(node: Node, hosts: tuple[str, ...]) -> Node:
    policy = {"on_failure": "ignore", "allowed_failures": 0}
    return node.model_copy(
        update={
            "hosts": hosts,
            "always": False,
            "repeatable": node.kind not in _UNGUARDED_KINDS,
            "policy": node.policy.model_copy(update=policy),
        }
    )


def _order_on_each_host(nodes: Mapping[str, Node]) -> Iterable[tuple[str, str]]:
    """Yield ``(before, after)`` that put the nodes of each host into the order of ``nodes``."""
    last: dict[str, str] = {}
    steps: dict[str, set[str]] = defaultdict(set)
    for name, node in nodes.items():
        for host in node.hosts:
            if host in last:
                steps[name].add(last[host])
            last[host] = name
        yield from ((before, name) for before in sorted(steps[name]))
