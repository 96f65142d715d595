"""The component ``kubernetes``: control planes and workers that kubeadm makes."""

from __future__ import annotations

from worldtree.catalog.component import Component
from worldtree.catalog.components.kubernetes.add_modules import add_module
from worldtree.catalog.components.kubernetes.create_modules import create_module
from worldtree.catalog.components.kubernetes.kubernetes_artifacts import artifact_requests
from worldtree.catalog.components.kubernetes.kubernetes_certificates import certificate_requests
from worldtree.catalog.components.kubernetes.kubernetes_checks import check_kubernetes
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.other_modules import destroy_module, verify_module
from worldtree.catalog.components.kubernetes.pipeline_checks import check_pipeline
from worldtree.catalog.components.kubernetes.remove_modules import remove_module
from worldtree.catalog.components.kubernetes.renew_modules import renew_module
from worldtree.catalog.components.kubernetes.topology import CONTROL_PLANE_ROLE
from worldtree.catalog.components.kubernetes.upgrade_modules import upgrade_module
from worldtree.plan.pipeline_names import (
    ADD_HOSTS,
    CREATE_CLUSTER,
    DESTROY_CLUSTER,
    REMOVE_HOSTS,
    RENEW_CERTS,
    UPGRADE,
    VERIFY,
)

COMPONENT = Component(
    name="kubernetes",
    summary="A cluster of Kubernetes: control planes and workers that kubeadm makes.",
    config=KubernetesConfig,
    host_role=CONTROL_PLANE_ROLE,
    pipelines={
        CREATE_CLUSTER: create_module,
        VERIFY: verify_module,
        DESTROY_CLUSTER: destroy_module,
        UPGRADE: upgrade_module,
        ADD_HOSTS: add_module,
        REMOVE_HOSTS: remove_module,
        RENEW_CERTS: renew_module,
    },
    requires=("pki",),
    template_context={
        "__kubernetes_dir": "directory of this role's files on a member",
        "__kubernetes_bin_dir": "directory of the programs",
        "__kubernetes_authority": "the authority's certificate; ``content`` is in base64",
        "__kubernetes_own_networks": "networks of this member's pods",
        "__kubernetes_route_protocol": "number that tells routes of this role from others",
        "__kubernetes_modules": "kernel modules",
        "__kubernetes_sysctl": "kernel parameters with their values",
    },
    check=check_kubernetes,
    check_pipeline=check_pipeline,
    certificates=certificate_requests,
    artifacts=artifact_requests,
)
