"""The component ``etcd``: one to seven members that are started together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field, field_validator

from worldtree.catalog.builders import (
    address_of,
    entry_module,
    is_ip,
    needs,
    role_step,
    role_variables,
)
from worldtree.catalog.certificates import CertificateRequest, LeafCertificate
from worldtree.catalog.component import (
    Component,
    ComponentConfig,
    PlanContext,
)
from worldtree.catalog.components import etcd_data, etcd_members, etcd_rolling
from worldtree.catalog.components.etcd_versions import (
    SERIES,
    VERSION,
    known_series,
    release_version,
    releases,
    series_of,
)
from worldtree.catalog.components.pki import control_variables
from worldtree.catalog.releases import MIRROR_DESCRIPTION, Mirror
from worldtree.core.errors import Diagnostic, Severity
from worldtree.plan.artifact import ArtifactRequest
from worldtree.plan.pipeline_names import (
    BACKUP,
    CREATE_CLUSTER,
    DEFRAG,
    DESTROY_CLUSTER,
    REMOVE_MEMBER,
    RESTORE,
    UPGRADE,
    VERIFY,
)
from worldtree.plan.plan import PlanHost
from worldtree.plan.policy import Policy
from worldtree.plan.specs import ModuleSpec, TaskSpec

#: More members than this slow every write down and tolerate no relevant further failure.
MAX_MEMBERS = 7
_HOST_SELECTOR = "role=etcd"
_PKI_DIRECTORY = "/etc/etcd/pki"

#: Flags that other fields and the hosts determine.
_MANAGED_FLAGS = (
    "name",
    "data-dir",
    "heartbeat-interval",
    "election-timeout",
    "listen-",
    "advertise-",
    "initial-",
    "cert-file",
    "key-file",
    "trusted-ca-file",
    "client-cert-auth",
    "peer-",
)


class Archive(ComponentConfig):
    """A release archive, as etcd's project publishes it."""

    url: str = Field(
        description="Where it is: a URL, or a path beside the document.",
        examples=["https://mirror.example/etcd-v3.5.24-linux-amd64.tar.gz"],
    )
    checksum: str = Field(
        pattern=r"^sha256:[0-9a-f]{64}$",
        description="Its digest, as `sha256:` and 64 hex digits.",
        examples=["sha256:515be3e5ed863fc19256a3a810f5ee3ed06349926f0765596ddb464d9de14c77"],
    )


class EtcdConfig(ComponentConfig):
    """A cluster of etcd; its members are the hosts of the role ``etcd``."""

    data_dir: str = Field(
        "/var/lib/etcd",
        pattern="^/",
        description="Directory of the data; must be empty before the first start.",
    )
    tls: bool = Field(
        True, description="Encrypt all traffic, and require certificates of clients and members."
    )
    client_port: int = Field(2379, ge=1, le=65535, description="Port for clients.")
    peer_port: int = Field(2380, ge=1, le=65535, description="Port for the other members.")
    listen_address: str | None = Field(
        None,
        description="Address to listen on besides 127.0.0.1; the host's own one when not given.",
        examples=["0.0.0.0"],
    )
    package_version: str | None = Field(
        None,
        description="Version of the Debian package; the distribution's own when not given.",
        examples=["3.4.23-4+b4"],
    )
    version: str | None = Field(
        None,
        pattern=f"^{VERSION}$",
        description="Version of the project's release to install instead of the package.",
        examples=["3.5.30"],
    )
    mirror: Mirror | None = Field(
        None,
        description=MIRROR_DESCRIPTION,
        examples=["https://mirror.example/etcd", "./files/etcd-{version}-{architecture}.tar.gz"],
    )
    archive: Archive | None = Field(
        None, description="One archive of a release, in place of those of the project."
    )
    heartbeat_interval: int = Field(
        100, ge=10, description="Milliseconds between a leader's heartbeats."
    )
    election_timeout: int = Field(
        1000, ge=50, description="Milliseconds without a heartbeat until a new leader is elected."
    )
    settings: dict[str, str | int | bool] = Field(
        default_factory=dict,
        description="Further settings by the names of etcd's own flags.",
        examples=[{"quota-backend-bytes": 8589934592, "auto-compaction-retention": "8"}],
    )
    start_timeout: int = Field(
        120, ge=1, description="Seconds that members may take to find each other."
    )
    purge_data: bool = Field(
        False, description="Whether destroying the cluster deletes the data too."
    )

    @field_validator("settings")
    @classmethod
    def _only_free_flags(cls, value: dict[str, Any]) -> dict[str, Any]:
        taken = [
            flag
            for flag in value
            if any(
                flag == own or (own[-1] == "-" and flag.startswith(own)) for own in _MANAGED_FLAGS
            )
        ]
        if taken:
            msg = f"{', '.join(taken)} cannot be set here: other fields and the hosts determine it"
            raise ValueError(msg)
        return value


