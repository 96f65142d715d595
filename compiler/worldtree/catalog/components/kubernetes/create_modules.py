"""Builds the modules of component ``kubernetes`` for each pipeline.

Workers join as soon as the first control plane is there: they wait neither for the other control
planes nor for the network of the pods. Each host goes on by itself up to that point.
"""

from __future__ import annotations

from typing import Any

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.control_plane_files import (
    control_plane_files,
    secret_files,
)
from worldtree.catalog.components.kubernetes.kubeadm_documents import (
    init_documents,
    join_document,
)
from worldtree.catalog.components.kubernetes.kubeadm_models import write_documents
from worldtree.catalog.components.kubernetes.kubelet_documents import kubelet_patch
from worldtree.catalog.components.kubernetes.kubernetes_artifacts import images
from worldtree.catalog.components.kubernetes.kubernetes_certificates import (
    AUTHORITY,
    authorities,
    control_plane_key_steps,
    worker_trust_step,
)
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.topology import (
    Pool,
    bracketed,
    control_planes,
    endpoint,
    etcd_access,
    internal_addresses,
    members,
    pools,
    workers,
)
from worldtree.catalog.components.kubernetes.version_table import version_table
from worldtree.plan.outputs import Output
from worldtree.plan.policy import Policy
from worldtree.plan.specs import EdgeKind, ModuleSpec, Need, StepSpec, TaskSpec

_TOKEN = "{{ outputs['kubernetes/token/token'].token }}"
#: The members with their networks, as task ``pod-networks`` publishes them.
MEMBERS = "{{ outputs['kubernetes/pod-networks/pod-networks'].members }}"
#: Control planes with an external etcd that join at once; those of a stacked one go one by one.
_JOINING_CONTROL_PLANES = 3


