"""Builds the upgrade of a running cluster: each minor on the way is its own chain of tasks.

For each release: the API servers of all control planes, one after the other; then the kubelets of
the control planes; then the workers, pools side by side and each in batches. No kubelet is ever
newer than an API server, which nothing in Kubernetes itself refuses. Between these parts the
running cluster is asked, as a finalizer that lifts cordons also ends well after a failure.
"""

from __future__ import annotations

from typing import Any

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.budgets import (
    Budget,
    control_plane_budget,
    pool_budget,
)
from worldtree.catalog.components.kubernetes.create_modules import module_variables, names_of
from worldtree.catalog.components.kubernetes.kubeadm_documents import ignored_checks
from worldtree.catalog.components.kubernetes.kubernetes_artifacts import dns_tag, images
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.live_variables import (
    away_variables,
    drain_variables,
    etcd_endpoints,
    is_stacked,
    uncordon_step,
)
from worldtree.catalog.components.kubernetes.release_version import Release
from worldtree.catalog.components.kubernetes.topology import (
    Pool,
    control_planes,
    endpoint,
    etcd_access,
    members,
    pools,
    workers,
)
from worldtree.catalog.components.kubernetes.upgrade_path import at_release, known_releases
from worldtree.catalog.components.kubernetes.version_table import version_table
from worldtree.catalog.pipelines.upgrade import UpgradeParameters
from worldtree.plan.plan import PlanHost
from worldtree.plan.policy import Policy
from worldtree.plan.specs import ModuleSpec, StepSpec, TaskSpec

_REASON = "upgrade"


