"""The state of each node so far, and where the nodes after it run because of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from worldtree.plan.abbreviations import abbreviated_hosts
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import FACTS_KIND, Node
from worldtree.results.node_status import allowed_losses, is_success
from worldtree.results.status import HostStatus, NodeStatus

_BLOCKING_STATUSES = (NodeStatus.FAILED, NodeStatus.CANCELLED)


@dataclass(slots=True)
class NodeProgress:
    """The state of one node."""

    node: Node
    #: Position in the plan's order: the order of ready nodes.
    position: int
    #: Number of predecessors that have not finished.
    waiting: int
    #: Hosts without a final result; None until the node is ready.
    pending: set[str] | None = None
    #: Host that must not run this node -> the node that is the root cause.
    dropped: dict[str, str] = field(default_factory=dict)
    #: Host without facts or outputs of a node before -> that node (for ``every_pair``).
    lacking: dict[str, str] = field(default_factory=dict)
    #: Failed attempts per host.
    tries: dict[str, int] = field(default_factory=dict)
    #: Final status per host that ran or has a prior result.
    statuses: dict[str, HostStatus] = field(default_factory=dict)
    #: Part of a run.
    started: bool = False
    #: Host -> root cause, once it is final (see ``GraphProgress._lost``).
    lost: Mapping[str, str] | None = None
    #: Failures ended its play, so that nothing follows.
    ended_play: bool = False
    final: NodeStatus | None = None
    caused_by: str | None = None
    #: The error of a run as a whole.
    message: str | None = None
    #: Hosts with attempts left whose work was cut off and must not be done twice.
    held_back: list[str] = field(default_factory=list)

    def loss_message(self) -> str | None:
        """Return a message about lost hosts beyond their own messages, or None."""
        lines = [self.message] if self.message else []
        if self.held_back:
            hosts = abbreviated_hosts(tuple(self.held_back))
            lines.append(
                f"not retried on {hosts}: it may already have taken effect there; "
                "`policy: {onInterrupted: rerun}` retries it"
            )
        return "\n".join(lines) or None

    def may_retry(self, host: str) -> bool:
        """Return whether the policy allows another attempt on a host."""
        return self.tries.get(host, 0) <= (self.node.policy.retries or 0)

    def ends(self, host: str) -> bool:
        """Return whether no later node can run on ``host``, even without ordering.

        It is unreachable, or may lack facts: a role or play that failed may have had some to set.
        """
        status = self.statuses.get(host, HostStatus.NOT_RUN)
        sets_facts = self.node.calls_team_code or self.node.kind == FACTS_KIND
        return status is HostStatus.UNREACHABLE or (sets_facts and not is_success(status))

    def missing(self) -> int:
        """Return the number of hosts on which the node is not done."""
        return sum(
            not is_success(self.statuses.get(host, HostStatus.NOT_RUN)) for host in self.node.hosts
        )


def first_cause(node: Node, dropped: Mapping[str, str]) -> str | None:
    """Return why the first of the node's hosts was dropped, whichever was dropped first in time."""
    return next((dropped[host] for host in node.hosts if host in dropped), None)


@dataclass(frozen=True, slots=True)
class RunDecision:
    """On which hosts a ready node runs, and why not on the others."""

    hosts: tuple[str, ...]
    dropped: dict[str, str]
    #: The root cause when the whole node is skipped.
    caused_by: str | None = None


