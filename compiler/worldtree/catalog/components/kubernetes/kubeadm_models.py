"""The documents that kubeadm, the kubelet and kube-proxy read, as a strict schema.

kubeadm says ok to some keys that it does not know, so what is passed on has to be right before.
Forms: kubeadm.k8s.io/v1beta4, kubelet.config.k8s.io/v1beta1, kubeproxy.config.k8s.io/v1alpha1; of
the last two the fields that are used here.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

_KUBEADM_API: Final = "kubeadm.k8s.io/v1beta4"
_KUBELET_API: Final = "kubelet.config.k8s.io/v1beta1"
_PROXY_API: Final = "kubeproxy.config.k8s.io/v1alpha1"


class DocumentPart(BaseModel):
    """A part of a document: keys are camelCase, unknown ones are errors."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, strict=False
    )


class Arg(DocumentPart):
    """A flag of a program; v1beta4 has lists of them, as a flag may be given several times."""

    name: str
    value: str


class HostPathMount(DocumentPart):
    """A path of the host that a static pod sees."""

    name: str
    host_path: str
    mount_path: str
    read_only: bool | None = None
    path_type: Literal["", "File", "Directory", "DirectoryOrCreate", "FileOrCreate"] | None = None


class ControlPlaneComponent(DocumentPart):
    """Flags and volumes of a program of the control plane."""

    extra_args: list[Arg] | None = None
    extra_volumes: list[HostPathMount] | None = None


class ApiServer(ControlPlaneComponent):
    """kube-apiserver."""

    cert_sans: list[str] | None = Field(None, alias="certSANs")


class LocalEtcd(DocumentPart):
    """An etcd that kubeadm runs as a static pod."""

    data_dir: str


class ExternalEtcd(DocumentPart):
    """An etcd that others run."""

    endpoints: list[str]
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


class Etcd(DocumentPart):
    """Where the state is; exactly one of both."""

    local: LocalEtcd | None = None
    external: ExternalEtcd | None = None


class KubeadmNetworking(DocumentPart):
    """Networks; two are separated by a comma."""

    service_subnet: str
    pod_subnet: str
    dns_domain: str


class Switch(DocumentPart):
    """An addon of kubeadm."""

    disabled: bool


class Dns(DocumentPart):
    """CoreDNS: another tag of its image, or none at all."""

    image_tag: str | None = None
    disabled: bool | None = None


class ClusterConfiguration(DocumentPart):
    """What all control planes have in common."""

    api_version: Literal["kubeadm.k8s.io/v1beta4"] = _KUBEADM_API
    kind: Literal["ClusterConfiguration"] = "ClusterConfiguration"
    cluster_name: str
    kubernetes_version: str = Field(pattern=r"^v\d+\.\d+\.\d+$")
    control_plane_endpoint: str
    image_repository: str
    certificates_dir: str
    networking: KubeadmNetworking
    etcd: Etcd
    api_server: ApiServer
    controller_manager: ControlPlaneComponent
    scheduler: ControlPlaneComponent
    dns: Dns | None = None
    proxy: Switch | None = None
    feature_gates: dict[str, bool] | None = None


class NodeTaint(DocumentPart):
    """A taint of a member."""

    key: str
    value: str | None = None
    effect: str


class NodeRegistration(DocumentPart):
    """How a member registers itself."""

    name: str
    cri_socket: str
    taints: list[NodeTaint]
    kubelet_extra_args: list[Arg] | None = None
    ignore_preflight_errors: list[str] | None = None
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = None


class ApiEndpoint(DocumentPart):
    """Where the API server of a control plane listens."""

    advertise_address: str
    bind_port: int


class Patches(DocumentPart):
    """Where patches of what kubeadm writes are."""

    directory: str


class BootstrapToken(DocumentPart):
    """A token by which members join; without ``token`` kubeadm makes one."""

    ttl: str


class InitConfiguration(DocumentPart):
    """How the first control plane is made."""

    api_version: Literal["kubeadm.k8s.io/v1beta4"] = _KUBEADM_API
    kind: Literal["InitConfiguration"] = "InitConfiguration"
    bootstrap_tokens: list[BootstrapToken]
    node_registration: NodeRegistration
    local_api_endpoint: ApiEndpoint = Field(alias="localAPIEndpoint")
    skip_phases: list[str] | None = None
    patches: Patches


class FileDiscovery(DocumentPart):
    """A kubeconfig on the host that says where the cluster is, and how to join it."""

    kube_config_path: str


