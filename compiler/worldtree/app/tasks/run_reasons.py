"""Why work runs although only what changed is to be done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from worldtree.core.text import and_more
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.node import FACTS_KIND
from worldtree.plan.plan import Plan

#: Most inputs that a text names.
_MAX_INPUTS = 3
#: The input of a plan that is the version of this program.
_VERSION = "tool:worldtree"


class ReasonCode(StrEnum):
    """What scripts know a reason by."""

    NO_SUCCESS = "no-success"
    OVERTAKEN = "overtaken"
    PART_DONE = "part-done"
    STEP_CHANGED = "step-changed"
    CONNECTION_CHANGED = "connection-changed"
    ROLE_CHANGED = "role-changed"
    INPUT_CHANGED = "input-changed"
    READS_OUTPUT = "reads-output"
    FINALISER = "finaliser"
    VALUES_NOT_KEPT = "values-not-kept"
    FACTS = "facts"


_TEXTS = {
    ReasonCode.NO_SUCCESS: "no success is recorded",
    ReasonCode.OVERTAKEN: "another pipeline worked on it since",
    ReasonCode.STEP_CHANGED: "its step in the document changed",
    ReasonCode.CONNECTION_CHANGED: "the host's address, port, user or connection changed",
    ReasonCode.READS_OUTPUT: "what it reads of another node may have changed",
    ReasonCode.FINALISER: "an `always` step goes with it, and runs",
    ReasonCode.VALUES_NOT_KEPT: "values that it sets were not written down",
    ReasonCode.FACTS: "other work reads facts",
}


@dataclass(frozen=True, slots=True)
class RunReason:
    """One reason for which a node runs on a host."""

    code: ReasonCode
    text: str
    #: Names of inputs: files of the bundle, or parts of the plan such as ``document``.
    inputs: tuple[str, ...] = ()

    @classmethod
    def of(cls, code: ReasonCode) -> RunReason:
        """Return a reason without inputs."""
        return cls(code, _TEXTS[code])


#: Pair of node and host that runs -> the reasons.
Reasons = Mapping[NodeHost, tuple[RunReason, ...]]
#: Where all work runs, changed or not.
NO_REASONS: Reasons = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EarlierWork:
    """The plan and the bundle of a task that did some work."""

    plan: Plan
    #: File of the bundle -> its sha256; empty where the bundle is gone.
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecordedWork:
    """What is recorded of a pair of node and host: the digest of its input, and who did it."""

    digest: str
    task: str
    #: Whether another pipeline worked on it since.
    overtaken: bool


class RunReasons:
    """Finds the reasons for pairs of one plan."""

    def __init__(
        self,
        plan: Plan,
        files: Mapping[str, str],
        recorded: Mapping[NodeHost, RecordedWork],
        earlier: Callable[[str], EarlierWork],
        others: Mapping[NodeHost, ReasonCode],
    ) -> None:
        """``files`` are those of the plan's bundle with their sha256.

        ``earlier`` returns what a task was made from, and ``others`` are reasons known already.
        """
        self._plan, self._files, self._recorded = plan, files, recorded
        self._earlier, self._others = earlier, others
        self._hosts = {host.name: host for host in plan.hosts}
        self._changes: dict[str, tuple[str, ...]] = {}

    def of(self, pairs: Iterable[NodeHost]) -> Reasons:
        """Return the reasons for which each of ``pairs`` runs."""
        return {pair: self._of(pair) for pair in pairs}

    def _of(self, pair: NodeHost) -> tuple[RunReason, ...]:
        if self._plan.graph.nodes[pair[0]].kind == FACTS_KIND:
            return (RunReason.of(ReasonCode.FACTS),)
        if pair in self._others:
            return (RunReason.of(self._others[pair]),)
        done = self._recorded.get(pair)
        if done is None:
            return (RunReason.of(ReasonCode.NO_SUCCESS),)
        if done.overtaken:
            return (RunReason.of(ReasonCode.OVERTAKEN),)
        return self._of_input(pair, done)

    def _of_input(self, pair: NodeHost, done: RecordedWork) -> tuple[RunReason, ...]:
        # The compiler is slow to import, and only this needs it.
        from worldtree.compile.node_digests import host_identity, work_data

        name, host = pair
        work = self._earlier(done.task)
        old, new = work.plan, self._plan
        was, node = old.graph.nodes.get(name), new.graph.nodes[name]
        if was is None or old.pair_digests.get(name, {}).get(host) != done.digest:
            return (_input_changed(()),)  # The success is of another plan than the task's.
        found: list[RunReason] = []
        if name in old.cut and name not in new.cut:
            text = f"only a part of it was done, with {old.tag_options}"
            found.append(RunReason(ReasonCode.PART_DONE, text))
        changed = _changed(old.digests, new.digests)
        # Another version may write the same node in another way.
        if _VERSION not in changed and work_data(was) != work_data(node):
            found.append(RunReason.of(ReasonCode.STEP_CHANGED))
        before = next((one for one in old.hosts if one.name == host), None)
        now = self._hosts.get(host)
        if before is not None and now is not None and host_identity(before) != host_identity(now):
            found.append(RunReason.of(ReasonCode.CONNECTION_CHANGED))
        for role in node.role_names:
            if f"role:{role}" in changed:
                inputs = self._changed_files(done.task, f"roles/{role}/") or (f"role:{role}",)
                text = f"the role `{role}` changed: {and_more(inputs, _MAX_INPUTS)}"
                found.append(RunReason(ReasonCode.ROLE_CHANGED, text, inputs))
        return tuple(found) or (_input_changed(self._changed_inputs(done.task, changed)),)

    def _changed_inputs(self, task: str, changed: Iterable[str]) -> tuple[str, ...]:
        """Return the changed inputs of the plan, those with files in the bundle by these."""
        found: list[str] = []
        for name in changed:
            kind, _, rest = name.partition(":")
            if kind == "tool":
                continue
            places = {"inventory": "inventory/", "role": f"roles/{rest}/", "directory": f"{rest}/"}
            place = places.get(kind)
            found += (self._changed_files(task, place) if place else ()) or (name,)
        return tuple(dict.fromkeys(found))

    def _changed_files(self, task: str, place: str) -> tuple[str, ...]:
        """Return the files of the bundle below ``place`` that the bundle of ``task`` had not so."""
        if task not in self._changes:
            before = self._earlier(task).files
            self._changes[task] = _changed(before, self._files) if before else ()
        return tuple(path for path in self._changes[task] if path.startswith(place))


def _input_changed(inputs: tuple[str, ...]) -> RunReason:
    text = "its input changed"
    if inputs:
        # Which of them it reads is not recorded.
        text = f"its input changed; changed since then: {and_more(inputs, _MAX_INPUTS)}"
    return RunReason(ReasonCode.INPUT_CHANGED, text, inputs)


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names with another digest in one than in the other."""
    return tuple(sorted(name for name in {*old, *new} if old.get(name) != new.get(name)))


