"""Keys and certificates that are made ahead, so that control planes need not pass them on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from worldtree.catalog.builders import role_step
from worldtree.catalog.certificates import CertificateRequest, LeafCertificate
from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.control_plane_files import DIRECTORY
from worldtree.catalog.components.kubernetes.kubeadm_documents import (
    ETCD_CLIENT,
    ETCD_PKI_DIRECTORY,
    PKI_DIRECTORY,
)
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.topology import control_planes, etcd_access
from worldtree.catalog.components.pki import authority_key_variables, control_variables
from worldtree.plan.plan import PlanHost
from worldtree.plan.specs import StepSpec

AUTHORITY = "kubernetes"
FRONT_PROXY_AUTHORITY = "kubernetes-front-proxy"
#: Of a stacked etcd; that of an external one belongs to component ``etcd``.
STACKED_ETCD_AUTHORITY = "kubernetes-etcd"
_ETCD_AUTHORITY = "etcd"
_SERVICE_ACCOUNTS = "service-accounts"


def certificate_requests(
    config: KubernetesConfig, context: PlanContext
) -> Iterable[CertificateRequest]:
    """Return the authorities of the cluster, and the certificates that kubeadm does not make."""
    hosts = control_planes(context)
    names = tuple(host.name for host in hosts)
    if not hosts:
        return
    # Its key signs the tokens of service accounts; all control planes have the same.
    key = LeafCertificate(_SERVICE_ACCOUNTS, names[0], "sa", _SERVICE_ACCOUNTS, ("client",))
    yield CertificateRequest(AUTHORITY, (key,), hosts=names)
    yield CertificateRequest(FRONT_PROXY_AUTHORITY, (), hosts=names)
    access = etcd_access(config, context)
    if access is None:
        yield CertificateRequest(STACKED_ETCD_AUTHORITY, (), hosts=names)
    elif access.tls:
        yield CertificateRequest(_ETCD_AUTHORITY, tuple(_etcd_client(host) for host in hosts))


def _etcd_client(host: PlanHost) -> LeafCertificate:
    name = f"{host.name}-{ETCD_CLIENT}"
    return LeafCertificate(name, host.name, ETCD_CLIENT, "kube-apiserver-etcd-client", ("client",))


def authorities(config: KubernetesConfig, context: PlanContext) -> tuple[str, ...]:
    """Return the names of the authorities, as tasks of module ``pki`` are called."""
    return tuple(request.authority for request in certificate_requests(config, context))


def control_plane_key_steps(config: KubernetesConfig, context: PlanContext) -> tuple[StepSpec, ...]:
    """Return the steps that bring control planes their keys, where kubeadm looks for them."""
    hosts = control_planes(context)
    keys = [
        LeafCertificate(_SERVICE_ACCOUNTS, host.name, "sa", _SERVICE_ACCOUNTS, ("client",))
        for host in hosts
    ]
    steps = [
        *_pair("cluster", AUTHORITY, PKI_DIRECTORY, "ca", context, keys),
        *_pair("front-proxy", FRONT_PROXY_AUTHORITY, PKI_DIRECTORY, "front-proxy-ca", context),
    ]
    access = etcd_access(config, context)
    if access is None:
        steps += _pair("etcd", STACKED_ETCD_AUTHORITY, ETCD_PKI_DIRECTORY, "ca", context)
    elif access.tls:
        clients = [_etcd_client(host) for host in hosts]
        steps.append(_deploy("etcd", _ETCD_AUTHORITY, ETCD_PKI_DIRECTORY, "ca", context, clients))
    return (*steps, role_step("kubernetes", "keys"))


def worker_trust_step(context: PlanContext) -> StepSpec:
    """Return the step that brings workers the certificate of the authority, by which they join."""
    return _deploy("cluster", AUTHORITY, f"{DIRECTORY}/pki", "ca", context)


def _pair(
    name: str,
    authority: str,
    directory: str,
    file: str,
    context: PlanContext,
    leaves: Iterable[LeafCertificate] = (),
) -> tuple[StepSpec, StepSpec]:
    """Return the steps for an authority's certificate with leaves, and for its key."""
    variables = {
        **_variables(authority, directory, file, context),
        **authority_key_variables(context),
    }
    key = role_step("pki", "authority_key", name=f"{name}-key", variables=variables)
    return _deploy(name, authority, directory, file, context, leaves), key


def _deploy(
    name: str,
    authority: str,
    directory: str,
    file: str,
    context: PlanContext,
    leaves: Iterable[LeafCertificate] = (),
) -> StepSpec:
    variables = {
        **_variables(authority, directory, file, context),
        "pki_certificates": [leaf.variables() for leaf in leaves],
        **control_variables(context),
    }
    return role_step("pki", "deploy", name=f"{name}-certificates", variables=variables)


def _variables(authority: str, directory: str, file: str, context: PlanContext) -> dict[str, Any]:
    return {
        "pki_cluster": context.cluster,
        "pki_authority": authority,
        "pki_deploy_directory": directory,
        "pki_deploy_authority": file,
    }
