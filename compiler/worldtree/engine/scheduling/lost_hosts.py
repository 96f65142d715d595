"""What the hosts that a run lost still run, in tasks that change nothing.

In one run a failed host drops out of the rest of a chain, and with `serial` Ansible aborts the play
for all later hosts. Where nothing is changed, neither is a reason to leave a host out.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from worldtree.engine.scheduling.task_progress import TaskProgress
from worldtree.engine.scheduling.work_units import WorkUnit
from worldtree.results.host_reason import HostReason
from worldtree.results.status import HostStatus


def remaining_units(
    unit: WorkUnit, lost: MutableMapping[str, str], task: TaskProgress
) -> list[WorkUnit]:
    """Return the remaining units of ``unit``, whose run has ended; takes their hosts from ``lost``.

    ``lost`` maps the hosts that did not finish it to the node at which they were lost. A host that
    was stopped by others runs that node again, unless all hosts were: so every run leaves fewer
    hosts for the next.
    """
    kept_back = {host for host, name in lost.items() if _was_stopped_by_others(task, name, host)}
    rests: dict[tuple[str, ...], list[str]] = {}
    for host, name in list(lost.items()):
        after = unit.after(name)
        if host in kept_back:
            if len(kept_back) == len(unit.hosts):
                continue
            after = (name, *after)
        else:
            task.settle(name, [host])
            if not after or task.progress.needed(name, host, after):
                continue
        rests.setdefault(after, []).append(host)
        del lost[host]
    return [
        WorkUnit(unit.position, nodes, tuple(hosts), is_retry=True)
        for nodes, hosts in rests.items()
    ]


def _was_stopped_by_others(task: TaskProgress, name: str, host: str) -> bool:
    found = task.fold.node(name).hosts[host]
    return found.status is HostStatus.NOT_RUN or found.reason is HostReason.PLAY_ABORTED
