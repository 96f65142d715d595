"""Builds the modules of component ``addons``: one task per addon, side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from worldtree.catalog.builders import needs, role_step
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.addons.addon import Addon
from worldtree.catalog.components.addons.addon_sources import all_addons
from worldtree.catalog.components.addons.addons_config import AddonsConfig
from worldtree.catalog.components.kubernetes.topology import control_planes, members
from worldtree.plan.specs import ModuleSpec, StepSpec, TaskSpec

ROLE = "addons"
#: The addon that component ``cni`` applies.
NETWORK_ADDON = "cni"
_IMAGES, _UNLISTED = "images", "remove-unlisted"


def first_control_plane(context: PlanContext) -> tuple[str, ...]:
    """Return the name of the control plane that applies addons; empty where there is none."""
    return tuple(host.name for host in control_planes(context)[:1])


def member_names(context: PlanContext) -> tuple[str, ...]:
    """Return the names of all members."""
    return tuple(host.name for host in members(context))


def addons_of(config: AddonsConfig, context: PlanContext) -> tuple[Addon, ...]:
    """Return every addon of the document."""
    return all_addons(config, context.directory, first_control_plane(context))


def apply_step(addon: Addon) -> StepSpec:
    """Return the step that applies an addon, and waits until it is ready."""
    return role_step(ROLE, "apply", variables=addon.variables())


def images_task(addons: Iterable[Addon], hosts: tuple[str, ...]) -> TaskSpec | None:
    """Return the task that brings members the images; None where no addon has one."""
    images = [image.variables() for addon in addons for image in addon.images]
    if not images or not hosts:
        return None
    step = role_step("kubernetes", "images", variables={"kubernetes_images": images})
    return TaskSpec(name=_IMAGES, hosts=hosts, needs=needs("containerd/health"), steps=(step,))


def create_module(config: AddonsConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the work that applies all addons; none of them waits for another without a need."""
    first, addons = first_control_plane(context), addons_of(config, context)
    if not first:
        return None
    tasks: list[TaskSpec] = []
    if config.image_archives is not None:
        images = images_task(addons, member_names(context))
        tasks += [images] if images is not None else []
    # A member that is lost keeps nothing from the others.
    ready = needs("kubernetes/ready", "cni/ready", scope="soft")
    for addon in addons:
        waits = (
            *needs("kubernetes/init", *(_task_name(name) for name in addon.needs)),
            *(needs(_IMAGES, scope="barrier") if tasks and tasks[0].name == _IMAGES else ()),
            *ready,
        )
        steps = (apply_step(addon),)
        tasks.append(TaskSpec(name=_task_name(addon.name), hosts=first, needs=waits, steps=steps))
    if config.remove_unlisted:
        step = role_step(ROLE, "prune", variables=_names(addons, context))
        waits = (
            *needs("kubernetes/init"),
            *needs(*(_task_name(one.name) for one in addons), scope="soft"),
            *ready,
        )
        tasks.append(TaskSpec(name=_UNLISTED, hosts=first, needs=waits, steps=(step,)))
    return _module(tasks)


def verify_module(config: AddonsConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the check that all addons are healthy."""
    return _one_task("verify", addons_of(config, context), context)


def destroy_module(config: AddonsConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the removal of all addons, so that what they made outside of the cluster goes, too."""
    return _one_task("remove", addons_of(config, context), context)


def _one_task(entry: str, addons: tuple[Addon, ...], context: PlanContext) -> ModuleSpec | None:
    first = first_control_plane(context)
    if not first or not addons:
        return None
    names = {"addons_names": [one.name for one in addons]}
    step = role_step(ROLE, entry, variables=names)
    return _module([TaskSpec(name=entry, hosts=first, steps=(step,))])


def _names(addons: tuple[Addon, ...], context: PlanContext) -> dict[str, Any]:
    """Return the names of the addons that stay."""
    network = [NETWORK_ADDON] if context.config("cni") is not None else []
    return {"addons_names": sorted([*network, *(one.name for one in addons)])}


def _task_name(addon: str) -> str:
    """Return the name of an addon's task, which is no other task's."""
    return f"addon-{addon}" if addon in (_IMAGES, _UNLISTED) else addon


def _module(tasks: list[TaskSpec]) -> ModuleSpec | None:
    return ModuleSpec(name="addons", component="addons", tasks=tuple(tasks)) if tasks else None
