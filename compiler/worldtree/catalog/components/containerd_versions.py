"""Which releases go together with a release of containerd, and where projects publish them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from worldtree.plan.artifact import ArtifactKind

#: What can be installed beside containerd.
Program = Literal["runc", "cni-plugins", "crictl", "nerdctl"]
CONTAINERD = "containerd"


@dataclass(frozen=True)
class Release:
    """How a project publishes its program; placeholders as in a location of an artifact."""

    kind: ArtifactKind
    #: Name of the file.
    file: str
    #: Directory of the file, as a URL.
    url: str


_GITHUB = "https://github.com/{}/releases/download/v{{version}}"

#: Layout as of November 2026: names of files and directories of each project's releases.
RELEASES: Mapping[str, Release] = MappingProxyType(
    {
        CONTAINERD: Release(
            ArtifactKind.ARCHIVE,
            "containerd-{version}-{platform}-{architecture}.tar.gz",
            _GITHUB.format("containerd/containerd"),
        ),
        "runc": Release(
            ArtifactKind.BINARY, "runc.{architecture}", _GITHUB.format("opencontainers/runc")
        ),
        "cni-plugins": Release(
            ArtifactKind.ARCHIVE,
            "cni-plugins-{platform}-{architecture}-v{version}.tgz",
            _GITHUB.format("containernetworking/plugins"),
        ),
        "crictl": Release(
            ArtifactKind.ARCHIVE,
            "crictl-v{version}-{platform}-{architecture}.tar.gz",
            _GITHUB.format("kubernetes-sigs/cri-tools"),
        ),
        "nerdctl": Release(
            ArtifactKind.ARCHIVE,
            "nerdctl-{version}-{platform}-{architecture}.tar.gz",
            _GITHUB.format("containerd/nerdctl"),
        ),
    }
)

#: Architectures of which all of these projects publish files.
ARCHITECTURES = ("amd64", "arm64")

#: Version that is installed when the document names none.
DEFAULT_VERSION = "2.3.4"

#: Minor release of containerd -> releases of the other programs that are installed with it where
#: the document says nothing else: runc of the branch that this minor was released with, crictl with
#: a version of CRI that both know. Only the last one is used where the document names no version.
COMPANIONS: Mapping[str, Mapping[Program, str]] = MappingProxyType(
    {
        "1.7": {"runc": "1.2.8", "cni-plugins": "1.7.1", "crictl": "1.34.0", "nerdctl": "1.7.7"},
        "2.0": {"runc": "1.2.8", "cni-plugins": "1.7.1", "crictl": "1.34.0", "nerdctl": "2.1.6"},
        "2.1": {"runc": "1.3.4", "cni-plugins": "1.8.0", "crictl": "1.34.0", "nerdctl": "2.2.1"},
        "2.2": {"runc": "1.3.4", "cni-plugins": "1.9.0", "crictl": "1.35.0", "nerdctl": "2.2.1"},
        "2.3": {"runc": "1.4.3", "cni-plugins": "1.9.1", "crictl": "1.36.0", "nerdctl": "2.2.1"},
    }
)


def minor_of(version: str) -> str:
    """Return ``major.minor`` of a version such as ``2.3.4``."""
    return ".".join(version.split(".")[:2])
