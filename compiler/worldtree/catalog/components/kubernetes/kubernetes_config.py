"""What the document can say about the component ``kubernetes``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from worldtree.catalog.component import ComponentConfig
from worldtree.catalog.components.kubernetes.control_plane_config import (
    Admission,
    Audit,
    Encryption,
    Endpoint,
    FilePath,
    GateName,
    HostAddress,
    Oidc,
    Program,
)
from worldtree.catalog.components.kubernetes.network_config import Dns, Networking, Proxy
from worldtree.catalog.components.kubernetes.node_config import Kubelet, NodePool
from worldtree.catalog.components.kubernetes.release_version import (
    RELEASE_PATTERN,
    Release,
    parse_release,
)

#: Flags of the programs that other fields, kubeadm and the hosts determine.
MANAGED_FLAGS = {
    "api_server": (
        *("advertise-address", "secure-port", "etcd-servers", "etcd-cafile", "etcd-certfile"),
        *("etcd-keyfile", "service-cluster-ip-range", "audit-", "encryption-provider-config"),
        *("oidc-", "enable-admission-plugins", "disable-admission-plugins", "feature-gates"),
        *("admission-control-config-file", "service-account-", "tls-cert-file", "client-ca-file"),
        *("tls-private-key-file", "requestheader-", "proxy-client-", "kubelet-client-"),
    ),
    "controller_manager": (
        *("cluster-cidr", "node-cidr-mask-size", "service-cluster-ip-range", "feature-gates"),
        *("allocate-node-cidrs", "root-ca-file", "service-account-private-key-file"),
        *("cluster-signing-cert-file", "cluster-signing-key-file", "cluster-name", "kubeconfig"),
    ),
    "scheduler": ("kubeconfig", "feature-gates", "authentication-kubeconfig"),
}


class KubernetesConfig(ComponentConfig):
    """A cluster of kubeadm: control planes are the hosts of the role ``control-plane``, the other
    members those of the role ``worker``.
    """

    version: Annotated[str, StringConstraints(pattern=RELEASE_PATTERN)] = Field(
        description="Release of Kubernetes.", examples=["1.36.3"]
    )
    upgrade_from: Annotated[str, StringConstraints(pattern=RELEASE_PATTERN)] | None = Field(
        None,
        description="Release that the running cluster has, while it is upgraded: the files of the"
        " releases in between are needed, too. When not given, the pipeline ``upgrade`` takes it"
        " from the document that was applied before.",
        examples=["1.34.9"],
    )
    control_plane_endpoint: Endpoint | None = Field(
        None,
        description="How the API servers are reached; when not given, the virtual address of"
        " component ``loadbalancer``, else the address of the only control plane.",
    )
    api_port: int = Field(
        6443, ge=1, le=65535, description="TCP port of the API server on each control plane."
    )
    extra_sans: tuple[HostAddress, ...] = Field(
        (),
        description="Further names and addresses in the API servers' certificate.",
        examples=[["api.example.com"]],
    )
    networking: Networking = Field(
        default_factory=Networking, description="Networks of pods and services."
    )
    proxy: Proxy = Field(default_factory=Proxy, description="kube-proxy.")
    dns: Dns = Field(default_factory=Dns, description="CoreDNS.")
    etcd_mode: Literal["auto", "external", "stacked"] = Field(
        "auto",
        description="Where the state is: in the component ``etcd`` (``external``), or in an etcd"
        " that kubeadm runs on each control plane (``stacked``); ``auto`` takes the component"
        " where it is in the cluster.",
    )
    etcd_data_dir: FilePath = Field(
        "/var/lib/etcd", description="Directory of the data of a stacked etcd."
    )
    node_pools: tuple[NodePool, ...] = Field((), description="Members that differ from others.")
    kubelet: Kubelet = Field(
        default_factory=Kubelet, description="Settings of the kubelet on all members."
    )
    swap: Literal["off", "ignore", "limited"] = Field(
        "off",
        description="``off`` switches it off, ``ignore`` leaves it on for the system, ``limited``"
        " lets pods use their share.",
    )
    cgroup_driver: Literal["systemd", "cgroupfs"] = Field(
        "systemd", description="Who makes the cgroups of pods; the runtime has to use the same."
    )
    allow_cgroup_v1: bool = Field(
        False, description="Whether members may run with cgroups of version 1."
    )
    cri_socket: FilePath = Field(
        "/run/containerd/containerd.sock", description="Socket of the container runtime."
    )
    image_repository: str = Field(
        "registry.k8s.io",
        pattern=r"^[a-z0-9][a-z0-9.:/_-]*$",
        description="Registry, and path in it, of the images of Kubernetes.",
    )
    image_archives: str | None = Field(
        None,
        description="Where archives of the images are, instead of a registry: a URL or path with"
        " ``{name}``, ``{version}`` (the tag of the image), ``{architecture}``, and ``{release}``"
        " for the release of Kubernetes.",
        examples=["https://mirror.example/images/v{release}/{name}-{version}.tar"],
    )
    mirror: str = Field(
        "https://dl.k8s.io",
        description="Where the releases are: below it ``release/v1.36.3/bin/linux/amd64/kubeadm``.",
    )
    feature_gates: dict[GateName, bool] = Field(
        default_factory=dict,
        description="Feature gates of all programs.",
        examples=[{"InPlacePodVerticalScaling": True}],
    )
    kubeadm_feature_gates: dict[GateName, bool] = Field(
        default_factory=dict,
        description="Feature gates of kubeadm itself.",
        examples=[{"NodeLocalCRISocket": True}],
    )
    api_server: Program = Field(default_factory=Program, description="kube-apiserver.")
    controller_manager: Program = Field(
        default_factory=Program, description="kube-controller-manager."
    )
    scheduler: Program = Field(default_factory=Program, description="kube-scheduler.")
    audit: Audit | None = Field(None, description="Audit log; none when not given.")
    encryption: Encryption | None = Field(
        None, description="Encryption at rest; none when not given."
    )
    oidc: Oidc | None = Field(None, description="Sign-in by an identity provider.")
    admission: Admission = Field(default_factory=Admission, description="Admission plugins.")
    schedule_on_control_planes: bool = Field(
        False, description="Whether control planes take pods like workers do."
    )
    ignore_preflight_errors: tuple[str, ...] = Field(
        (),
        description="Checks of kubeadm whose errors become warnings.",
        examples=[["NumCPU", "Mem"]],
    )
    join_batch: int = Field(50, ge=1, description="Workers that join at once.")
    ready_seconds: int = Field(
        300, ge=1, description="Seconds until all members must be ready after they joined."
    )

    @property
    def release(self) -> Release:
        """The release of Kubernetes, as numbers."""
        return parse_release(self.version)

    @field_validator("node_pools")
    @classmethod
    def _unique(cls, pools: tuple[NodePool, ...]) -> tuple[NodePool, ...]:
        names = [pool.name for pool in pools]
        if len(set(names)) < len(names):
            raise ValueError("two pools have the same name")
        if taken := {"control-plane", "worker"} & {*names}:
            raise ValueError(f"`{taken.pop()}` is the pool of members that are in no other one")
        return pools

    @field_validator("api_server", "controller_manager", "scheduler")
    @classmethod
    def _only_free_flags(cls, program: Program, info: ValidationInfo) -> Program:
        managed = MANAGED_FLAGS[info.field_name or ""]
        taken = [
            flag
            for flag in program.extra_args
            if any(flag == own or (own[-1] == "-" and flag.startswith(own)) for own in managed)
        ]
        if taken:
            raise ValueError(
                f"{', '.join(taken)} cannot be set here: other fields and the hosts determine it"
            )
        return program

    @model_validator(mode="after")
    def _strict_arp_with_ipvs(self) -> KubernetesConfig:
        if self.proxy.strict_arp and self.proxy.mode != "ipvs":
            raise ValueError("`proxy.strictArp` goes with `proxy.mode: ipvs`")
        return self
