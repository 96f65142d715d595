"""Makes kubeadm's documents from the configuration and the hosts of a cluster.

What differs between the hosts of a pool stands in them as a variable of Ansible: the name of the
host and its address. Nothing in them is secret.
"""

from __future__ import annotations

from collections.abc import Mapping

from worldtree.catalog.builders import address_of
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.control_plane_config import (
    Endpoint,
    FlagValue,
    HostPath,
    Program,
)
from worldtree.catalog.components.kubernetes.control_plane_files import (
    DIRECTORY,
    api_server_flags,
    control_plane_files,
    secret_files,
)
from worldtree.catalog.components.kubernetes.kubeadm_models import (
    ApiEndpoint,
    ApiServer,
    Arg,
    BootstrapToken,
    ClusterConfiguration,
    ControlPlaneComponent,
    Discovery,
    Dns,
    DocumentPart,
    Etcd,
    ExternalEtcd,
    FileDiscovery,
    HostPathMount,
    InitConfiguration,
    JoinConfiguration,
    JoinControlPlane,
    KubeadmNetworking,
    LocalEtcd,
    NodeRegistration,
    NodeTaint,
    Patches,
    Switch,
)
from worldtree.catalog.components.kubernetes.kubelet_documents import (
    kubelet_configuration,
    proxy_configuration,
)
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.release_version import Minor
from worldtree.catalog.components.kubernetes.topology import (
    CONTROL_PLANE_ROLE,
    Pool,
    bracketed,
    control_planes,
    endpoint,
    etcd_access,
    have_ip_addresses,
)

#: Directory of the certificates, where kubeadm looks for them.
PKI_DIRECTORY = "/etc/kubernetes/pki"
#: Where the etcd authority and the API servers' certificate for it are.
ETCD_PKI_DIRECTORY = f"{PKI_DIRECTORY}/etcd"
ETCD_CLIENT = "apiserver-etcd-client"
#: Patches of what kubeadm writes for the kubelet of a host.
PATCH_DIRECTORY = f"{DIRECTORY}/patches"
#: In memory only: it has the token by which a host joins.
DISCOVERY_FILE = "/run/worldtree/kubernetes/discovery.conf"

_NAME = "{{ inventory_hostname }}"
_NODE_IP = "{{ kubernetes_node_ip }}"
_ADVERTISED = "{{ kubernetes_advertise_address }}"
_CONTROL_PLANE_TAINT = f"node-role.kubernetes.io/{CONTROL_PLANE_ROLE}"
#: kubelets of this minor on refuse cgroups of version 1, and kubeadm's check does so, too.
_NO_CGROUP_V1 = Minor(1, 35)
#: It is deleted when the control plane is up; this is for a run that was killed in between.
_TOKEN_SECONDS = "15m0s"


def init_documents(
    config: KubernetesConfig, context: PlanContext, pool: Pool
) -> tuple[DocumentPart, ...]:
    """Return what `kubeadm init` reads on the first control plane, which is in ``pool``."""
    found: list[DocumentPart] = [
        InitConfiguration(
            bootstrap_tokens=[BootstrapToken(ttl=_TOKEN_SECONDS)],
            node_registration=_registration(config, pool),
            local_api_endpoint=_api_endpoint(config),
            # It prints the token.
            skip_phases=["show-join-command"],
            patches=Patches(directory=PATCH_DIRECTORY),
        ),
        cluster_configuration(config, context),
        kubelet_configuration(config),
    ]
    if config.proxy.enabled:
        found.append(proxy_configuration(config))
    return tuple(found)


def join_document(config: KubernetesConfig, pool: Pool) -> JoinConfiguration:
    """Return what `kubeadm join` reads on a member of ``pool``."""
    joined = JoinControlPlane(local_api_endpoint=_api_endpoint(config))
    return JoinConfiguration(
        discovery=Discovery(file=FileDiscovery(kube_config_path=DISCOVERY_FILE)),
        node_registration=_registration(config, pool),
        control_plane=joined if pool.is_control_plane else None,
        patches=Patches(directory=PATCH_DIRECTORY),
    )


def cluster_configuration(config: KubernetesConfig, context: PlanContext) -> ClusterConfiguration:
    """Return what all control planes have in common; raises ``ValueError`` without an endpoint."""
    place = endpoint(config, context)
    if place is None:
        raise ValueError("nothing says how the API servers are reached")
    network = config.networking
    return ClusterConfiguration(
        cluster_name=context.cluster,
        kubernetes_version=f"v{config.version}",
        control_plane_endpoint=f"{bracketed(place.host)}:{place.port}",
        image_repository=config.image_repository,
        certificates_dir=PKI_DIRECTORY,
        networking=KubeadmNetworking(
            service_subnet=",".join(network.services),
            pod_subnet=",".join(network.pods),
            dns_domain=network.dns_domain,
        ),
        etcd=_etcd(config, context),
        api_server=_api_server(config, context, place),
        controller_manager=_program(config, config.controller_manager, _mask_flags(config)),
        scheduler=_program(config, config.scheduler, {}),
        dns=_dns(config),
        proxy=None if config.proxy.enabled else Switch(disabled=True),
        feature_gates=dict(sorted(config.kubeadm_feature_gates.items())) or None,
    )


