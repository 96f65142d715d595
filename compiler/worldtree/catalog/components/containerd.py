"""The component ``containerd``: the container runtime, how it pulls images, and its CRI plugin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from worldtree.catalog.builders import entry_builder, needs, role_step, role_variables
from worldtree.catalog.component import Component, PlanContext
from worldtree.catalog.components import registry
from worldtree.catalog.components.containerd_config import ContainerdConfig
from worldtree.catalog.components.containerd_registries import (
    AUTHORITY_DIRECTORY,
    cluster_registry,
    registries,
    servers,
)
from worldtree.catalog.components.containerd_versions import (
    ARCHITECTURES,
    COMPANIONS,
    CONTAINERD,
    DEFAULT_VERSION,
    RELEASES,
    Program,
    minor_of,
)
from worldtree.catalog.components.kubernetes.kubernetes_artifacts import sandbox_image
from worldtree.catalog.components.pki import control_variables
from worldtree.catalog.new_hosts import on_new_hosts
from worldtree.catalog.releases import release_sources
from worldtree.core.errors import Diagnostic, Severity
from worldtree.plan.artifact import ArtifactRequest
from worldtree.plan.packages import PackagesRequest
from worldtree.plan.pipeline_names import ADD_HOSTS, CREATE_CLUSTER, DESTROY_CLUSTER, VERIFY
from worldtree.plan.policy import Policy
from worldtree.plan.specs import ModuleSpec, TaskSpec

HOST_ROLE = "containerd"
_HOST_SELECTOR = f"role={HOST_ROLE}"

#: Programs that no distribution's packages are used for.
_ARCHIVES_ONLY: tuple[Program, ...] = ("crictl", "nerdctl")

#: Packages of programs beside containerd, those of ``roles/containerd/vars/main.yml``.
PACKAGES: dict[Program, str] = {"runc": "runc", "cni-plugins": "containernetworking-plugins"}

#: Fields that the role gets in another form: as versions of releases, and as policy of a task.
_OTHER_FORM = ("registries", "proxy", "version", "program_versions", "mirror", "restart_hosts")


def release_versions(config: ContainerdConfig) -> dict[str, str]:
    """Return name -> version of everything that is installed from archives."""
    version = config.version or DEFAULT_VERSION
    companions = COMPANIONS.get(minor_of(version), COMPANIONS[minor_of(DEFAULT_VERSION)])
    found = {CONTAINERD: version} if config.source == "archives" else {}
    for program in config.programs:
        if config.source == "archives" or program in _ARCHIVES_ONLY:
            found[program] = config.program_versions.get(program, companions[program])
    return found


def _artifacts(config: ContainerdConfig, context: PlanContext) -> Iterable[ArtifactRequest]:
    hosts = tuple(host.name for host in context.hosts_of(HOST_ROLE))
    for name, version in release_versions(config).items() if hosts else ():
        release = RELEASES[name]
        yield ArtifactRequest(
            kind=release.kind,
            name=name,
            version=version,
            architectures=ARCHITECTURES,
            sources=release_sources(release.url, release.file, config.mirror),
            hosts=hosts,
        )


def _packages(config: ContainerdConfig, context: PlanContext) -> Iterable[PackagesRequest]:
    hosts = tuple(host.name for host in context.hosts_of(HOST_ROLE))
    if hosts and config.source == "packages":
        programs = [PACKAGES[one] for one in config.programs if one in PACKAGES]
        yield PackagesRequest(names=(CONTAINERD, *programs), hosts=hosts)


def _variables(config: ContainerdConfig, context: PlanContext) -> dict[str, Any]:
    own = cluster_registry(context)
    proxy = config.proxy.model_dump(mode="json", exclude_none=True) if config.proxy else None
    if proxy and own:
        # They are reached directly; without a port, as programs compare it.
        hosts = [server.rpartition(":")[0].strip("[]") for server in servers(own, context)]
        proxy["no_proxy"] = list(dict.fromkeys([*proxy["no_proxy"], *hosts]))
    sandbox = config.sandbox_image or sandbox_image(context)
    return {
        **role_variables(config, "containerd", skip=_OTHER_FORM),
        **({"containerd_sandbox_image": sandbox} if sandbox else {}),
        "containerd_release_versions": release_versions(config),
        "containerd_registries": registries(config, context),
        **({"containerd_proxy": proxy} if proxy else {}),
    }


def _create(config: ContainerdConfig, context: PlanContext) -> ModuleSpec | None:
    if not context.hosts_of(HOST_ROLE):
        return None
    authority = _authority_tasks(context)
    tasks = (
        *authority,
        TaskSpec(
            name="install",
            hosts=_HOST_SELECTOR,
            needs=needs("os/packages"),
            steps=(
                role_step("containerd", "preflight", read_only=True),
                role_step("containerd", "install"),
            ),
        ),
        TaskSpec(
            name="configure",
            hosts=_HOST_SELECTOR,
            needs=needs("install", *(task.name for task in authority)),
            # What registries need may be a secret, which hides the output of its step.
            steps=(role_step("containerd", "configure"), role_step("containerd", "registries")),
        ),
        TaskSpec(
            name="start",
            hosts=_HOST_SELECTOR,
            needs=needs("configure", "os/sysctl"),
            steps=(role_step("containerd", "start"),),
        ),
        TaskSpec(
            name="restart",
            hosts=_HOST_SELECTOR,
            needs=needs("start"),
            steps=(role_step("containerd", "restart"),),
            policy=Policy(serial=config.restart_hosts, mutex="containerd-restart"),
        ),
        TaskSpec(
            name="health",
            hosts=_HOST_SELECTOR,
            needs=needs("restart"),
            steps=(role_step("containerd", "health", read_only=True),),
        ),
    )
    return ModuleSpec(
        name="containerd", component="containerd", tasks=tasks, vars=_variables(config, context)
    )


def _authority_tasks(context: PlanContext) -> tuple[TaskSpec, ...]:
    """Return the task that brings the authority of the cluster's own registry, if it has one."""
    own = cluster_registry(context)
    if own is None or not own.tls:
        return ()
    variables = registry.certificate_request(own, context).variables(context.cluster)
    del variables["pki_authority_common_name"]
    variables |= {
        "pki_deploy_directory": AUTHORITY_DIRECTORY,
        "pki_deploy_owner": "root",
        "pki_deploy_group": "root",
        **control_variables(context),
    }
    return (
        TaskSpec(
            name="authority",
            hosts=_HOST_SELECTOR,
            needs=needs(f"pki/{registry.AUTHORITY}", scope="barrier"),
            steps=(role_step("pki", "deploy", variables=variables),),
        ),
    )


