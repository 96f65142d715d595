"""The component ``addons``: what a cluster of Kubernetes gets beside itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from worldtree.catalog.component import Component, PlanContext
from worldtree.catalog.components.addons.addon import image_requests
from worldtree.catalog.components.addons.addon_modules import (
    ROLE,
    addons_of,
    create_module,
    destroy_module,
    member_names,
    verify_module,
)
from worldtree.catalog.components.addons.addon_sources import addon_files, addon_problems
from worldtree.catalog.components.addons.addons_config import AddonsConfig
from worldtree.catalog.components.kubernetes.topology import CONTROL_PLANE_ROLE
from worldtree.core.errors import Diagnostic
from worldtree.plan.artifact import ArtifactRequest
from worldtree.plan.pipeline_names import CREATE_CLUSTER, DESTROY_CLUSTER, VERIFY


def _artifacts(config: AddonsConfig, context: PlanContext) -> Iterable[ArtifactRequest]:
    addons = addons_of(config, context)
    for addon in addons:
        yield from addon.artifacts
    yield from image_requests(addons, config.image_archives, member_names(context))


def _check(config: AddonsConfig, context: PlanContext) -> Iterable[Diagnostic]:
    if context.config("kubernetes") is None:
        yield Diagnostic(
            slug="addons-without-kubernetes",
            summary="there is no cluster of Kubernetes that could get addons",
            detail="Addons are applied on a control plane of component `kubernetes`.",
            hint="add the component `kubernetes`",
            at_key=True,
        )
    yield from addon_problems(config, context.directory)


def _files(config: AddonsConfig, context: PlanContext) -> Iterable[Path]:
    return addon_files(config, context.directory)


COMPONENT = Component(
    name=ROLE,
    summary="Objects of Kubernetes that a cluster gets: metrics, storage, manifests of your own.",
    config=AddonsConfig,
    host_role=CONTROL_PLANE_ROLE,
    pipelines={
        CREATE_CLUSTER: create_module,
        VERIFY: verify_module,
        DESTROY_CLUSTER: destroy_module,
    },
    check=_check,
    artifacts=_artifacts,
    files=_files,
)
