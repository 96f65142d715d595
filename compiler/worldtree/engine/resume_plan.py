"""What a resume does with each node on each host: the truth table.

The first row that fits decides:

==========================================================================  =====================
what is known of the node on the host                                       what is done
==========================================================================  =====================
done, then with other inputs: by another plan, or in a later task           run again
done, but another task worked on the same thing since, or undid it          run again
selected to run again                                                       run again
done, and after work that was done and is selected to run again             run again
a finaliser that was done, of work that runs (again)                        run again
done, but what it set was not written down, and work that runs may read it  run again
done: ok, changed, skipped                                                  reused
cut off, but its only Ansible task had finished                             reused
may have had its effect, and is not repeatable:
  its policy is ``rerun``                                                   run again
  its policy is ``fail``                                                    counted as failed
  otherwise                                                                 asked about
failed, unreachable, cut off                                                run again
else: never started                                                         run
==========================================================================  =====================

*After* goes by the edges of the graph, on the hosts that they join. Gathering facts again is not
such work.

*May have had its effect*: it was cut off within an Ansible task, or, in a role, after any of them;
or its host became unreachable while it ran, and a connection to it was made; or its progress is
unknown, as the control machine went down.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from worldtree.ansible.content.roles.repeatable import NOT_IDEMPOTENT
from worldtree.engine.prior_results import NodeHost, PriorResult
from worldtree.plan.node import FACTS_KIND, Node
from worldtree.plan.plan import Plan
from worldtree.results.host_reason import HostReason
from worldtree.results.node_status import is_success
from worldtree.results.status import HostStatus
from worldtree.results.tree import HostResult, TaskResult

_NEVER_RUN = HostResult(status=HostStatus.NOT_RUN)


@dataclass(frozen=True, slots=True)
class UncertainWork:
    """Work that may have had its effect on a host, and why that is not certain."""

    node: str
    host: str
    why: str

    @property
    def text(self) -> str:
        """One line that says both."""
        return _uncertain_text(self.why)


class RerunReason(StrEnum):
    """Why a node runs on a host when a task is resumed."""

    NEW = "new"
    INPUT_CHANGED = "input-changed"
    #: Another task worked on the same thing since, or undid it.
    OVERTAKEN = "overtaken"
    SELECTED = "selected"
    #: After work that was done and is selected to run again.
    FOLLOWS_RERUN = "follows-rerun"
    #: A finaliser of work that runs again.
    FINALISES_RERUN = "finalises-rerun"
    #: It set values that were not written down, and that work which runs may read.
    SETS_AGAIN = "sets-again"
    #: It failed, was unreachable or was cut off.
    NOT_FINISHED = "not-finished"


_RERUN_TEXTS = {
    RerunReason.NEW: "not started yet",
    RerunReason.INPUT_CHANGED: "last done with other inputs",
    RerunReason.OVERTAKEN: "another task worked on it since",
    RerunReason.SELECTED: "selected",
    RerunReason.FOLLOWS_RERUN: "selected work before it runs again",
    RerunReason.FINALISES_RERUN: "the work that it finalises runs again",
    RerunReason.SETS_AGAIN: "what it set under `no_log` or from a secret was not written down, and "
    "a node after it may read it",
    RerunReason.NOT_FINISHED: "not finished",
}


@dataclass(frozen=True, slots=True)
class Rerun:
    """Why a node runs on a host; ``detail`` is the last attempt's message."""

    reason: RerunReason
    detail: str = ""

    @property
    def is_new(self) -> bool:
        """Whether the node was never started there."""
        return self.reason is RerunReason.NEW

    @property
    def text(self) -> str:
        """One line for people."""
        return self.detail or _RERUN_TEXTS[self.reason]


@dataclass(frozen=True, slots=True)
class RemovedWork:
    """Work that the new plan no longer has, and what remains of it on the host."""

    node: str
    host: str
    why: str