def _check(config: ContainerdConfig, _context: PlanContext) -> Iterable[Diagnostic]:
    for place, given in enumerate(config.registries):
        for index, mirror in enumerate(given.mirrors):
            if mirror.skip_verify:
                yield Diagnostic(
                    slug="containerd-certificate-not-checked",
                    summary=f"the certificate of {mirror.url} is not checked",
                    detail="a machine on the way can answer in its place with other images",
                    hint="give the authority's certificate as `ca` or `caPath`",
                    severity=Severity.WARNING,
                    path=("registries", place, "mirrors", index, "skipVerify"),
                )
    if config.source == "archives":
        version = config.version or DEFAULT_VERSION
        if minor_of(version) not in COMPANIONS:
            yield Diagnostic(
                slug="containerd-unknown-version",
                summary=f"containerd {version} is of a release that this program does not know",
                detail=(
                    f"it knows {', '.join(COMPANIONS)}: the form of the configuration and the"
                    " versions of runc and the others are those of the newest one"
                ),
                hint="use a known release, or upgrade this program",
                severity=Severity.WARNING,
                path=("version",) if config.version else (),
            )


COMPONENT = Component(
    name="containerd",
    summary="The container runtime of hosts, with its registries and its CRI plugin.",
    config=ContainerdConfig,
    host_role=HOST_ROLE,
    pipelines={
        CREATE_CLUSTER: _create,
        ADD_HOSTS: on_new_hosts(_create),
        VERIFY: entry_builder("containerd", "verify", HOST_ROLE, _variables),
        DESTROY_CLUSTER: entry_builder("containerd", "remove", HOST_ROLE, _variables),
    },
    after=("os",),
    template_context={
        "__containerd_version": "version of the installed containerd",
        "__containerd_config_version": "version of its configuration's form: 2, 3 or 4",
        "__containerd_cni_bin_dir": "directory of CNI plugins",
        "__containerd_program": "path of containerd itself",
        "__containerd_restart_files": "files whose change needs a restart",
        "__containerd_started_file": "where their digests are kept while it runs",
        "__containerd_proxy_file": "file of the proxies' variables",
        "__containerd_certs_dir": "directory of the registries' settings",
        "item": "In hosts.toml.j2: the registry whose file it is.",
    },
    check=_check,
    artifacts=_artifacts,
    packages=_packages,
)
