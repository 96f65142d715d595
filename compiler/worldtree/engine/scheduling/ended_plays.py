"""Whether failures ended a play for all of its hosts, after which Ansible ends the playbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from worldtree.plan.node import Node
from worldtree.results.host_reason import HostReason
from worldtree.results.node_status import allowed_losses, is_success
from worldtree.results.tree import HostResult

#: Why a host that did not fail itself was not worked on to the end.
_ENDED = frozenset({HostReason.PLAY_ABORTED, HostReason.BATCH_NOT_STARTED})


def failures_ended_play(node: Node, hosts: Mapping[str, HostResult]) -> bool:
    """Return whether a step that is a play ended as Ansible ends a playbook.

    It does so where all hosts of a batch failed, and where `any_errors_fatal` or
    `max_fail_percentage` stopped the play. Without batches all hosts are one. ``hosts`` are in the
    order of the play. Of other steps, their policy says how many hosts may fail.
    """
    if node.play is None:
        return False
    if any(result.reason in _ENDED for result in hosts.values()):
        return True
    is_fatal = node.play.keywords.get("any_errors_fatal") is True
    limit = node.play.keywords.get("max_fail_percentage")
    for batch in _batches(node, tuple(hosts.values())):
        lost = sum(not is_success(result.status) for result in batch)
        if lost and (lost == len(batch) or is_fatal):
            return True
        if isinstance(limit, int | float) and 100 * lost > limit * len(batch):
            return True
    return False


def _batches(node: Node, hosts: Sequence[HostResult]) -> Iterator[Sequence[HostResult]]:
    """Yield the batches as `serial` makes them; the last size counts for all further ones."""
    serial, total = node.policy.serial, len(hosts)
    sizes = serial if isinstance(serial, tuple) else (serial,)
    if not all(str(size).rstrip("%").isdigit() for size in sizes):
        sizes = (total,)  # No batches, or templates, known only when the play runs.
    while hosts:
        size = max(1, allowed_losses(sizes[0], total))
        yield hosts[:size]
        hosts = hosts[size:]
        sizes = sizes[1:] or sizes
