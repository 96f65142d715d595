"""What hosts that a run lost can do all the same, where every pair is wanted.

In one run a host that failed drops out of the rest of a chain, and with `serial` Ansible gives up
all hosts that come after it. Where nothing is changed, neither has to keep a host from being looked
at.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from worldtree.engine.scheduling.task_progress import TaskProgress
from worldtree.engine.scheduling.work_units import WorkUnit
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus


def remaining_units(
    unit: WorkUnit, lost: MutableMapping[str, str], books: TaskProgress
) -> list[WorkUnit]:
    """Return what is still to be run of ``unit``, which is over; its hosts are taken from ``lost``.

    ``lost`` maps the hosts that did not come through it to the node at which they were lost. A host
    that was kept from its work by others does that node again, but only if it was not all of them:
    so every run leaves fewer hosts for the next.
    """
    kept_back = {host for host, name in lost.items() if _was_stopped_by_others(books, name, host)}
    rests: dict[tuple[str, ...], list[str]] = {}
    for host, name in list(lost.items()):
        after = unit.after(name)
        if host in kept_back:
            if len(kept_back) == len(unit.hosts):
                continue
            after = (name, *after)
        else:
            books.settle(name, [host])
            if not after or books.progress.needed(name, host, after):
                continue
        rests.setdefault(after, []).append(host)
        del lost[host]
    return [
        WorkUnit(unit.position, nodes, tuple(hosts), is_retry=True)
        for nodes, hosts in rests.items()
    ]


def _was_stopped_by_others(books: TaskProgress, name: str, host: str) -> bool:
    found = books.fold.node(name).hosts[host]
    return found.status is HostStatus.NOT_RUN or found.reason is HostReason.PLAY_ABORTED