@dataclass(frozen=True, slots=True)
class ResumePlan:
    """What is reused, what runs again and why, and what the operator has to decide first."""

    reused: Mapping[NodeHost, PriorResult] = field(default_factory=dict)
    runs: Mapping[NodeHost, Rerun] = field(default_factory=dict)
    uncertain: tuple[UncertainWork, ...] = ()
    #: Those of ``runs`` that were done.
    repeated: frozenset[NodeHost] = frozenset()
    #: Neither done nor selected: it does not run.
    left_out: frozenset[NodeHost] = frozenset()
    #: Work of the earlier plan that this plan does not have.
    removed: tuple[RemovedWork, ...] = ()

    def without(self, left_out: Collection[NodeHost]) -> ResumePlan:
        """Return the plan in which the pairs of ``left_out`` do not run."""
        return replace(
            self,
            runs={pair: why for pair, why in self.runs.items() if pair not in left_out},
            uncertain=tuple(d for d in self.uncertain if (d.node, d.host) not in left_out),
            repeated=self.repeated.difference(left_out),
            left_out=frozenset(left_out),
        )


def plan_resume(
    plan: Plan,
    before: TaskResult,
    *,
    changed: Collection[NodeHost] = (),
    overtaken: Mapping[NodeHost, str] = MappingProxyType({}),
    chosen: Collection[NodeHost] = (),
    to_set_again: Callable[[Collection[NodeHost]], Collection[NodeHost]] = lambda _: (),
) -> ResumePlan:
    """Decide for every node of ``plan`` on every host by its result in ``before``.

    ``before`` includes the Ansible tasks. ``changed`` pairs have other inputs than before; on
    ``overtaken`` ones another task worked since, whose id is the value; ``chosen`` pairs run in
    any case. ``to_set_again`` returns those of the pairs that do not run which set what the others
    may read and no run knows.
    """
    reused: dict[NodeHost, PriorResult] = {}
    runs: dict[NodeHost, Rerun] = {}
    #: What was done and is selected to run again.
    repeated: set[NodeHost] = set()
    succeeded: set[NodeHost] = set()
    doubts: list[UncertainWork] = []
    for node, host, old in _pairs_with_results(plan, before):
        pair = (node.id, host)
        doubt = _uncertainty(node, old)
        done = is_success(old.status) or _had_finished(node, old)
        if is_success(old.status):
            succeeded.add(pair)
        if done and pair in changed:
            runs[pair] = Rerun(RerunReason.INPUT_CHANGED)
        elif done and pair in overtaken:
            why = f"task {overtaken[pair]} worked on it since"
            runs[pair] = Rerun(RerunReason.OVERTAKEN, why)
        elif pair in chosen:
            runs[pair] = Rerun(RerunReason.SELECTED)
        elif is_success(old.status):
            reused[pair] = PriorResult(old.status, "done before")
        elif done:
            reused[pair] = PriorResult(HostStatus.CHANGED, "done before the run was interrupted")
        elif doubt is not None and node.policy.on_interrupted == "fail":
            reused[pair] = PriorResult(HostStatus.FAILED, _uncertain_text(doubt))
        elif doubt is not None and node.policy.on_interrupted != "rerun":
            doubts.append(UncertainWork(node.id, host, doubt))
        elif old.status is HostStatus.NOT_RUN:
            runs[pair] = Rerun(RerunReason.NEW)
        else:
            runs[pair] = Rerun(RerunReason.NOT_FINISHED, old.message or old.status)
        if done and pair in chosen and node.kind != FACTS_KIND:
            repeated.add(pair)
    # A rollback undoes nothing twice.
    for pair in _following(plan, repeated) if plan.undoes is None else ():
        if pair in reused and is_success(reused[pair].status):
            del reused[pair]
            runs[pair] = Rerun(RerunReason.FOLLOWS_RERUN)
    doubtful = {(doubt.node, doubt.host) for doubt in doubts}
    while True:
        finalisers = set(_finalisers_to_rerun(plan, reused, {*runs, *doubtful}))
        again = dict.fromkeys(finalisers, RerunReason.FINALISES_RERUN)
        for pair in to_set_again(reused):
            if is_success(reused[pair].status):
                again.setdefault(pair, RerunReason.SETS_AGAIN)
        if not again:
            return ResumePlan(reused, runs, tuple(doubts), frozenset(succeeded.intersection(runs)))
        for pair, reason in again.items():
            del reused[pair]
            runs[pair] = Rerun(reason)