class GraphProgress:
    """The state of all nodes: in-degrees, dropped hosts, root causes.

    With ``every_pair`` a node needs only the facts and outputs of the nodes before it.
    """

    def __init__(self, graph: ExecutionGraph, *, every_pair: bool = False) -> None:
        self.graph, self._every_pair = graph, every_pair
        self.nodes: dict[str, NodeProgress] = {}
        self._followers: dict[str, list[str]] = {name: [] for name in graph.nodes}
        for place, (name, node) in enumerate(graph.nodes.items()):
            before = dict.fromkeys(edge.before for edge in graph.predecessors[name])
            if node.always:
                # Nodes between may be skipped while the first ones still run.
                before.update(dict.fromkeys(graph.finalised_by(name)))
            self.nodes[name] = NodeProgress(node, place, len(before))
            for one in before:
                self._followers[one].append(name)

    def roots(self) -> list[str]:
        """Return the nodes without predecessors."""
        return [name for name, found in self.nodes.items() if not found.waiting]

    def finish(self, name: str, status: NodeStatus, caused_by: str | None = None) -> list[str]:
        """Set a node's final status; return the nodes that waited only for it, in plan order."""
        found = self.nodes[name]
        if found.final is not None:
            raise RuntimeError(f"{name} ended twice: {found.final} and {status}")
        found.final, found.caused_by = status, caused_by
        found.lost = self._lost(found)
        free = []
        for after in self._followers[name]:
            self.nodes[after].waiting -= 1
            if not self.nodes[after].waiting:
                free.append(after)
        return free

    def judge(self, name: str, within: Collection[str] = ()) -> RunDecision:
        """Decide where a node runs. Nodes of ``within`` count as successful on all hosts.

        A per-host edge drops the hosts on which the node before is not done. A barrier skips the
        whole node when the node before failed, was skipped because of another one, lost more hosts
        than its policy allows, or lost so many that its play ended. A soft edge drops and skips
        nothing.
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
            lost = self._lost(before) if before.lost is None else before.lost
            for host, cause in lost.items():
                if host in node.hosts:
                    dropped.setdefault(host, cause)
        hosts = tuple(host for host in node.hosts if host not in dropped)
        root = first_cause(node, dropped) if not hosts else None
        return RunDecision(hosts, dropped, root)

    def _judge_apart(self, name: str, within: Collection[str]) -> RunDecision:
        """Drop the hosts that lack facts of a node before; outputs are needed from all hosts."""
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
                cause = source.caused_by or first_cause(source.node, source.dropped) or use.node
                return RunDecision((), {}, cause)
        dropped = {host: found.lacking[host] for host in found.node.hosts if host in found.lacking}
        hosts = tuple(host for host in found.node.hosts if host not in dropped)
        return RunDecision(hosts, dropped, first_cause(found.node, dropped) if not hosts else None)

    def needed(self, name: str, host: str, after: Collection[str]) -> bool:
        """Return whether nodes of ``after`` need facts or outputs that ``name`` failed to give."""
        reads = (use for one in after for use in self.nodes[one].node.reads)
        return self.nodes[name].ends(host) or any(use.node == name for use in reads)

    def _judge_finaliser(self, name: str) -> RunDecision:
        """Run a finaliser on all its hosts, unless nothing of its task ever started."""
        before = [self.nodes[one] for one in self.graph.finalised_by(name)]
        if not before or any(found.statuses for found in before):
            return RunDecision(self.nodes[name].node.hosts, {})
        cause = next((found.caused_by or found.node.id for found in before), None)
        return RunDecision((), {}, cause)

    def _lost(self, found: NodeProgress) -> dict[str, str]:
        """Return host -> root cause, for the hosts that are lost to all that need a node.

        They are its own that are not done, and those that it does not have and that were lost
        before it: a host that failed is left out of everything after, as in Ansible.
        """
        lost: dict[str, str] = {}
        for edge in self.graph.predecessors[found.node.id]:
            if edge.kind != "soft":
                for host, cause in (self.nodes[edge.before].lost or {}).items():
                    if host not in found.node.hosts:
                        lost.setdefault(host, cause)
        for host in found.node.hosts:
            if not is_success(found.statuses.get(host, HostStatus.NOT_RUN)):
                lost[host] = self.cause(found, host)
        return lost

    def cause(self, found: NodeProgress, host: str) -> str:
        """Return the root cause of ``found`` not being done on ``host``."""
        return found.dropped.get(host) or found.caused_by or found.node.id

    def _blocks(self, before: NodeProgress) -> str | None:
        if before.final in _BLOCKING_STATUSES or before.caused_by is not None:
            return before.caused_by or before.node.id
        allowed = allowed_losses(before.node.policy.allowed_failures, len(before.node.hosts))
        if before.ended_play or before.missing() > allowed:
            return first_cause(before.node, before.dropped) or before.node.id
        return None