def nothing_done(plan: Plan) -> RunReasons:
    """Return the reasons where nothing is recorded of the plan's cluster."""
    return RunReasons(plan, {}, {}, lambda _task: EarlierWork(plan, {}), {})


def work_to_run(plan: Plan, done: Collection[NodeHost]) -> list[NodeHost]:
    """Return the pairs of ``plan`` that are not ``done``, without those that gather facts.

    Whether facts are gathered depends on the age of the kept ones, too.
    """
    return [
        (node.id, host)
        for node in plan.graph.nodes.values()
        if node.kind != FACTS_KIND
        for host in node.hosts
        if (node.id, host) not in done
    ]


def nodes_by_reason(reasons: Reasons) -> dict[RunReason, list[str]]:
    """Return reason -> the nodes that run because of it on some host, both in order of the plan."""
    found: dict[RunReason, dict[str, None]] = {}
    for (node, _), why in reasons.items():
        for reason in why:
            found.setdefault(reason, {})[node] = None
    return {reason: list(nodes) for reason, nodes in found.items()}


def hosts_by_reason(
    reasons: Reasons, node: str, hosts: Iterable[str]
) -> dict[RunReason, list[str]]:
    """Return reason -> the hosts for which ``node`` runs because of it, in their order."""
    found: dict[RunReason, list[str]] = {}
    for host in hosts:
        for reason in reasons.get((node, host), ()):
            found.setdefault(reason, []).append(host)
    return found
