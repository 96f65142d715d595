"""The addon local-path-storage: volumes in directories of the members, made by local-path."""

from __future__ import annotations

import json

from pydantic import Field

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.components.addons.addon import Addon, Image
from worldtree.catalog.components.addons.workloads import (
    PRIVILEGED,
    Object,
    app_labels,
    bound,
    cluster_role,
    made,
    requests,
    rule,
)

#: Release that is used when the document names none.
DEFAULT_VERSION = "0.0.32"
NAME = "local-path-storage"
_PROVISIONER = "local-path-provisioner"

_SETUP = '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n'
_TEARDOWN = '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n'


class LocalPathStorage(ComponentConfig):
    """The addon ``local-path-storage``."""

    version: str = Field(
        DEFAULT_VERSION, pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$", description="Release of it."
    )
    image_repository: str = Field(
        "docker.io/rancher/local-path-provisioner",
        pattern=r"^[a-z0-9][a-z0-9.:/_-]*$",
        description="Its image, without a tag.",
    )
    helper_image: str = Field(
        "docker.io/library/busybox:1.37.0",
        pattern=r"^\S+:[\w.-]+$",
        description="Image with a shell, whose pods make and delete the directories.",
    )
    path: str = Field(
        "/var/lib/local-path",
        pattern=r"^/[\w./-]+$",
        description="Directory of the volumes on each member.",
    )
    storage_class: str = Field(
        "local-path",
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
        description="Name of the storage class.",
    )
    is_default_class: bool = Field(
        True, description="Whether claims that name no class get this one."
    )
    reclaim: str = Field(
        "Delete",
        pattern="^(Delete|Retain)$",
        description="What happens to a volume whose claim is gone: ``Delete`` or ``Retain``.",
    )
    ready_seconds: int = Field(300, ge=0, description="Seconds until it must be healthy.")


def local_path_storage(config: LocalPathStorage) -> Addon:
    """Return the addon."""
    image = Image(_PROVISIONER, config.version, f"{config.image_repository}:v{config.version}")
    name, _, tag = config.helper_image.rpartition(":")
    helper = Image(name.rpartition("/")[2], tag, config.helper_image)
    return Addon(
        NAME,
        tuple(_objects(config, image)),
        namespace=NAME,
        ready_seconds=config.ready_seconds,
        images=(image, helper),
    )


def _objects(config: LocalPathStorage, image: Image) -> list[Object]:
    account = (NAME, _PROVISIONER)
    read = ("get", "list", "watch")
    settings = {
        "nodePathMap": [
            {"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [config.path]},
        ]
    }
    helper = made(
        "v1",
        "Pod",
        "helper-pod",
        spec={
            "priorityClassName": "system-node-critical",
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": "helper-pod",
                    "image": config.helper_image,
                    "imagePullPolicy": "IfNotPresent",
                }
            ],
        },
    )
    storage = made(
        "storage.k8s.io/v1",
        "StorageClass",
        config.storage_class,
        provisioner="rancher.io/local-path",
        # Only then is it known on which member the directory has to be.
        volumeBindingMode="WaitForFirstConsumer",
        reclaimPolicy=config.reclaim,
    )
    storage["metadata"]["annotations"] = {
        "storageclass.kubernetes.io/is-default-class": str(config.is_default_class).lower()
    }
    return [
        made("v1", "Namespace", NAME, labels=PRIVILEGED),
        made("v1", "ServiceAccount", _PROVISIONER, NAME),
        cluster_role(
            _PROVISIONER,
            [
                rule([""], ["nodes", "persistentvolumeclaims", "configmaps", "pods/log"], read),
                rule([""], ["persistentvolumes"], (*read, "create", "patch", "update", "delete")),
                rule([""], ["events"], ("create", "patch")),
                rule(["storage.k8s.io"], ["storageclasses"], read),
            ],
        ),
        bound("ClusterRoleBinding", _PROVISIONER, ("ClusterRole", _PROVISIONER), account),
        # It makes its helpers in its own namespace only.
        made(
            "rbac.authorization.k8s.io/v1",
            "Role",
            _PROVISIONER,
            NAME,
            rules=[rule([""], ["pods"], (*read, "create", "patch", "update", "delete"))],
        ),
        bound("RoleBinding", _PROVISIONER, ("Role", _PROVISIONER), account, namespace=NAME),
        made(
            "v1",
            "ConfigMap",
            "local-path-config",
            NAME,
            data={
                "config.json": json.dumps(settings, indent=2) + "\n",
                "helperPod.yaml": json.dumps(helper, indent=2) + "\n",
                "setup": _SETUP,
                "teardown": _TEARDOWN,
            },
        ),
        storage,
        _deployment(image),
    ]


def _deployment(image: Image) -> Object:
    labels = app_labels(_PROVISIONER)
    container = {
        "name": _PROVISIONER,
        "image": image.reference,
        "imagePullPolicy": "IfNotPresent",
        "command": [
            _PROVISIONER,
            "start",
            "--config=/etc/config/config.json",
            # Of its helpers; they need no right.
            f"--service-account-name={_PROVISIONER}",
        ],
        "env": [
            {
                "name": "POD_NAMESPACE",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
            },
            {"name": "CONFIG_MOUNT_PATH", "value": "/etc/config/"},
        ],
        "resources": requests("10m", "32Mi"),
        "volumeMounts": [{"name": "config", "mountPath": "/etc/config/"}],
    }
    return made(
        "apps/v1",
        "Deployment",
        _PROVISIONER,
        NAME,
        spec={
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "serviceAccountName": _PROVISIONER,
                    "containers": [container],
                    "volumes": [{"name": "config", "configMap": {"name": "local-path-config"}}],
                },
            },
        },
    )
