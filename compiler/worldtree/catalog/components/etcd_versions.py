"""The releases of etcd: what is in their archives, where they are, and how one follows another.

The layout is that of the project's releases at GitHub.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.catalog.releases import release_sources
from worldtree.plan.artifact import ArtifactKind, ArtifactRequest, ArtifactSource
from worldtree.spec.artifact_names import ANY_ARCHITECTURE

if TYPE_CHECKING:
    from worldtree.catalog.components.etcd import EtcdConfig

#: A version of a release, without a leading ``v``.
VERSION = r"[0-9]+\.[0-9]+\.[0-9]+"
#: Where the project publishes releases.
RELEASES = "https://github.com/etcd-io/etcd/releases/download/v{version}"
FILE = "etcd-v{version}-{platform}-{architecture}.tar.gz"


@dataclass(frozen=True, slots=True)
class Series:
    """What all releases with the same first two numbers have in common."""

    #: Programs in the archive, which get links.
    programs: tuple[str, ...]
    #: Architectures that the project publishes.
    architectures: tuple[str, ...]
    #: The series that an upgrade comes from, and the least release of it.
    upgrade_from: str
    least_before: str


_COMMON = ("amd64", "arm64", "ppc64le")
#: ``etcdutl``, which restores snapshots, is new in 3.5. Before 3.6, members have to run 3.5.26 or
#: later: earlier ones may leave members in the new store that were removed (etcd's upgrade guide).
SERIES = {
    "3.4": Series(("etcd", "etcdctl"), (*_COMMON, "s390x"), "3.3", "3.3.0"),
    "3.5": Series(("etcd", "etcdctl", "etcdutl"), (*_COMMON, "s390x"), "3.4", "3.4.0"),
    "3.6": Series(("etcd", "etcdctl", "etcdutl"), (*_COMMON, "s390x"), "3.5", "3.5.26"),
}


def series_of(version: str) -> str:
    """Return the series of a version: ``3.5`` for ``3.5.30``."""
    return ".".join(version.split(".")[:2])


def known_series(version: str) -> Series:
    """Return the series of a version, the newest one for one that is not known."""
    return SERIES.get(series_of(version), SERIES["3.6"])


def release_version(config: EtcdConfig) -> str | None:
    """Return the version of the release that is installed; None where packages are."""
    if config.version is not None or config.archive is None:
        return config.version
    named = re.search(rf"etcd-v?({VERSION})", config.archive.url)
    return named[1] if named else config.archive.checksum.partition(":")[2][:12]


def releases(config: EtcdConfig, hosts: tuple[str, ...]) -> Iterable[ArtifactRequest]:
    """Yield the release that the hosts get; nothing where packages are installed."""
    version = release_version(config)
    if version is None or not hosts:
        return
    if config.archive is not None:
        yield ArtifactRequest(
            kind=ArtifactKind.ARCHIVE,
            name="etcd",
            version=version,
            sources=(ArtifactSource(location=config.archive.url),),
            sha256={ANY_ARCHITECTURE: config.archive.checksum.partition(":")[2]},
            hosts=hosts,
        )
        return
    yield ArtifactRequest(
        kind=ArtifactKind.ARCHIVE,
        name="etcd",
        version=version,
        architectures=known_series(version).architectures,
        sources=release_sources(RELEASES, FILE, config.mirror),
        hosts=hosts,
    )
