"""The component ``registry``: a private registry, its images, and who may use it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from worldtree.catalog.builders import (
    address_of,
    entry_builder,
    entry_module,
    is_ip,
    needs,
    role_step,
    role_variables,
)
from worldtree.catalog.certificates import CertificateRequest, LeafCertificate
from worldtree.catalog.component import Component, PlanContext
from worldtree.catalog.components.pki import control_variables
from worldtree.catalog.components.registry_config import RegistryConfig
from worldtree.catalog.releases import release_sources
from worldtree.core.errors import Diagnostic, Severity
from worldtree.plan.artifact import ArtifactKind, ArtifactRequest, ArtifactSource
from worldtree.plan.pipeline_names import (
    CREATE_CLUSTER,
    DESTROY_CLUSTER,
    GARBAGE_COLLECT,
    VERIFY,
)
from worldtree.plan.plan import PlanHost
from worldtree.plan.policy import Policy
from worldtree.plan.specs import ModuleSpec, TaskSpec

HOST_ROLE = "registry"
_HOST_SELECTOR = f"role={HOST_ROLE}"
#: Name of the authority that `pki` makes; also of its task there.
AUTHORITY = "registry"
_PKI_DIRECTORY = "/etc/registry/pki"
_SERVICE_USER = "docker-registry"

#: Release of distribution that is installed when the document names none.
DEFAULT_VERSION = "3.0.0"
_RELEASE_FILE = "registry_{version}_{platform}_{architecture}.tar.gz"
_RELEASE_URL = "https://github.com/distribution/distribution/releases/download/v{version}"
_ARCHITECTURES = ("amd64", "arm64")

#: Fields that the role gets in another form.
_OTHER_FORM = (
    *("version", "mirror", "images", "users", "pull_user"),
    *("address", "mirrors", "upstream", "s3"),
)


def _variables(config: RegistryConfig, _context: PlanContext) -> dict[str, Any]:
    version = config.version or DEFAULT_VERSION
    return {
        **role_variables(config, "registry", skip=_OTHER_FORM),
        **_storage(config),
        "registry_release_version": version if config.source == "archives" else "",
        "registry_authenticates": bool(config.users),
        "registry_users": {user.name: user.password for user in config.users},
        "registry_user": config.users[0].name if config.users else "",
        "registry_password": config.users[0].password if config.users else "",
        "registry_images": [
            {
                "artifact": image.repository,
                "version": image.tag,
                "repository": image.repository,
                "tag": image.tag,
            }
            for image in config.images
        ],
    }


def _storage(config: RegistryConfig) -> dict[str, Any]:
    """Return the variables of a bucket; its keys are secrets, and so variables of their own."""
    if config.s3 is None:
        return {}
    keys = {"access_key", "secret_key"}
    place = config.s3.model_dump(mode="json", exclude=keys, exclude_none=True)
    found: dict[str, Any] = {"registry_s3": place}
    if config.s3.access_key is not None:
        found["registry_s3_access_key"] = config.s3.access_key
        found["registry_s3_secret_key"] = config.s3.secret_key
    return found


def _artifacts(config: RegistryConfig, context: PlanContext) -> Iterable[ArtifactRequest]:
    hosts = tuple(host.name for host in context.hosts_of(HOST_ROLE))
    if not hosts:
        return
    if config.source == "archives":
        yield ArtifactRequest(
            kind=ArtifactKind.ARCHIVE,
            name="registry",
            version=config.version or DEFAULT_VERSION,
            architectures=_ARCHITECTURES,
            sources=release_sources(_RELEASE_URL, _RELEASE_FILE, config.mirror),
            hosts=hosts,
        )
    for image in config.images:
        yield ArtifactRequest(
            kind=ArtifactKind.IMAGE,
            name=image.repository,
            version=image.tag,
            architectures=_ARCHITECTURES if image.differs else ("any",),
            sources=tuple(ArtifactSource(location=location) for location in image.sources),
            sha256={"any": image.sha256} if image.sha256 else {},
            hosts=hosts,
        )


def certificate_request(config: RegistryConfig, context: PlanContext) -> CertificateRequest:
    """Return the authority of the registry, and a certificate for each of its hosts."""
    hosts = context.hosts_of(HOST_ROLE)
    return CertificateRequest(AUTHORITY, tuple(_certificate(config, host) for host in hosts))


def _certificate(config: RegistryConfig, host: PlanHost) -> LeafCertificate:
    addresses = [address_of(host), *([config.address] if config.address else [])]
    named = [f"{'IP' if is_ip(one) else 'DNS'}:{one}" for one in addresses]
    alternatives = (f"DNS:{host.name}", "DNS:localhost", "IP:127.0.0.1", *named)
    return LeafCertificate(
        f"{host.name}-server",
        host.name,
        "server",
        host.name,
        ("server",),
        tuple(dict.fromkeys(alternatives)),
    )


def _certificates(config: RegistryConfig, context: PlanContext) -> Iterable[CertificateRequest]:
    if config.tls and context.hosts_of(HOST_ROLE):
        yield certificate_request(config, context)


def _task(name: str, *entries: str, after: tuple[str, ...], serial: bool = False) -> TaskSpec:
    return TaskSpec(
        name=name,
        hosts=_HOST_SELECTOR,
        needs=needs(*after),
        steps=tuple(
            role_step("registry", entry, read_only=entry in ("preflight", "health"))
            for entry in entries
        ),
        policy=Policy(serial=1, mutex="registry-restart") if serial else Policy(),
    )


def _create(config: RegistryConfig, context: PlanContext) -> ModuleSpec | None:
    if not context.hosts_of(HOST_ROLE):
        return None
    ready = ("configure", "certificates") if config.tls else ("configure",)
    tasks = [
        _task("install", "preflight", "user", "install", after=("os/packages",)),
        # Credentials are secrets, which hide the output of their step.
        _task("configure", "configure", "credentials", after=("install",)),
        _task("start", "start", after=ready),
        _task("restart", "restart", after=("start",), serial=True),
        _task("health", "health", after=("restart",)),
    ]
    if config.tls:
        tasks.insert(2, _certificates_task(config, context))
    if config.images:
        tasks.append(_task("images", "images", after=("health",)))
    return ModuleSpec(
        name="registry",
        component="registry",
        tasks=tuple(tasks),
        vars=_variables(config, context),
    )


def _certificates_task(config: RegistryConfig, context: PlanContext) -> TaskSpec:
    variables = certificate_request(config, context).variables(context.cluster)
    del variables["pki_authority_common_name"]
    variables |= {
        "pki_deploy_directory": _PKI_DIRECTORY,
        "pki_deploy_owner": _SERVICE_USER,
        "pki_deploy_group": _SERVICE_USER,
        **control_variables(context),
    }
    return TaskSpec(
        name="certificates",
        hosts=_HOST_SELECTOR,
        needs=needs("install") + needs(f"pki/{AUTHORITY}", scope="barrier"),
        steps=(role_step("pki", "deploy", variables=variables),),
    )


def _garbage_collect(config: RegistryConfig, context: PlanContext) -> ModuleSpec | None:
    """Return the module that deletes garbage: one registry after the other.

    Registries with one bucket are made read-only together, and the first one deletes.
    """
    if not context.hosts_of(HOST_ROLE):
        return None
    policy = Policy(serial=1 if config.s3 is None else None, mutex="registry-restart")
    variables = _variables(config, context)
    return entry_module("registry", "garbage_collect", _HOST_SELECTOR, variables, policy=policy)


def _check(config: RegistryConfig, context: PlanContext) -> Iterable[Diagnostic]:
    hosts = context.hosts_of(HOST_ROLE)
    if hosts and not config.users:
        yield Diagnostic(
            slug="registry-open",
            summary="everybody who reaches the registry can push images into it",
            detail="no `users` are listed, so that it asks for no password",
            hint="list `users` with references to their passwords",
            severity=Severity.WARNING,
            at_key=True,
        )
    if len(hosts) > 1 and config.s3 and config.http_secret is None:
        yield Diagnostic(
            slug="registry-secret-missing",
            summary="several registries with one bucket have no `httpSecret`",
            detail="each makes a random one, and refuses uploads that began at another one",
            hint="set `httpSecret` to a reference such as `${env:REGISTRY_HTTP_SECRET}`",
            path=("s3",),
            at_key=True,
        )


COMPONENT = Component(
    name="registry",
    summary="A private registry of images with TLS and users.",
    config=RegistryConfig,
    host_role=HOST_ROLE,
    pipelines={
        CREATE_CLUSTER: _create,
        VERIFY: entry_builder("registry", "verify", HOST_ROLE, _variables),
        DESTROY_CLUSTER: entry_builder("registry", "remove", HOST_ROLE, _variables),
        GARBAGE_COLLECT: _garbage_collect,
    },
    requires=("pki",),
    template_context={
        "__registry_program": "path of the registry's program",
        "__registry_config_file": "path of its configuration",
        "__registry_environment_file": "file of credentials of its storage",
        "__registry_htpasswd_file": "file of its users",
        "__registry_listen_host": "the address it listens on, as it stands in an URL",
        "__registry_pki_dir": "directory of its certificate",
        "__registry_account": "account that it runs as",
        "__registry_restart_files": "files whose change needs a restart",
        "__registry_started_file": "where their digests are kept while it runs",
    },
    check=_check,
    certificates=_certificates,
    artifacts=_artifacts,
)