def _variables(config: EtcdConfig, context: PlanContext) -> dict[str, Any]:
    members = context.hosts_of("etcd")
    return {
        **role_variables(config, "etcd", skip=("archive", "mirror", "version")),
        **_release_variables(config),
        "etcd_cluster": context.cluster,
        "etcd_members": [{"name": host.name, "address": address_of(host)} for host in members],
    }


def _release_variables(config: EtcdConfig) -> dict[str, Any]:
    version = release_version(config)
    if version is None:
        return {}
    return {"etcd_version": version, "etcd_programs": list(known_series(version).programs)}


def _artifacts(config: EtcdConfig, context: PlanContext) -> Iterable[ArtifactRequest]:
    return releases(config, tuple(host.name for host in context.hosts_of("etcd")))


def _certificates(config: EtcdConfig, context: PlanContext) -> Iterable[CertificateRequest]:
    if config.tls:
        hosts = context.hosts_of("etcd")
        yield CertificateRequest(
            "etcd", tuple(leaf for host in hosts for leaf in _member_certificates(host))
        )


def _member_certificates(host: PlanHost) -> Iterable[LeafCertificate]:
    """Return a member's certificates; a server is its own gateway's client, and so are peers."""
    address = address_of(host)
    kind = "IP" if is_ip(address) else "DNS"
    names = (f"DNS:{host.name}", "DNS:localhost", "IP:127.0.0.1", f"{kind}:{address}")
    for file in ("server", "peer"):
        yield LeafCertificate(
            f"{host.name}-{file}", host.name, file, host.name, ("server", "client"), names
        )
    yield LeafCertificate(f"{host.name}-client", host.name, "client", host.name, ("client",))


def _create(config: EtcdConfig, context: PlanContext) -> ModuleSpec | None:
    members = context.hosts_of("etcd")
    if not members:
        return None
    first = members[0].name
    ready = ("install", "configure", "certificates") if config.tls else ("install", "configure")
    tasks = [
        TaskSpec(
            name="prepare",
            hosts=_HOST_SELECTOR,
            steps=(role_step("etcd", "preflight", read_only=True), role_step("etcd", "user")),
        ),
        TaskSpec(
            name="install",
            hosts=_HOST_SELECTOR,
            needs=needs("prepare", "os/packages", "os/time"),
            steps=(role_step("etcd", "install"),),
        ),
        TaskSpec(
            name="configure",
            hosts=_HOST_SELECTOR,
            needs=needs("prepare"),
            steps=(role_step("etcd", "configure"),),
        ),
        # A lone member has no quorum: all are started together, and only once all are ready.
        TaskSpec(
            name="start",
            hosts=_HOST_SELECTOR,
            needs=needs(*ready, scope="barrier") + needs("os/sysctl"),
            steps=(role_step("etcd", "start"),),
        ),
        TaskSpec(
            name="restart",
            hosts=_HOST_SELECTOR,
            needs=needs("start", scope="barrier"),
            steps=(role_step("etcd", "restart"),),
            policy=Policy(serial=1, mutex="etcd-restart"),
        ),
        TaskSpec(
            name="health",
            hosts=first,
            needs=needs("restart", scope="barrier"),
            steps=(role_step("etcd", "health", read_only=True),),
        ),
    ]
    if config.tls:
        tasks.insert(2, _certificates_task(config, context))
    return ModuleSpec(
        name="etcd", component="etcd", tasks=tuple(tasks), vars=_variables(config, context)
    )


def _certificates_task(config: EtcdConfig, context: PlanContext) -> TaskSpec:
    """Return the task that brings each member its certificates."""
    (request,) = _certificates(config, context)
    variables = request.variables(context.cluster)
    del variables["pki_authority_common_name"]
    variables |= {
        "pki_deploy_directory": _PKI_DIRECTORY,
        "pki_deploy_owner": "etcd",
        "pki_deploy_group": "etcd",
        **control_variables(context),
    }
    return TaskSpec(
        name="certificates",
        hosts=_HOST_SELECTOR,
        needs=needs("prepare") + needs("pki/etcd", scope="barrier"),
        steps=(role_step("pki", "deploy", variables=variables),),
    )


