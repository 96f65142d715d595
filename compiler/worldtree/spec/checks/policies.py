"""Policy keys that mean something at the top only."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.cluster import Cluster, ClusterPolicy


def check_policies(cluster: Cluster, bag: DiagnosticBag) -> None:
    """Check that what holds for the whole cluster stands in ``spec.policy`` alone."""
    for policy, path in _inner(cluster):
        if policy.concurrency is not None:
            bag.error(
                "policy-level",
                "`concurrency` holds for the whole cluster",
                detail="It bounds the steps that run at once, of all modules together.",
                hint="move it to `spec.policy`; `throttle` bounds the hosts of one step",
                path=(*path, "policy", "concurrency"),
                at_key=True,
            )
        if policy.on_irreversible is not None:
            bag.error(
                "policy-level",
                "`onIrreversible` holds for the whole cluster",
                detail="A rollback undoes all that a task did, not one part of it.",
                hint="move it to `spec.policy`",
                path=(*path, "policy", "onIrreversible"),
                at_key=True,
            )


def _inner(cluster: Cluster) -> Iterator[tuple[ClusterPolicy, DocPath]]:
    for module in cluster.modules:
        yield module.policy, module.source or ()
        for task in module.tasks:
            yield task.policy, task.source or ()
            for step in task.steps:
                yield step.policy, step.source or ()
    for hook in cluster.hooks:
        yield hook.step.policy, hook.step.source or ()
