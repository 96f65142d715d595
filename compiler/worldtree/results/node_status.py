"""The truth tables of node and task statuses; they are computed nowhere else.

Node, once all its runs have ended (the first row that fits):

=====================================================================  =========
condition                                                              status
=====================================================================  =========
the task was cancelled before the node had ended by itself             cancelled
no host was left to run on (other nodes dropped all)                   skipped
more hosts lost than the policy allows                                 failed
every host skipped: condition, precheck, nothing to do                 skipped
else                                                                   succeeded
=====================================================================  =========

A host counts as lost when it failed, was unreachable, or did not run although the node's run
included it. A dropped host (lost in an earlier node) counts there, not here.

Task, at the end:

=====================================================================  =========
condition                                                              status
=====================================================================  =========
cancelled                                                              cancelled
no host was lost and no node failed, but a check left out every node   partial
no host was lost and no node failed                                    succeeded
a failed node's policy was to stop (fail-fast, rollback)               failed
no host succeeded in any node                                          failed
else: failures were isolated or allowed                                partial
=====================================================================  =========
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from worldtree.plan.policy import Batch
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus

_SUCCESS_STATUSES = (HostStatus.OK, HostStatus.CHANGED, HostStatus.SKIPPED)


def is_success(status: HostStatus) -> bool:
    """Return whether dependent nodes may run on this host."""
    return status in _SUCCESS_STATUSES


def allowed_losses(policy: Batch | None, hosts: int) -> int:
    """Return how many of ``hosts`` may be lost; a percentage is rounded down.

    Raises ``ValueError`` for a text that is neither a number nor a percentage.
    """
    if policy is None:
        return 0
    if isinstance(policy, int):
        return policy
    text = policy.strip()
    if text.endswith("%"):
        return math.floor(hosts * float(text[:-1]) / 100)
    return int(text)


def node_status(hosts: Collection[HostStatus], allowed: int, *, cancelled: bool) -> NodeStatus:
    """Return a node's final status from its hosts, those dropped by other nodes left out."""
    lost = sum(not is_success(status) for status in hosts)
    if cancelled and lost:
        return NodeStatus.CANCELLED
    if not hosts:
        return NodeStatus.SKIPPED
    if lost > allowed:
        return NodeStatus.FAILED
    if all(status is HostStatus.SKIPPED for status in hosts):
        return NodeStatus.SKIPPED
    return NodeStatus.SUCCEEDED


def task_status(
    nodes: Iterable[tuple[NodeStatus, Collection[HostStatus]]],
    *,
    cancelled: bool,
    stopped: bool,
    blind: bool = False,
) -> TaskStatus:
    """Return a task's final status.

    ``nodes`` are the nodes' statuses with those of their hosts, dropped hosts left out; ``stopped``
    says that a failure ended the task by policy, ``blind`` that check mode left out every node.
    """
    if cancelled:
        return TaskStatus.CANCELLED
    lost = through = False
    for status, hosts in nodes:
        lost = lost or status is NodeStatus.FAILED or not all(map(is_success, hosts))
        through = through or any(is_success(host) for host in hosts)
    if not lost:
        return TaskStatus.PARTIAL if blind else TaskStatus.SUCCEEDED
    return TaskStatus.FAILED if stopped or not through else TaskStatus.PARTIAL