def upgrade_module(config: KubernetesConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the upgrade to the document's release, through every minor in between."""
    given = context.parameters
    if not isinstance(given, UpgradeParameters) or endpoint(config, context) is None:
        return None
    if not control_planes(context):
        return None
    return ModuleSpec(
        name="kubernetes",
        component="kubernetes",
        tasks=_Chain(config, context, given).tasks(),
        vars=module_variables(config, context),
    )


class _Chain:
    """The tasks of one upgrade, each group behind the one before."""

    def __init__(
        self, config: KubernetesConfig, context: PlanContext, given: UpgradeParameters
    ) -> None:
        self._config, self._context, self._given = config, context, given
        self._planes = control_planes(context)
        self._manager = self._planes[0].name
        self._path = known_releases(config, context)
        self._stacked = is_stacked(config, context)
        self._found: list[TaskSpec] = []
        #: The tasks that the next ones wait for.
        self._last: tuple[str, ...] = ()

    def tasks(self) -> tuple[TaskSpec, ...]:
        """Return all tasks, in order."""
        self._add(self._task("check", self._manager, self._check_step()))
        # An external etcd is upgraded first, after its own backup.
        self._last = (*self._last, "etcd/verify")
        if self._stacked:
            self._add(self._task("snapshot", self._manager, self._snapshot_step()))
        before: Release | None = None
        for release in self._path:
            self._stage(release, before)
            before = release
        self._add(self._task("verify", self._manager, self._verify_step()))
        return tuple(self._found)

    def _add(self, *tasks: TaskSpec) -> None:
        """Put tasks side by side, behind all before them."""
        waits = needs(*self._last, scope="barrier") if self._last else ()
        added = [task.model_copy(update={"needs": waits}) for task in tasks]
        self._found += added
        self._last = tuple(task.name for task in added)

    def _task(
        self, name: str, hosts: str | tuple[str, ...], *steps: StepSpec, serial: int | None = None
    ) -> TaskSpec:
        policy = Policy(serial=serial) if serial is not None else Policy()
        return TaskSpec(name=name, hosts=hosts, steps=steps, policy=policy)

    def _stage(self, release: Release, before: Release | None) -> None:
        prefix = "v" + str(release).replace(".", "-")
        version = {"kubernetes_version": str(release)}
        every = names_of(members(self._context))
        if before is not None:
            # What the last minor left behind would be a minor further away.
            self._add(self._gate(f"{prefix}-begin", str(before), every))
        if self._config.image_archives is not None:
            self._add(*self._image_tasks(prefix, release))
        budget = control_plane_budget(names_of(self._planes), stacked=self._stacked)
        first, *others = names_of(self._planes)
        plane = {**version, **self._away(budget, plane=True), **self._checks(release)}
        self._add(
            self._task(
                f"{prefix}-first", first, self._plane_step({**plane, "kubernetes_first": True})
            )
        )
        if others:
            step = self._plane_step({**plane, "kubernetes_first": False})
            self._add(self._task(f"{prefix}-others", tuple(others), step, serial=1))
        self._add(self._gate(f"{prefix}-api-servers", str(release), ()))
        self._add(self._kubelet_task(prefix, release, self._planes, "control-planes", budget))
        self._add(self._gate(f"{prefix}-control-planes", str(release), names_of(self._planes)))
        if workers(self._context):
            found = [one for one in pools(self._config, self._context) if not one.is_control_plane]
            self._add(*(self._pool_task(prefix, release, pool) for pool in found))

    def _pool_task(self, prefix: str, release: Release, pool: Pool) -> TaskSpec:
        budget = pool_budget(pool.names, self._given.batch)
        # A pool of the document may be called like a part of the chain.
        return self._kubelet_task(prefix, release, pool.hosts, f"pool-{pool.name}", budget)

    def _kubelet_task(
        self,
        prefix: str,
        release: Release,
        hosts: tuple[PlanHost, ...],
        group: str,
        budget: Budget,
    ) -> TaskSpec:
        plane = group == "control-planes"
        variables = {
            "kubernetes_version": str(release),
            "kubernetes_control_plane": plane,
            **self._away(budget, plane=plane),
            **drain_variables(self._given),
            **({} if plane else self._checks(release)),
        }
        step = role_step("kubernetes", "upgrade_kubelet", name="kubelet", variables=variables)
        batch = 1 if plane else budget.most_away
        return self._task(
            f"{prefix}-kubelets-{group}",
            names_of(hosts),
            step.model_copy(update={"policy": Policy(serial=batch)}),
            uncordon_step(self._manager, _REASON),
        )

    def _away(self, budget: Budget, *, plane: bool) -> dict[str, Any]:
        return away_variables(self._config, self._context, self._manager, budget, plane=plane)

    def _checks(self, release: Release) -> dict[str, Any]:
        found = ignored_checks(at_release(self._config, release))
        return {"kubernetes_ignored_checks": found}

    def _plane_step(self, variables: dict[str, Any]) -> StepSpec:
        return role_step("kubernetes", "upgrade_control_plane", name="kubeadm", variables=variables)

    def _gate(self, name: str, version: str, kubelets: tuple[str, ...]) -> TaskSpec:
        variables = {"kubernetes_version": version, "kubernetes_nodes": list(kubelets)}
        step = role_step(
            "kubernetes", "upgrade_gate", name="gate", variables=variables, read_only=True
        )
        return self._task(name, self._manager, step)

    def _check_step(self) -> StepSpec:
        table = version_table()
        rows = [table.of(one) for one in self._path if one.of_minor in table.minors]
        rules = {
            "path": [str(one) for one in self._path],
            "containerd": [
                {"minimum": str(row.containerd.minimum), "below": str(row.containerd.below)}
                for row in rows
            ],
            "systems": [
                {"distribution": one.distribution, "release": one.release}
                for one in table.systems
                if self._config.release.of_minor in one
            ],
        }
        variables: dict[str, Any] = {"kubernetes_rules": rules}
        access = etcd_access(self._config, self._context)
        if access is not None and rows:
            variables["kubernetes_external_etcd"] = {
                "endpoints": list(access.endpoints),
                "minimum": str(max(row.etcd.minimum for row in rows)),
                "below": str(min(row.etcd.below for row in rows)),
            }
        return role_step(
            "kubernetes", "upgrade_check", name="check", variables=variables, read_only=True
        )

    def _snapshot_step(self) -> StepSpec:
        variables: dict[str, Any] = {
            "kubernetes_etcd_endpoints": etcd_endpoints(self._config, self._context),
            "kubernetes_backup_keep": self._given.keep,
        }
        if self._given.directory is not None:
            variables["kubernetes_backup_directory"] = self._given.directory
        return role_step("kubernetes", "snapshot", variables=variables)

    def _verify_step(self) -> StepSpec:
        addons: list[dict[str, str]] = []
        if self._config.release.of_minor in version_table().minors and self._config.dns.enabled:
            addons.append({"object": "deployment/coredns", "tag": dns_tag(self._config)})
        if self._config.proxy.enabled:
            tag = f"v{self._config.version}"
            addons.append({"object": "daemonset/kube-proxy", "tag": tag})
        variables = {
            "kubernetes_version": self._config.version,
            "kubernetes_nodes": list(names_of(members(self._context))),
            "kubernetes_addons": addons,
        }
        return role_step(
            "kubernetes", "upgrade_verify", name="verify", variables=variables, read_only=True
        )

    def _image_tasks(self, prefix: str, release: Release) -> list[TaskSpec]:
        found = []
        config = at_release(self._config, release)
        groups = (("control-planes", self._planes), ("workers", workers(self._context)))
        for group, hosts in groups:
            wanted = [
                {
                    "name": one.name,
                    "version": one.tag,
                    "reference": one.reference(config.image_repository),
                }
                for one in images(config, self._context)
                if one.on_workers or group == "control-planes"
            ]
            step = role_step("kubernetes", "images", variables={"kubernetes_images": wanted})
            if hosts:
                found.append(self._task(f"{prefix}-images-{group}", names_of(hosts), step))
        return found
