"""An addon as roles get it: its objects, where more of them come from, and when it is ready."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from worldtree.plan.artifact import ArtifactKind, ArtifactRequest, ArtifactSource

_ARCHITECTURES = ("amd64", "arm64")


@dataclass(frozen=True)
class Image:
    """An image: its name and version as an archive, and its reference in manifests."""

    name: str
    version: str
    reference: str

    def request(self, location: str, hosts: tuple[str, ...]) -> ArtifactRequest:
        """Return what hosts need to get it as an archive from a location."""
        return ArtifactRequest(
            kind=ArtifactKind.IMAGE,
            name=self.name,
            version=self.version,
            architectures=_ARCHITECTURES,
            sources=(ArtifactSource(location=location),),
            hosts=hosts,
        )

    def variables(self) -> dict[str, str]:
        """Return it as an item of ``kubernetes_images``."""
        return {"name": self.name, "version": self.version, "reference": self.reference}


@dataclass(frozen=True)
class Addon:
    """Objects that belong together; texts of files are marked as data in ``objects``."""

    name: str
    objects: tuple[dict[str, Any], ...] = ()
    #: ``path`` and ``files`` of each, as the module gets them.
    kustomizations: tuple[dict[str, Any], ...] = ()
    #: Manifests that are brought to the control plane.
    artifacts: tuple[ArtifactRequest, ...] = ()
    namespace: str = "default"
    needs: tuple[str, ...] = ()
    conflicts: str = "fail"
    prune: bool = True
    ready_seconds: int = 300
    gates: tuple[dict[str, Any], ...] = ()
    images: tuple[Image, ...] = ()

    def variables(self) -> dict[str, Any]:
        """Return the variables of entry ``apply``, without those that are as by default."""
        found: dict[str, Any] = {
            "addons_name": self.name,
            "addons_namespace": self.namespace,
            "addons_ready_seconds": self.ready_seconds,
        }
        if self.objects:
            found["addons_objects"] = list(self.objects)
        if self.kustomizations:
            found["addons_kustomizations"] = list(self.kustomizations)
        if self.artifacts:
            found["addons_manifests"] = [
                {"name": one.name, "version": one.version} for one in self.artifacts
            ]
        if self.conflicts != "fail":
            found["addons_conflicts"] = self.conflicts
        if not self.prune:
            found["addons_prune"] = False
        if self.gates:
            found["addons_gates"] = list(self.gates)
        return found


def image_requests(
    addons: Iterable[Addon], location: str | None, hosts: tuple[str, ...]
) -> Iterable[ArtifactRequest]:
    """Yield the archives of images that members need; none without a location of archives."""
    for addon in addons if location is not None and hosts else ():
        for image in addon.images:
            yield image.request(str(location), hosts)
