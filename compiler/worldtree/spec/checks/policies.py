"""Checks policy keys that are valid in ``spec.policy`` only."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.cluster import Cluster, ClusterPolicy


def check_policies(cluster: Cluster, bag: DiagnosticBag) -> None:
    """Check that cluster-wide policies are only set in ``spec.policy``."""
    for policy, path in _inner(cluster):
        if policy.concurrency is not None:
            bag.error(
                "policy-level",
                "`concurrency` applies to the whole cluster",
                detail="It limits the steps of all modules that run at the same time.",
                hint="move it to `spec.policy`; to limit the hosts of one step, use `throttle`",
                path=(*path, "policy", "concurrency"),
                at_key=True,
            )
        if policy.on_irreversible is not None:
            bag.error(
                "policy-level",
                "`onIrreversible` applies to the whole cluster",
                detail="A rollback undoes a whole task, not one part of it.",
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