def _following(plan: Plan, repeated: Collection[NodeHost]) -> set[NodeHost]:
    """Return the pairs after ``repeated``, by the edges of the graph."""
    hosts: dict[str, set[str]] = {}
    for name, host in repeated:
        hosts.setdefault(name, set()).add(host)
    found: set[NodeHost] = set()
    # In graph order, so that what follows is followed, too.
    for node in plan.graph.nodes.values():
        for edge in plan.graph.predecessors[node.id]:
            if before := hosts.get(edge.before):
                joined = before.intersection(node.hosts) if edge.kind == "host" else node.hosts
                hosts.setdefault(node.id, set()).update(joined)
                found.update((node.id, host) for host in joined)
    return found


def _finalisers_to_rerun(
    plan: Plan, reused: Mapping[NodeHost, PriorResult], runs: Collection[NodeHost]
) -> Iterator[NodeHost]:
    """Yield the finalisers that are done and whose work runs again."""
    running: dict[str, set[str]] = {}
    for name, host in runs:
        running.setdefault(name, set()).add(host)
    for node in plan.graph.nodes.values():
        before = plan.graph.finalised_by(node.id) if node.always else ()
        hosts = set().union(*(running.get(name, set()) for name in before))
        for host in hosts_to_finalise(node, hosts):
            known = reused.get((node.id, host))
            if known is not None and is_success(known.status):
                yield node.id, host


def _uncertain_text(why: str) -> str:
    return f"{why}; it may already have taken effect"


def hosts_to_finalise(node: Node, hosts: Collection[str]) -> tuple[str, ...]:
    """Return the hosts on which the finaliser ``node`` runs for work of its task on ``hosts``.

    These hosts; all of its own hosts when some of them are not hosts of the finaliser.
    """
    if any(host not in node.hosts for host in hosts):
        return node.hosts
    return tuple(host for host in node.hosts if host in hosts)


def _pairs_with_results(plan: Plan, before: TaskResult) -> Iterator[tuple[Node, str, HostResult]]:
    known = {node.id: node.hosts for node in before.nodes}
    for node in plan.graph.nodes.values():
        for host in node.hosts:
            yield node, host, known.get(node.id, {}).get(host, _NEVER_RUN)


def _had_finished(node: Node, old: HostResult) -> bool:
    """A built-in step is one Ansible task: an unrepeatable one is done once that ended."""
    return (
        not node.repeatable
        and not node.calls_team_code
        and old.cut_off == "between"
        and bool(old.tasks)
        and all(task.status in ("ok", "changed") for task in old.tasks)
    )


def _uncertainty(node: Node, old: HostResult) -> str | None:
    """Return why a node may have had an effect that it must not have twice, or None."""
    if node.repeatable or is_success(old.status) or old.reason is HostReason.NEVER_CONNECTED:
        return None
    if old.cut_off == "within":
        return f"{old.message}{_unguarded_work(node, old)}"
    if node.calls_team_code and old.cut_off == "between" and old.tasks:
        why = old.message or "it was interrupted within its play"
        return f"{why}{_unguarded_work(node, old)}"
    if old.status is HostStatus.UNREACHABLE and any(t.status == "unreachable" for t in old.tasks):
        return f"the host became unreachable: {old.message}"
    return None


def _unguarded_work(node: Node, old: HostResult) -> str:
    """Return words for the last task of a role or play that acts each time; empty without one."""
    done = [
        task
        for task in old.tasks
        if task.action in NOT_IDEMPOTENT and task.status in ("ok", "changed")
    ]
    if not done or not node.calls_team_code:
        return ""
    return f", after `{done[-1].name}`, which runs again with the step"