def _dns(config: KubernetesConfig) -> Dns | None:
    if not config.dns.enabled:
        return Dns(disabled=True)
    return Dns(image_tag=config.dns.image_tag) if config.dns.image_tag else None


def _etcd(config: KubernetesConfig, context: PlanContext) -> Etcd:
    access = etcd_access(config, context)
    if access is None:
        return Etcd(local=LocalEtcd(data_dir=config.etcd_data_dir))
    endpoints = list(access.endpoints)
    if not access.tls:
        return Etcd(external=ExternalEtcd(endpoints=endpoints))
    return Etcd(
        external=ExternalEtcd(
            endpoints=endpoints,
            ca_file=f"{ETCD_PKI_DIRECTORY}/ca.crt",
            cert_file=f"{ETCD_PKI_DIRECTORY}/{ETCD_CLIENT}.crt",
            key_file=f"{ETCD_PKI_DIRECTORY}/{ETCD_CLIENT}.key",
        )
    )


def _api_server(config: KubernetesConfig, context: PlanContext, place: Endpoint) -> ApiServer:
    made = _program(config, config.api_server, api_server_flags(config))
    volumes = list(made.extra_volumes or [])
    if control_plane_files(config) or secret_files(config):
        volumes.append(_mount("worldtree", DIRECTORY, read_only=True))
    if config.audit is not None:
        volumes.append(_mount("audit", config.audit.directory, read_only=False))
    planes = [name for host in control_planes(context) for name in (host.name, address_of(host))]
    names = dict.fromkeys([place.host, *planes, *config.extra_sans, "localhost", "127.0.0.1"])
    return ApiServer(
        extra_args=made.extra_args,
        extra_volumes=volumes or None,
        # All control planes: so that one that joins later is in the certificates of the others.
        cert_sans=list(names),
    )


def _mount(name: str, path: str, *, read_only: bool) -> HostPathMount:
    return HostPathMount(
        name=name,
        host_path=path,
        mount_path=path,
        read_only=read_only,
        path_type="DirectoryOrCreate",
    )


def _program(
    config: KubernetesConfig, program: Program, flags: Mapping[str, str]
) -> ControlPlaneComponent:
    """Return a program with its own flags, those of other fields, and the feature gates."""
    gates = ",".join(f"{k}={str(v).lower()}" for k, v in sorted(config.feature_gates.items()))
    given = [
        Arg(name=name, value=value)
        for name, values in program.extra_args.items()
        for value in _values(values)
    ]
    own = [Arg(name=name, value=value) for name, value in flags.items()]
    own += [Arg(name="feature-gates", value=gates)] if gates else []
    return ControlPlaneComponent(
        extra_args=sorted([*own, *given], key=lambda arg: arg.name) or None,
        extra_volumes=[_volume(volume) for volume in program.extra_volumes] or None,
    )


def _values(value: FlagValue) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def _volume(volume: HostPath) -> HostPathMount:
    return HostPathMount(
        name=volume.name,
        host_path=volume.host_path,
        mount_path=volume.mount_path or volume.host_path,
        read_only=volume.read_only,
        path_type="",
    )


def _mask_flags(config: KubernetesConfig) -> dict[str, str]:
    """Return the flags for the size of a member's network, which has a name for dual stack."""
    network = config.networking
    versions = [one.version for one in network.pod_networks]
    if len(versions) == 1:
        return {"node-cidr-mask-size": str(network.node_mask(versions[0]))}
    return {f"node-cidr-mask-size-ipv{one}": str(network.node_mask(one)) for one in (4, 6)}


def ignored_checks(config: KubernetesConfig) -> list[str]:
    """Return the checks of kubeadm whose errors become warnings."""
    ignored = list(config.ignore_preflight_errors)
    if config.allow_cgroup_v1 and config.release.of_minor >= _NO_CGROUP_V1:
        ignored.append("SystemVerification")
    return list(dict.fromkeys(ignored))


def _registration(config: KubernetesConfig, pool: Pool) -> NodeRegistration:
    ignored = ignored_checks(config)
    args = [Arg(name="node-ip", value=_NODE_IP)] if have_ip_addresses(pool.hosts) else None
    return NodeRegistration(
        name=_NAME,
        cri_socket=f"unix://{config.cri_socket}",
        taints=pool_taints(config, pool),
        kubelet_extra_args=args,
        ignore_preflight_errors=ignored or None,
        image_pull_policy="IfNotPresent",
    )


def pool_taints(config: KubernetesConfig, pool: Pool) -> list[NodeTaint]:
    """Return the taints of the members of ``pool``."""
    found = [] if pool.settings is None else [*pool.settings.taints]
    taints = [
        NodeTaint(key=taint.key, value=taint.value or None, effect=taint.effect) for taint in found
    ]
    if pool.is_control_plane and not config.schedule_on_control_planes:
        taints.insert(0, NodeTaint(key=_CONTROL_PLANE_TAINT, effect="NoSchedule"))
    return taints


def _api_endpoint(config: KubernetesConfig) -> ApiEndpoint:
    return ApiEndpoint(advertise_address=_ADVERTISED, bind_port=config.api_port)
