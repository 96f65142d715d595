"""What became of each node so far, and what that means for the nodes after it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from worldtree.plan.abbreviations import abbreviated_hosts
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import FACTS_KIND, Node
from worldtree.results.node_status import allowed_losses, is_success
from worldtree.results.status import HostStatus, NodeStatus

_BLOCKING_STATUSES = (NodeStatus.FAILED, NodeStatus.CANCELLED)


@dataclass(slots=True)
class NodeProgress:
    """One node's place in the work."""

    node: Node
    #: Place in the plan's order: decides among ready nodes.
    position: int
    #: Predecessors not finished yet.
    waiting: int
    #: Hosts without a final result; None until the node is ready.
    pending: set[str] | None = None
    #: Host that must not run this node -> the node at the root of it.
    dropped: dict[str, str] = field(default_factory=dict)
    #: Host that lacks what a node before hands over -> that node (where every pair is wanted).
    lacking: dict[str, str] = field(default_factory=dict)
    #: Failed tries per host.
    tries: dict[str, int] = field(default_factory=dict)
    #: Final status per host that ran, or need not run.
    statuses: dict[str, HostStatus] = field(default_factory=dict)
    #: Taken into a run.
    started: bool = False
    final: NodeStatus | None = None
    caused_by: str | None = None
    #: What a run said about itself when it broke down.
    message: str | None = None
    #: Hosts with tries left that were cut off in work that must not be done twice.
    held_back: list[str] = field(default_factory=list)

    def loss_message(self) -> str | None:
        """Return what is to be said of lost hosts beyond what each says itself."""
        lines = [self.message] if self.message else []
        if self.held_back:
            hosts = abbreviated_hosts(tuple(self.held_back))
            lines.append(
                f"not tried again on {hosts}: it may have had its effect there; "
                "`policy: {onInterrupted: rerun}` tries again"
            )
        return "\n".join(lines) or None

    def may_retry(self, host: str) -> bool:
        """Whether the policy allows a further try on a host."""
        return self.tries.get(host, 0) <= (self.node.policy.retries or 0)

    def ends(self, host: str) -> bool:
        """Whether nothing that follows can be done on ``host``, even if no order is kept.

        It was not reached, or may lack facts: a role that did not come through may have some to
        set.
        """
        status = self.statuses.get(host, HostStatus.NOT_RUN)
        sets_facts = self.node.role is not None or self.node.kind == FACTS_KIND
        return status is HostStatus.UNREACHABLE or (sets_facts and not is_success(status))

    def missing(self) -> int:
        """Return on how many of its hosts the node's work is not done."""
        return sum(
            not is_success(self.statuses.get(host, HostStatus.NOT_RUN)) for host in self.node.hosts
        )


@dataclass(frozen=True, slots=True)
class RunDecision:
    """On which hosts a ready node is to run, and why not on the others."""

    hosts: tuple[str, ...]
    dropped: dict[str, str]
    #: The node at the root of the whole node being skipped.
    caused_by: str | None = None