class Discovery(DocumentPart):
    """How a member finds the cluster."""

    file: FileDiscovery


class JoinControlPlane(DocumentPart):
    """What makes a member a control plane."""

    local_api_endpoint: ApiEndpoint = Field(alias="localAPIEndpoint")


class JoinConfiguration(DocumentPart):
    """How a member joins."""

    api_version: Literal["kubeadm.k8s.io/v1beta4"] = _KUBEADM_API
    kind: Literal["JoinConfiguration"] = "JoinConfiguration"
    discovery: Discovery
    node_registration: NodeRegistration
    control_plane: JoinControlPlane | None = None
    patches: Patches


class MemorySwap(DocumentPart):
    """What pods may do with swap."""

    swap_behavior: Literal["NoSwap", "LimitedSwap"]


class MemoryReservation(DocumentPart):
    """Memory of a NUMA node that is kept for the system."""

    numa_node: int
    limits: dict[str, str]


class KubeletSettings(DocumentPart):
    """Fields of KubeletConfiguration; a patch has those that differ for a pool."""

    cgroup_driver: Literal["systemd", "cgroupfs"] | None = None
    fail_cgroup_v1: bool | None = Field(None, alias="failCgroupV1")
    fail_swap_on: bool | None = None
    memory_swap: MemorySwap | None = None
    max_pods: int | None = None
    system_reserved: dict[str, str] | None = None
    kube_reserved: dict[str, str] | None = None
    eviction_hard: dict[str, str] | None = None
    cpu_manager_policy: str | None = None
    memory_manager_policy: str | None = None
    reserved_memory: list[MemoryReservation] | None = None
    topology_manager_policy: str | None = None
    reserved_system_cpus: str | None = Field(None, alias="reservedSystemCPUs")
    container_log_max_size: str | None = None
    container_log_max_files: int | None = None
    image_gc_high_threshold_percent: int | None = Field(None, alias="imageGCHighThresholdPercent")
    image_gc_low_threshold_percent: int | None = Field(None, alias="imageGCLowThresholdPercent")
    serialize_image_pulls: bool | None = None
    max_parallel_image_pulls: int | None = None
    shutdown_grace_period: str | None = None
    shutdown_grace_period_critical_pods: str | None = None
    feature_gates: dict[str, bool] | None = None


class KubeletConfiguration(KubeletSettings):
    """Settings of the kubelets of all members."""

    api_version: Literal["kubelet.config.k8s.io/v1beta1"] = _KUBELET_API
    kind: Literal["KubeletConfiguration"] = "KubeletConfiguration"


class Conntrack(DocumentPart):
    """Limits of tracked connections."""

    max_per_core: int | None = None
    min: int | None = None


class Ipvs(DocumentPart):
    """Settings of the mode ``ipvs``."""

    strict_arp: bool = Field(alias="strictARP")


class KubeProxyConfiguration(DocumentPart):
    """Settings of kube-proxy."""

    api_version: Literal["kubeproxy.config.k8s.io/v1alpha1"] = _PROXY_API
    kind: Literal["KubeProxyConfiguration"] = "KubeProxyConfiguration"
    mode: Literal["iptables", "nftables", "ipvs"]
    cluster_cidr: str = Field(alias="clusterCIDR")
    conntrack: Conntrack | None = None
    ipvs: Ipvs | None = None
    feature_gates: dict[str, bool] | None = None


KubeadmDocument = Annotated[
    InitConfiguration
    | ClusterConfiguration
    | JoinConfiguration
    | KubeletConfiguration
    | KubeProxyConfiguration,
    Field(discriminator="kind"),
]
_DOCUMENT: TypeAdapter[Any] = TypeAdapter(KubeadmDocument)


def write_documents(*documents: DocumentPart) -> str:
    """Return documents as YAML; ``kind`` is near the top, and what is not set is left out."""
    return "---\n".join(_text(document) for document in documents)


def _text(document: DocumentPart) -> str:
    data = document.model_dump(mode="json", by_alias=True, exclude_none=True)
    head: dict[str, Any] = {key: data.pop(key) for key in ("apiVersion", "kind") if key in data}
    text = yaml.safe_dump({**head, **data}, sort_keys=False, width=1000, allow_unicode=True)
    return str(text)


def read_documents(text: str) -> tuple[DocumentPart, ...]:
    """Return the documents of a YAML text; raises ``pydantic.ValidationError`` for unknown keys."""
    return tuple(_DOCUMENT.validate_python(data) for data in yaml.safe_load_all(text))
