"""The component ``cni``: a network plugin that runs in the cluster, in place of ``bridge``.

``bridge`` and ``none`` are choices of component ``kubernetes`` (``networking.plugin``). Here is
flannel, made of typed settings, and any other plugin by its own manifest, such as those of calico
and cilium: what such a manifest says is the document's affair, and applied as an addon is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pydantic import Field, model_validator

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import Component, ComponentConfig, PlanContext
from worldtree.catalog.components.addons.addon import Addon, image_requests
from worldtree.catalog.components.addons.addon_modules import (
    NETWORK_ADDON,
    ROLE,
    apply_step,
    first_control_plane,
    images_task,
    member_names,
)
from worldtree.catalog.components.addons.addon_sources import (
    addon_files,
    addon_problems,
    all_addons,
)
from worldtree.catalog.components.addons.addons_config import AddonsConfig, CustomAddon, Source
from worldtree.catalog.components.addons.flannel import Flannel, flannel
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.topology import CONTROL_PLANE_ROLE
from worldtree.core.errors import Diagnostic
from worldtree.plan.artifact import ArtifactRequest
from worldtree.plan.pipeline_names import CREATE_CLUSTER, DESTROY_CLUSTER, VERIFY
from worldtree.plan.specs import ModuleSpec, TaskSpec

#: Name of a plugin's addon while its sources are read; `cni` is reserved for the result.
_READ_AS = "network"


class CniConfig(ComponentConfig):
    """The network plugin of a cluster: one of these."""

    flannel: Flannel | None = Field(None, description="The plugin flannel.")
    sources: tuple[Source, ...] = Field(
        (),
        description="Manifests of another plugin, such as calico or cilium, as it publishes them.",
    )
    image_archives: str | None = Field(
        None,
        description="Where archives of flannel's images are, instead of a registry, as that of"
        " component ``kubernetes``.",
        examples=["https://mirror.example/images/{name}-{version}-{architecture}.tar"],
    )
    ready_seconds: int = Field(
        300, ge=1, description="Seconds until the plugin, and then all members must be ready."
    )

    @model_validator(mode="after")
    def _is_one(self) -> CniConfig:
        if (self.flannel is None) == (not self.sources):
            raise ValueError("the plugin is either `flannel`, or that of `sources`")
        return self


def _addon(config: CniConfig, context: PlanContext) -> Addon | None:
    """Return the plugin as an addon; None where there is no cluster for it."""
    kubernetes = context.config("kubernetes")
    if not isinstance(kubernetes, KubernetesConfig):
        return None
    if config.flannel is not None:
        made = flannel(config.flannel, kubernetes.networking)
    else:
        [made] = all_addons(_as_addons(config), context.directory, first_control_plane(context))
    return replace(made, name=NETWORK_ADDON, ready_seconds=config.ready_seconds)


def _as_addons(config: CniConfig) -> AddonsConfig:
    return AddonsConfig(
        custom=(CustomAddon(name=_READ_AS, sources=config.sources, namespace="kube-system"),)
        if config.sources
        else ()
    )


def _create(config: CniConfig, context: PlanContext) -> ModuleSpec | None:
    first, addon = first_control_plane(context), _addon(config, context)
    if not first or addon is None:
        return None
    images = None
    if config.image_archives is not None:
        images = images_task([addon], member_names(context))
    every = {
        "addons_nodes": list(member_names(context)),
        "addons_ready_seconds": config.ready_seconds,
    }
    return _module(
        *([images] if images is not None else []),
        # It waits for the first control plane alone; the others get their pod once they join.
        TaskSpec(
            name="network",
            hosts=first,
            needs=needs("kubernetes/init", "images"),
            steps=(apply_step(addon),),
        ),
        TaskSpec(
            name="ready",
            hosts=first,
            # A member that did not join is reported here, and by its own task.
            needs=(*needs("network"), *needs("kubernetes", scope="soft")),
            steps=(role_step(ROLE, "ready", variables=every, read_only=True),),
        ),
    )


def _verify(_config: CniConfig, context: PlanContext) -> ModuleSpec | None:
    return _of_first("verify", context)


def _destroy(config: CniConfig, context: PlanContext) -> ModuleSpec | None:
    module = _of_first("remove", context)
    if module is None or config.flannel is None:
        return module
    step = role_step(ROLE, "remove_network")
    waits = needs("remove", scope="soft")
    task = TaskSpec(name="hosts", hosts=member_names(context), needs=waits, steps=(step,))
    return module.model_copy(update={"tasks": (*module.tasks, task)})


def _of_first(entry: str, context: PlanContext) -> ModuleSpec | None:
    first = first_control_plane(context)
    if not first:
        return None
    step = role_step(ROLE, entry, variables={"addons_names": [NETWORK_ADDON]})
    return _module(TaskSpec(name=entry, hosts=first, steps=(step,)))


def _module(*tasks: TaskSpec) -> ModuleSpec:
    return ModuleSpec(name="cni", component="cni", tasks=tasks)


def _artifacts(config: CniConfig, context: PlanContext) -> Iterable[ArtifactRequest]:
    addon = _addon(config, context)
    if addon is None:
        return
    yield from addon.artifacts
    yield from image_requests([addon], config.image_archives, member_names(context))


def _check(config: CniConfig, context: PlanContext) -> Iterable[Diagnostic]:
    kubernetes = context.config("kubernetes")
    if not isinstance(kubernetes, KubernetesConfig):
        yield Diagnostic(
            slug="addons-without-kubernetes",
            summary="there is no cluster of Kubernetes that could get a network plugin",
            detail="It is applied on a control plane of component `kubernetes`.",
            hint="add the component `kubernetes`",
            at_key=True,
        )
    elif kubernetes.networking.plugin != "none":
        yield Diagnostic(
            slug="cni-two-plugins",
            summary=f"the cluster has the network plugin `{kubernetes.networking.plugin}` already",
            detail="Two plugins would write the network of the same pods.",
            hint="set `kubernetes.networking.plugin: none`, or remove the component `cni`",
            at_key=True,
        )
    yield from _source_problems(config, context.directory)


def _source_problems(config: CniConfig, directory: Path | None) -> Iterable[Diagnostic]:
    """Yield what is wrong with the sources, at their places in this component."""
    for found in addon_problems(_as_addons(config), directory):
        # The path begins with that of the addon which they were read as: `custom`, 0.
        yield replace(found, path=None if found.path is None else found.path[2:])


def _files(config: CniConfig, context: PlanContext) -> Iterable[Path]:
    return addon_files(_as_addons(config), context.directory)


COMPONENT = Component(
    name="cni",
    summary="A network plugin that runs in the cluster: flannel, or one of your own manifests.",
    config=CniConfig,
    host_role=CONTROL_PLANE_ROLE,
    pipelines={CREATE_CLUSTER: _create, VERIFY: _verify, DESTROY_CLUSTER: _destroy},
    role=ROLE,
    check=_check,
    artifacts=_artifacts,
    files=_files,
)
