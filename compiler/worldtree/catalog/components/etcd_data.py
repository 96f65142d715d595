"""The parts of etcd in the pipelines ``backup`` and ``restore``."""

from __future__ import annotations

from typing import Any

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.pipelines.backup import BackupParameters
from worldtree.catalog.pipelines.restore import RestoreParameters
from worldtree.plan.policy import Policy
from worldtree.plan.specs import ModuleSpec, TaskSpec

_HOST_SELECTOR = "role=etcd"


def backup(variables: dict[str, Any], context: PlanContext) -> ModuleSpec | None:
    """Return the module that takes a snapshot from one healthy member; ``variables`` of the role.

    All members but one may be out of reach.
    """
    members, given = context.hosts_of("etcd"), context.parameters
    if not members or not isinstance(given, BackupParameters):
        return None
    chosen: dict[str, Any] = {"etcd_backup_keep": given.keep}
    if given.directory is not None:
        chosen["etcd_backup_directory"] = given.directory
    if given.host_directory is not None:
        chosen["etcd_backup_host_directory"] = given.host_directory
    task = TaskSpec(
        name="backup",
        hosts=_HOST_SELECTOR,
        steps=(role_step("etcd", "backup"),),
        policy=Policy(allowed_failures=len(members) - 1),
    )
    return ModuleSpec(name="etcd", component="etcd", tasks=(task,), vars={**variables, **chosen})


def restore(variables: dict[str, Any], context: PlanContext) -> ModuleSpec | None:
    """Return the module that restores all members from one snapshot; ``variables`` of the role.

    Nothing is stopped before every member has the restored data beside its own.
    """
    members, given = context.hosts_of("etcd"), context.parameters
    if not members or not isinstance(given, RestoreParameters):
        return None
    chosen: dict[str, Any] = {"etcd_restore_delete_old": given.delete_old}
    if given.directory is not None:
        chosen["etcd_backup_directory"] = given.directory
    if given.snapshot is not None:
        chosen["etcd_restore_snapshot"] = given.snapshot
    steps = (
        ("check", "restore_check", True),
        ("prepare", "restore_prepare", False),
        ("stop", "restore_stop", False),
        ("swap", "restore_swap", False),
        ("start", "start", False),
        ("finish", "restore_finish", False),
    )
    tasks: list[TaskSpec] = []
    for name, entry, read_only in steps:
        before = needs(tasks[-1].name, scope="barrier") if tasks else ()
        step = role_step("etcd", entry, name=name, read_only=read_only)
        tasks.append(TaskSpec(name=name, hosts=_HOST_SELECTOR, needs=before, steps=(step,)))
    return ModuleSpec(
        name="etcd", component="etcd", tasks=tuple(tasks), vars={**variables, **chosen}
    )