def create_module(config: KubernetesConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the work that makes a cluster of bare hosts."""
    planes = control_planes(context)
    if not planes or endpoint(config, context) is None:
        return None
    found = pools(config, context)
    tasks = [
        *_host_tasks(config, context),
        *(_configure_task(config, context, pool) for pool in found),
        *_key_tasks(config, context),
        _init_task(config, context, found),
        *_join_tasks(config, context, found),
        *_network_tasks(config, context, found),
        *_last_tasks(config, context, found),
    ]
    variables = module_variables(config, context)
    return ModuleSpec(name="kubernetes", component="kubernetes", tasks=tuple(tasks), vars=variables)


def module_variables(config: KubernetesConfig, context: PlanContext) -> dict[str, Any]:
    """Return what all entries of the role may need; none of it grows with the cluster."""
    place = endpoint(config, context)
    found: dict[str, Any] = {
        "kubernetes_cluster": context.cluster,
        "kubernetes_version": config.version,
        "kubernetes_cri_socket": config.cri_socket,
        "kubernetes_swap": config.swap,
        "kubernetes_allow_cgroup_v1": config.allow_cgroup_v1,
        "kubernetes_api_port": config.api_port,
        "kubernetes_pod_networks": list(config.networking.pods),
        "kubernetes_etcd_data_dir": config.etcd_data_dir
        if etcd_access(config, context) is None
        else "",
        "kubernetes_ready_seconds": config.ready_seconds,
    }
    if place is not None:
        found["kubernetes_endpoint"] = f"{bracketed(place.host)}:{place.port}"
    return found


def names_of(hosts: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the names of hosts, as a selector."""
    return tuple(host.name for host in hosts)


def _host_tasks(config: KubernetesConfig, context: PlanContext) -> list[TaskSpec]:
    """Return what makes each host ready, the control planes and the workers for themselves."""
    found = []
    groups = (("control-planes", control_planes(context)), ("workers", workers(context)))
    for group, hosts in groups:
        if not hosts:
            continue
        is_plane = group == "control-planes"
        checked = {"kubernetes_control_plane": is_plane}
        check = role_step("kubernetes", "preflight", variables=checked, read_only=True)
        found += [
            TaskSpec(
                name=f"prepare-{group}",
                hosts=names_of(hosts),
                needs=needs("os/hosts", "os/packages", "os/modules", "os/sysctl", "os/time"),
                steps=(check, role_step("kubernetes", "prepare")),
            ),
            TaskSpec(
                name=f"install-{group}",
                hosts=names_of(hosts),
                needs=needs(f"prepare-{group}"),
                steps=(role_step("kubernetes", "install"),),
            ),
        ]
        if config.image_archives is not None:
            found.append(_images_task(config, context, group, hosts))
    return found


def _images_task(
    config: KubernetesConfig, context: PlanContext, group: str, hosts: tuple[Any, ...]
) -> TaskSpec:
    wanted = [
        {"name": one.name, "version": one.tag, "reference": one.reference(config.image_repository)}
        for one in images(config, context)
        if one.on_workers or group == "control-planes"
    ]
    step = role_step("kubernetes", "images", variables={"kubernetes_images": wanted})
    return TaskSpec(
        name=f"images-{group}",
        hosts=names_of(hosts),
        needs=needs(f"prepare-{group}", "containerd/health"),
        steps=(step,),
    )


def _group(pool: Pool) -> str:
    return "control-planes" if pool.is_control_plane else "workers"


def _pool_task(prefix: str, pool: Pool) -> str:
    """Return the name of a pool's task; a pool may have control planes and workers."""
    own = pool.name if pool.settings is None else f"{pool.name}-{_group(pool)}"
    return f"{prefix}-{own}"


def _configure_task(config: KubernetesConfig, context: PlanContext, pool: Pool) -> TaskSpec:
    variables: dict[str, Any] = {
        "kubernetes_join_document": write_documents(join_document(config, pool)),
    }
    if pool.settings is not None:
        patch = kubelet_patch(config, pool.settings.kubelet)
        if patch.model_fields_set and patch.model_dump(exclude_none=True):
            variables["kubernetes_kubelet_patch"] = write_documents(patch)
    if addresses := internal_addresses(pool.hosts):
        variables["kubernetes_internal_addresses"] = addresses
    if pool.is_control_plane:
        variables |= {
            "kubernetes_files": control_plane_files(config),
            "kubernetes_secret_files": secret_files(config),
        }
        if control_planes(context)[0] in pool.hosts:
            texts = write_documents(*init_documents(config, context, pool))
            variables["kubernetes_init_documents"] = texts
    return TaskSpec(
        name=_pool_task("configure", pool),
        hosts=pool.names,
        needs=needs(f"install-{_group(pool)}"),
        steps=(role_step("kubernetes", "configure", variables=variables),),
    )


def _key_tasks(config: KubernetesConfig, context: PlanContext) -> list[TaskSpec]:
    made = tuple(Need(target=f"pki/{name}") for name in authorities(config, context))
    found = [
        TaskSpec(
            name="keys",
            hosts=names_of(control_planes(context)),
            needs=(*needs("prepare-control-planes"), *made),
            steps=control_plane_key_steps(config, context),
        )
    ]
    if workers(context):
        found.append(
            TaskSpec(
                name="trust",
                hosts=names_of(workers(context)),
                needs=(*needs("prepare-workers"), Need(target=f"pki/{AUTHORITY}")),
                steps=(worker_trust_step(context),),
            )
        )
    return found


def _own_needs(pool: Pool) -> tuple[Need, ...]:
    """Return what a host has to have done itself before it becomes a member."""
    group = _group(pool)
    keys = "keys" if pool.is_control_plane else "trust"
    return needs(_pool_task("configure", pool), keys, f"images-{group}", "containerd/health")


def _init_task(config: KubernetesConfig, context: PlanContext, found: tuple[Pool, ...]) -> TaskSpec:
    first = control_planes(context)[0]
    pool = next(pool for pool in found if first in pool.hosts)
    # Newer releases use the own API server while the control plane is made.
    gate: EdgeKind = "barrier" if version_table().needs_endpoint_first(config.release) else "soft"
    return TaskSpec(
        name="init",
        hosts=first.name,
        needs=(
            *_own_needs(pool),
            *needs("etcd/health", scope="barrier"),
            *needs("loadbalancer/gate", scope=gate),
        ),
        steps=(role_step("kubernetes", "init"),),
    )


def _join_tasks(
    config: KubernetesConfig, context: PlanContext, found: tuple[Pool, ...]
) -> list[TaskSpec]:
    first = control_planes(context)[0]
    token = role_step("kubernetes", "token", read_only=True).model_copy(
        update={"outputs": {"token": Output(type="str", secret=True)}}
    )
    tasks = []
    stacked = etcd_access(config, context) is None
    for pool in found:
        names = tuple(name for name in pool.names if name != first.name)
        if not names:
            continue
        if pool.is_control_plane:
            policy = Policy(throttle=1 if stacked else _JOINING_CONTROL_PLANES)
            if stacked:
                policy = policy.model_copy(update={"mutex": "kubernetes-etcd-members"})
        else:
            policy = Policy(throttle=config.join_batch)
        tasks.append(
            TaskSpec(
                name=_pool_task("join", pool),
                hosts=names,
                needs=(
                    *_own_needs(pool),
                    *needs("token", "loadbalancer/gate", scope="barrier"),
                ),
                steps=(_join_step(pool),),
                policy=policy,
            )
        )
    if not tasks:
        return []
    made = TaskSpec(name="token", hosts=first.name, needs=needs("init"), steps=(token,))
    return [made, *tasks]


def _join_step(pool: Pool) -> StepSpec:
    variables = {
        "kubernetes_control_plane": pool.is_control_plane,
        "kubernetes_token": _TOKEN,
    }
    return role_step("kubernetes", "join", variables=variables)


def _joins(context: PlanContext, found: tuple[Pool, ...]) -> dict[str, tuple[str, ...]]:
    """Return task that makes hosts members -> these hosts."""
    first = control_planes(context)[0].name
    joins = {
        _pool_task("join", pool): tuple(name for name in pool.names if name != first)
        for pool in found
    }
    return {"init": (first,), **{task: names for task, names in joins.items() if names}}


def _network_tasks(
    config: KubernetesConfig, context: PlanContext, found: tuple[Pool, ...]
) -> list[TaskSpec]:
    if config.networking.plugin != "bridge":
        return []
    joins = _joins(context, found)
    first = control_planes(context)[0].name
    every = names_of(members(context))
    listed = role_step("kubernetes", "pod_networks", read_only=True).model_copy(
        update={"outputs": {"members": Output(type="list")}}
    )
    routes = {"kubernetes_members": MEMBERS}
    return [
        TaskSpec(
            name="network",
            hosts=every,
            needs=needs(*joins),
            steps=(role_step("kubernetes", "network"),),
        ),
        TaskSpec(
            name="pod-networks",
            hosts=first,
            needs=needs(*joins, scope="barrier"),
            steps=(listed,),
        ),
        TaskSpec(
            name="routes",
            hosts=every,
            needs=(*needs("network"), *needs("pod-networks", scope="barrier")),
            steps=(role_step("kubernetes", "routes", variables=routes),),
        ),
    ]


def _last_tasks(
    config: KubernetesConfig, context: PlanContext, found: tuple[Pool, ...]
) -> list[TaskSpec]:
    first = control_planes(context)[0].name
    joins = _joins(context, found)
    tasks = [
        TaskSpec(
            name="kubeconfig",
            hosts=first,
            needs=needs("init"),
            steps=(role_step("kubernetes", "kubeconfig"),),
        )
    ]
    labelled = [
        {
            "nodes": list(pool.names),
            "labels": pool.settings.labels,
            "annotations": pool.settings.annotations,
        }
        for pool in found
        if pool.settings is not None and (pool.settings.labels or pool.settings.annotations)
    ]
    if labelled:
        step = role_step("kubernetes", "nodes", variables={"kubernetes_pools": labelled})
        waits = needs(*joins, scope="barrier")
        tasks.append(TaskSpec(name="nodes", hosts=first, needs=waits, steps=(step,)))
    if config.networking.plugin == "none":
        # Members are ready once a plugin of the team's own runs.
        return tasks
    every = {"kubernetes_nodes": list(names_of(members(context)))}
    ready = role_step("kubernetes", "ready", variables=every, read_only=True)
    waits = needs("routes", scope="barrier")
    return [*tasks, TaskSpec(name="ready", hosts=first, needs=waits, steps=(ready,))]
