"""The part of etcd in the pipeline ``remove-member``; new members join in ``create-cluster``."""

from __future__ import annotations

from typing import Any

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.pipelines.remove_member import RemoveMemberParameters
from worldtree.plan.policy import Policy
from worldtree.plan.specs import ModuleSpec, TaskSpec


def remove_member(variables: dict[str, Any], context: PlanContext) -> ModuleSpec | None:
    """Return the module that takes a member out; ``variables`` of the role.

    The other members do it, and all but one of them may be out of reach. A host that is in the
    document still is cleared in the end, where it can be reached.
    """
    members, given = context.hosts_of("etcd"), context.parameters
    if not isinstance(given, RemoveMemberParameters):
        return None
    others = tuple(host.name for host in members if host.name != given.member)
    if not others:
        return None
    left = [one for one in variables["etcd_members"] if one["name"] != given.member]
    may_be_lost = Policy(allowed_failures=len(others) - 1)
    removed = {"etcd_removed_member": given.member}
    tasks = [
        TaskSpec(
            name="remove",
            hosts=":".join(others),
            steps=(role_step("etcd", "remove_member", name="member", variables=removed),),
            policy=may_be_lost,
        ),
        TaskSpec(
            name="settings",
            hosts=":".join(others),
            needs=needs("remove", scope="barrier"),
            steps=(role_step("etcd", "configure"),),
            policy=may_be_lost,
        ),
    ]
    if len(others) < len(members):
        tasks.append(
            TaskSpec(
                name="clear",
                hosts=given.member,
                needs=needs("remove", scope="barrier"),
                # The data of a removed member are of no use: nothing can join with them.
                steps=(role_step("etcd", "remove", variables={"etcd_purge_data": True}),),
                policy=Policy(allowed_failures=1),
            )
        )
    return ModuleSpec(
        name="etcd",
        component="etcd",
        tasks=tuple(tasks),
        vars={**variables, "etcd_members": left},
    )
