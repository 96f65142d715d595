"""Files from elsewhere that members of a cluster need: programs, and images as archives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from worldtree.catalog.component import PlanContext
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.catalog.components.kubernetes.release_version import Release
from worldtree.catalog.components.kubernetes.topology import (
    control_planes,
    etcd_access,
    members,
)
from worldtree.catalog.components.kubernetes.upgrade_path import at_release, known_releases
from worldtree.catalog.components.kubernetes.version_table import version_table
from worldtree.plan.artifact import ArtifactKind, ArtifactRequest, ArtifactSource

#: Architectures of which releases have all programs.
_ARCHITECTURES = ("amd64", "arm64")
_PROGRAMS = ("kubeadm", "kubelet", "kubectl")
#: Layout of the releases below the mirror.
_LOCATION = "release/v{version}/bin/{platform}/{architecture}/{name}"
_DEFAULT_REPOSITORY = "registry.k8s.io"


@dataclass(frozen=True)
class Image:
    """An image: its name below the repository, its tag, and whether workers need it."""

    name: str
    tag: str
    on_workers: bool = False

    def reference(self, repository: str) -> str:
        """Return what kubeadm calls it; CoreDNS is in a directory of its own by default only."""
        nested = self.name == "coredns" and repository == _DEFAULT_REPOSITORY
        return f"{repository}/{'coredns/' if nested else ''}{self.name}:{self.tag}"


def images(config: KubernetesConfig, context: PlanContext) -> tuple[Image, ...]:
    """Return the images of a cluster; none where the table lacks its version."""
    table = version_table()
    if config.release.of_minor not in table.minors:
        return ()
    row, tag = table.of(config.release), f"v{config.version}"
    found = [
        *(Image(f"kube-{one}", tag) for one in ("apiserver", "controller-manager", "scheduler")),
        Image("pause", row.pause, on_workers=True),
    ]
    if config.dns.enabled:
        found.append(Image("coredns", dns_tag(config), on_workers=True))
    if config.proxy.enabled:
        found.append(Image("kube-proxy", tag, on_workers=True))
    if etcd_access(config, context) is None:
        found.append(Image("etcd", f"{row.etcd.bundled}-0"))
    return tuple(found)


def dns_tag(config: KubernetesConfig) -> str:
    """Return the tag of CoreDNS; raises ``KeyError`` where the table lacks the version."""
    return config.dns.image_tag or f"v{version_table().of(config.release).coredns}"


def sandbox_image(context: PlanContext) -> str | None:
    """Return the image that the runtime uses for sandboxes; None without a cluster that needs it.

    With another one, a member would pull an image of its own beside that of kubeadm.
    """
    config = context.config("kubernetes")
    if not isinstance(config, KubernetesConfig):
        return None
    if config.release.of_minor not in version_table().minors:
        return None
    tag = version_table().of(config.release).pause
    return Image("pause", tag).reference(config.image_repository)


def artifact_requests(config: KubernetesConfig, context: PlanContext) -> Iterable[ArtifactRequest]:
    """Return what members need from elsewhere."""
    every = tuple(host.name for host in members(context))
    planes = tuple(host.name for host in control_planes(context))
    source = ArtifactSource(location=f"{config.mirror.rstrip('/')}/{_LOCATION}")
    wanted = known_releases(config, context) if every else ()
    for release in wanted:
        for program in _PROGRAMS:
            yield ArtifactRequest(
                kind=ArtifactKind.BINARY,
                name=program,
                version=str(release),
                architectures=_ARCHITECTURES,
                sources=(source,),
                hosts=every,
            )
    if config.image_archives is None:
        return
    # Some releases have images in common.
    found: dict[Image, Release] = {}
    for release in wanted:
        for image in images(at_release(config, release), context):
            found.setdefault(image, release)
    for image, release in found.items():
        location = config.image_archives.replace("{release}", str(release))
        yield ArtifactRequest(
            kind=ArtifactKind.IMAGE,
            name=image.name,
            version=image.tag,
            architectures=_ARCHITECTURES,
            sources=(ArtifactSource(location=location),),
            hosts=every if image.on_workers else planes,
        )
