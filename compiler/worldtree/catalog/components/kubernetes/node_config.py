"""What the document says about members: pools, labels, taints, and the kubelet's configuration."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.components.kubernetes.control_plane_config import GateName

_NAME = r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)"
_PREFIX = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
#: Key of a label, an annotation or a taint: ``tier``, ``example.com/tier``.
NodeKey = Annotated[str, StringConstraints(pattern=rf"^({_PREFIX}/)?{_NAME}$")]
LabelValue = Annotated[str, StringConstraints(pattern=rf"^{_NAME}?$")]
#: ``100m``, ``1Gi``, ``5%``.
Quantity = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?(m|%|[kKMGTP]i?)?$")]
#: ``30s``, ``1m30s``.
Duration = Annotated[str, StringConstraints(pattern=r"^([0-9]+(h|m|s|ms))+$")]
#: ``0-3,8``.
CpuList = Annotated[str, StringConstraints(pattern=r"^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$")]

#: Labels that kubeadm or the API servers set themselves.
_OWN_LABELS = re.compile(
    r"^(kubernetes\.io/(arch|hostname|os)|node-role\.kubernetes\.io/control-plane)$"
)


class Taint(ComponentConfig):
    """What keeps pods away from members that do not tolerate it."""

    key: NodeKey = Field(description="Its key.", examples=["example.com/gpu"])
    value: LabelValue = Field("", description="Its value.", examples=["true"])
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = Field(
        "NoSchedule", description="What it does to pods."
    )


class Kubelet(ComponentConfig):
    """Settings of the kubelet; what is not given is Kubernetes' own default."""

    max_pods: int | None = Field(None, ge=1, description="Pods of a member.", examples=[110])
    system_reserved: dict[str, Quantity] = Field(
        default_factory=dict,
        description="What is kept for the system.",
        examples=[{"cpu": "500m", "memory": "1Gi"}],
    )
    kube_reserved: dict[str, Quantity] = Field(
        default_factory=dict,
        description="What is kept for the kubelet and the runtime.",
        examples=[{"cpu": "200m", "memory": "500Mi"}],
    )
    eviction_hard: dict[str, Quantity] = Field(
        default_factory=dict,
        description="Below these values pods are evicted.",
        examples=[{"memory.available": "200Mi"}],
    )
    cpu_manager_policy: Literal["none", "static"] | None = Field(
        None, description="``static`` gives whole CPUs to pods.", examples=["static"]
    )
    memory_manager_policy: Literal["None", "Static"] | None = Field(
        None, description="``Static`` gives memory of one node to pods.", examples=["Static"]
    )
    reserved_memory: tuple[str, ...] = Field(
        (),
        description="Memory of each NUMA node that is kept for the system: ``NODE:AMOUNT``.",
        examples=[["0:1Gi"]],
    )
    topology_manager_policy: (
        Literal["none", "best-effort", "restricted", "single-numa-node"] | None
    ) = Field(None, description="How strictly devices stay together.", examples=["restricted"])
    reserved_system_cpus: CpuList | None = Field(
        None, description="CPUs that pods never get.", examples=["0-1"]
    )
    container_log_max_size: Quantity | None = Field(
        None, description="Size of a container's log until it is rotated.", examples=["10Mi"]
    )
    container_log_max_files: int | None = Field(
        None, ge=2, description="Log files of a container.", examples=[5]
    )
    image_gc_high_threshold_percent: int | None = Field(
        None, ge=0, le=100, description="Used disk at which images are removed.", examples=[85]
    )
    image_gc_low_threshold_percent: int | None = Field(
        None, ge=0, le=100, description="Used disk at which that ends.", examples=[80]
    )
    max_parallel_image_pulls: int | None = Field(
        None, ge=1, description="Images that are pulled at once.", examples=[3]
    )
    shutdown_grace_period: Duration | None = Field(
        None, description="Time that pods get when the machine shuts down.", examples=["60s"]
    )
    shutdown_grace_period_critical_pods: Duration | None = Field(
        None, description="The part of it that critical pods get.", examples=["20s"]
    )
    feature_gates: dict[GateName, bool] = Field(
        default_factory=dict,
        description="Feature gates of the kubelet alone.",
        examples=[{"NodeSwap": True}],
    )

    @field_validator("reserved_memory")
    @classmethod
    def _reserved_of_nodes(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not re.match(r"^[0-9]+:[0-9]+([KMG]i)?$", value):
                raise ValueError(f"`{value}` is not NODE:AMOUNT, such as `0:1Gi`")
        return values

    @model_validator(mode="after")
    def _fits_together(self) -> Kubelet:
        high = self.image_gc_high_threshold_percent
        low = self.image_gc_low_threshold_percent
        if high is not None and low is not None and low >= high:
            raise ValueError("`imageGcLowThresholdPercent` is not below the high one")
        reserved = {*self.system_reserved, *self.kube_reserved}
        kept = "cpu" in reserved or self.reserved_system_cpus is not None
        if self.cpu_manager_policy == "static" and not kept:
            raise ValueError(
                "`cpuManagerPolicy: static` needs CPUs for the system: set `reservedSystemCpus`, "
                "or `cpu` in `systemReserved` or `kubeReserved`"
            )
        if self.memory_manager_policy == "Static" and not self.reserved_memory:
            raise ValueError("`memoryManagerPolicy: Static` needs `reservedMemory`")
        return self


class NodePool(ComponentConfig):
    """Members that are alike: the hosts of a role, or those with a label of the document."""

    name: str = Field(
        pattern=r"^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$",
        description="Unique name.",
        examples=["gpu"],
    )
    role: str | None = Field(
        None, description="Its members are the hosts of this role.", examples=["gpu"]
    )
    host_labels: dict[str, str] = Field(
        default_factory=dict,
        description="Its members are the hosts that have these labels in the document.",
        examples=[{"rack": "b"}],
    )
    labels: dict[NodeKey, LabelValue] = Field(
        default_factory=dict,
        description="Labels of the Node objects.",
        examples=[{"example.com/tier": "gpu"}],
    )
    annotations: dict[NodeKey, str] = Field(
        default_factory=dict,
        description="Annotations of the Node objects.",
        examples=[{"example.com/owner": "shop"}],
    )
    taints: tuple[Taint, ...] = Field((), description="Taints of the Node objects.")
    kubelet: Kubelet = Field(
        default_factory=Kubelet, description="Settings that differ from those of all members."
    )

    @field_validator("labels")
    @classmethod
    def _free_labels(cls, labels: dict[str, str]) -> dict[str, str]:
        taken = [key for key in labels if _OWN_LABELS.match(key)]
        if taken:
            raise ValueError(f"{', '.join(taken)} is set by Kubernetes itself")
        return labels

    @model_validator(mode="after")
    def _role_or_labels(self) -> NodePool:
        if (self.role is None) == (not self.host_labels):
            raise ValueError("a pool has either a `role` or `hostLabels`")
        return self
