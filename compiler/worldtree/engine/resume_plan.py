"""What an earlier life of a task means for going on with it: the truth table of resuming.

For each node on each host, the first row that fits:

==========================================================================  =====================
what is known of the pair                                                   what is done
==========================================================================  =====================
last done from another input: by another plan, or in a later task           run again
chosen to be run again                                                      run again
a finaliser that was done, of work that runs (again)                        run again
done: ok, changed, skipped                                                  reused
cut off, but its only Ansible task had come to its end                      reused
may have had its effect, and has no guard against having it twice:
  its policy is ``rerun``                                                   run again
  its policy is ``fail``                                                    taken for failed
  otherwise                                                                 asked about
failed, unreachable, cut off                                                run again
else: never begun                                                           run
==========================================================================  =====================

*May have had its effect*: it was cut off within an Ansible task, or, in a role, after any of them;
or its host was lost while it ran; or nobody knows how far it came, as the machine itself went down.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from worldtree.engine.prior_results import NodeHost, PriorResult
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan
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
    SELECTED = "selected"
    #: A finaliser of work that runs again.
    FINALISES_RERUN = "finalises-rerun"
    #: It failed, was unreachable or was cut off.
    NOT_FINISHED = "not-finished"


_RERUN_TEXTS = {
    RerunReason.NEW: "not started yet",
    RerunReason.INPUT_CHANGED: "last done with other inputs",
    RerunReason.SELECTED: "selected",
    RerunReason.FINALISES_RERUN: "the work that it finalises runs again",
    RerunReason.NOT_FINISHED: "not finished",
}


@dataclass(frozen=True, slots=True)
class Rerun:
    """Why a node runs on a host; ``detail`` is what the last attempt said."""

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
    """Work that the plan does not have any more; what that leaves behind."""

    node: str
    host: str
    why: str


@dataclass(frozen=True, slots=True)
class ResumePlan:
    """What will be reused, what runs again and why, and what has to be asked first."""

    reused: Mapping[NodeHost, PriorResult] = field(default_factory=dict)
    runs: Mapping[NodeHost, Rerun] = field(default_factory=dict)
    uncertain: tuple[UncertainWork, ...] = ()
    #: What an earlier plan had, where this is another one.
    removed: tuple[RemovedWork, ...] = ()


def plan_resume(
    plan: Plan,
    before: TaskResult,
    *,
    changed: Collection[NodeHost] = (),
    chosen: Collection[NodeHost] = (),
) -> ResumePlan:
    """Judge every pair of ``plan`` by what ``before``, with its Ansible tasks, says of it.

    ``changed`` pairs have another input than before, and ``chosen`` ones are to run whatever is
    known.
    """
    reused: dict[NodeHost, PriorResult] = {}
    runs: dict[NodeHost, Rerun] = {}
    doubts: list[UncertainWork] = []
    for node, host, old in _pairs_with_results(plan, before):
        pair = (node.id, host)
        doubt = _uncertainty(node, old)
        if pair in changed and is_success(old.status):
            runs[pair] = Rerun(RerunReason.INPUT_CHANGED)
        elif pair in chosen:
            runs[pair] = Rerun(RerunReason.SELECTED)
        elif is_success(old.status):
            reused[pair] = PriorResult(old.status, "done before")
        elif _had_finished(node, old):
            reused[pair] = PriorResult(HostStatus.CHANGED, "done before it was cut off")
        elif doubt is not None and node.policy.on_interrupted == "fail":
            reused[pair] = PriorResult(HostStatus.FAILED, _uncertain_text(doubt))
        elif doubt is not None and node.policy.on_interrupted != "rerun":
            doubts.append(UncertainWork(node.id, host, doubt))
        elif old.status is HostStatus.NOT_RUN:
            runs[pair] = Rerun(RerunReason.NEW)
        else:
            runs[pair] = Rerun(RerunReason.NOT_FINISHED, old.message or old.status)
    for pair in _finalisers_to_rerun(plan, reused, {*runs, *((d.node, d.host) for d in doubts)}):
        del reused[pair]
        runs[pair] = Rerun(RerunReason.FINALISES_RERUN)
    return ResumePlan(reused, runs, tuple(doubts))


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
    return f"{why}; it may have had its effect"


def hosts_to_finalise(node: Node, hosts: Collection[str]) -> tuple[str, ...]:
    """Return the hosts on which ``node`` goes with other work of its task on ``hosts``.

    The same ones; where that work is on hosts that the node is not for, all of its own.
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
    """A built-in step without a guard is a single Ansible task: once that ended, all is done."""
    return (
        not node.repeatable
        and node.role is None
        and old.cut_off == "between"
        and bool(old.tasks)
        and all(task.status in ("ok", "changed") for task in old.tasks)
    )


def _uncertainty(node: Node, old: HostResult) -> str | None:
    """Return why a pair may have had an effect that it must not have twice."""
    if node.repeatable or is_success(old.status):
        return None
    if old.cut_off == "within":
        return old.message
    if node.role is not None and old.cut_off == "between" and old.tasks:
        return old.message or "it was cut off within the role"
    if old.status is HostStatus.UNREACHABLE and any(t.status == "unreachable" for t in old.tasks):
        return f"the host was lost: {old.message}"
    return None