def _verify(config: EtcdConfig, context: PlanContext) -> ModuleSpec | None:
    return entry_module("etcd", "verify", _HOST_SELECTOR, _variables(config, context))


def _destroy(config: EtcdConfig, context: PlanContext) -> ModuleSpec | None:
    return entry_module("etcd", "remove", _HOST_SELECTOR, _variables(config, context))


def _backup(config: EtcdConfig, context: PlanContext) -> ModuleSpec | None:
    return etcd_data.backup(_variables(config, context), context)


def _restore(config: EtcdConfig, context: PlanContext) -> ModuleSpec | None:
    return etcd_data.restore(_variables(config, context), context)


def _remove_member(config: EtcdConfig, context: PlanContext) -> ModuleSpec | None:
    return etcd_members.remove_member(_variables(config, context), context)


def _upgrade(config: EtcdConfig, context: PlanContext) -> ModuleSpec | None:
    return etcd_rolling.upgrade(_variables(config, context), context)


def _defrag(config: EtcdConfig, context: PlanContext) -> ModuleSpec | None:
    return etcd_rolling.defrag(_variables(config, context), context)


def _check(config: EtcdConfig, context: PlanContext) -> Iterable[Diagnostic]:
    count = len(context.hosts_of("etcd"))
    if count > MAX_MEMBERS:
        yield Diagnostic(
            slug="etcd-too-many-members",
            summary=f"{count} hosts have the role `etcd`, at most {MAX_MEMBERS} may",
            detail="every further member makes writes slower; five members tolerate two failures",
            hint="remove the role `etcd` from some hosts",
            at_key=True,
        )
    elif count % 2 == 0:
        yield Diagnostic(
            slug="etcd-even-members",
            summary=f"{count} hosts have the role `etcd`, an even number",
            detail=(
                f"{count} members tolerate {(count - 1) // 2} failures, as {count - 1} would, "
                "and have one more machine that can fail"
            ),
            hint=f"use {count - 1} or {count + 1} members",
            severity=Severity.WARNING,
            at_key=True,
        )
    if release_version(config) and config.package_version:
        yield Diagnostic(
            slug="etcd-archive-and-package",
            summary=f"both `{'archive' if config.archive else 'version'}` and `packageVersion`"
            " are given",
            detail="the programs come either from an archive or from a package",
            hint="remove one of them",
            path=("packageVersion",),
            at_key=True,
        )
    if config.version and series_of(config.version) not in SERIES:
        yield Diagnostic(
            slug="etcd-unknown-version",
            summary=f"etcd {config.version} is of a series that this program does not know",
            detail=f"it knows {', '.join(SERIES)}",
            hint="check the programs and flags of that release, or use a version that is known",
            severity=Severity.WARNING,
            path=("version",),
        )
    if config.election_timeout < 5 * config.heartbeat_interval:
        yield Diagnostic(
            slug="etcd-election-too-short",
            summary="`electionTimeout` is less than five heartbeats",
            detail="etcd refuses to start with it",
            hint=f"use at least {5 * config.heartbeat_interval}",
            path=("electionTimeout",),
        )


COMPONENT = Component(
    name="etcd",
    summary="A cluster of one to seven etcd members with TLS.",
    config=EtcdConfig,
    host_role="etcd",
    pipelines={
        CREATE_CLUSTER: _create,
        VERIFY: _verify,
        DESTROY_CLUSTER: _destroy,
        BACKUP: _backup,
        RESTORE: _restore,
        REMOVE_MEMBER: _remove_member,
        UPGRADE: _upgrade,
        DEFRAG: _defrag,
    },
    requires=("pki",),
    template_context={
        "__etcd_scheme": "``https`` or ``http``",
        "__etcd_own_host": "this member's address as it stands in an URL",
        "__etcd_listen_host": "the address it listens on, as it stands in an URL",
        "__etcd_listens_everywhere": "whether that address covers 127.0.0.1 too",
        "__etcd_initial_cluster": "all members as ``name=URL``, joined by commas",
        "__etcd_pki_dir": "directory of this member's certificates",
        "__etcd_bin_dir": "directory of the programs",
        "__etcd_environment_file": "file of the settings",
        "__etcd_initial_file": "file of the settings that only a first start reads",
        "__etcd_restart_files": "files whose change needs a restart",
        "__etcd_started_file": "where their digests are kept while the member runs",
    },
    check=_check,
    certificates=_certificates,
    artifacts=_artifacts,
)