class GraphProgress:
    """The bookkeeping of a graph: in-degrees, drops, root causes.

    With ``every_pair`` a node asks of those before it only what they hand over: facts and outputs.
    """

    def __init__(self, graph: ExecutionGraph, *, every_pair: bool = False) -> None:
        self.graph, self._every_pair = graph, every_pair
        self.nodes: dict[str, NodeProgress] = {}
        self._followers: dict[str, list[str]] = {name: [] for name in graph.nodes}
        for place, (name, node) in enumerate(graph.nodes.items()):
            before = dict.fromkeys(edge.before for edge in graph.predecessors[name])
            if node.always:
                # What stands between may be left out while what comes first still runs.
                before.update(dict.fromkeys(graph.finalised_by(name)))
            self.nodes[name] = NodeProgress(node, place, len(before))
            for one in before:
                self._followers[one].append(name)
        self.unfinished = len(self.nodes)

    def roots(self) -> list[str]:
        """Return the nodes that wait for nothing."""
        return [name for name, found in self.nodes.items() if not found.waiting]

    def finish(self, name: str, status: NodeStatus, caused_by: str | None = None) -> list[str]:
        """Set a node's final status; return the nodes that waited for it alone, in plan order."""
        found = self.nodes[name]
        if found.final is not None:
            raise RuntimeError(f"{name} ended twice: {found.final} and {status}")
        found.final, found.caused_by = status, caused_by
        self.unfinished -= 1
        free = []
        for after in self._followers[name]:
            self.nodes[after].waiting -= 1
            if not self.nodes[after].waiting:
                free.append(after)
        return free

    def judge(self, name: str, within: Collection[str] = ()) -> RunDecision:
        """Say where a node may run. Nodes of ``within`` are taken to come through everywhere.

        A per-host edge drops the hosts that did not come through the node before. A barrier skips
        the whole node when the one before failed, was itself skipped because of another, or lacks
        more hosts than its policy allows to be lost. A soft edge asks nothing.
        """
        if self._every_pair:
            return self._judge_apart(name, within)
        node = self.nodes[name].node
        if node.always:
            return self._judge_finaliser(name)
        dropped: dict[str, str] = {}
        for edge in self.graph.predecessors[name]:
            before = self.nodes[edge.before]
            if edge.kind == "soft" or edge.before in within:
                continue
            if edge.kind == "barrier":
                blocked_by = self._blocks(before)
                if blocked_by is not None:
                    return RunDecision((), {}, blocked_by)
            for host in node.hosts:
                if host in before.node.hosts and not is_success(
                    before.statuses.get(host, HostStatus.NOT_RUN)
                ):
                    dropped.setdefault(host, self.cause(before, host))
        hosts = tuple(host for host in node.hosts if host not in dropped)
        root = next(iter(dropped.values()), None) if not hosts else None
        return RunDecision(hosts, dropped, root)

    def _judge_apart(self, name: str, within: Collection[str]) -> RunDecision:
        """Drop the hosts that lack facts of a node before; an output is needed from everywhere."""
        found = self.nodes[name]
        for edge in self.graph.predecessors[name]:
            before = self.nodes[edge.before]
            if edge.kind == "soft":
                continue
            for host in before.node.hosts if edge.before not in within else ():
                if host in before.dropped or before.ends(host):
                    found.lacking.setdefault(host, self.cause(before, host))
            for host, cause in before.lacking.items():
                found.lacking.setdefault(host, cause)
        for use in found.node.reads:
            source = self.nodes[use.node]
            if use.node not in within and source.missing():
                cause = source.caused_by or next(iter(source.dropped.values()), use.node)
                return RunDecision((), {}, cause)
        dropped = {host: found.lacking[host] for host in found.node.hosts if host in found.lacking}
        hosts = tuple(host for host in found.node.hosts if host not in dropped)
        return RunDecision(
            hosts, dropped, next(iter(dropped.values()), None) if not hosts else None
        )

    def needed(self, name: str, host: str, after: Collection[str]) -> bool:
        """Whether the nodes ``after`` need of ``name`` what it did not hand over on ``host``."""
        reads = (use for one in after for use in self.nodes[one].node.reads)
        return self.nodes[name].ends(host) or any(use.node == name for use in reads)

    def _judge_finaliser(self, name: str) -> RunDecision:
        """A finaliser runs on every host, unless nothing of its task was ever begun."""
        before = [self.nodes[one] for one in self.graph.finalised_by(name)]
        if not before or any(found.statuses for found in before):
            return RunDecision(self.nodes[name].node.hosts, {})
        cause = next((found.caused_by or found.node.id for found in before), None)
        return RunDecision((), {}, cause)

    def cause(self, found: NodeProgress, host: str) -> str:
        """Return the node at the root of ``host`` not having come through ``found``."""
        return found.dropped.get(host) or found.caused_by or found.node.id

    def _blocks(self, before: NodeProgress) -> str | None:
        if before.final in _BLOCKING_STATUSES or before.caused_by is not None:
            return before.caused_by or before.node.id
        allowed = allowed_losses(before.node.policy.allowed_failures, len(before.node.hosts))
        if before.missing() > allowed:
            return next(iter(before.dropped.values()), before.node.id)
        return None
