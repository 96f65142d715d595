"""Packages of a distribution as data: what is asked for, and what the lock file says of each.

All that hosts of one distribution and architecture get is one artifact of the kind ``packages``: a
tar of package files, complete with their dependencies. Nothing here reads a file or a network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, StringConstraints

from worldtree.plan.base_model import PlanModel
from worldtree.plan.digests import digest
from worldtree.spec.artifact_names import SHA256
from worldtree.spec.package_names import (
    PACKAGE_NAME,
    PACKAGE_PATH,
    PACKAGE_VERSION,
    REPOSITORY_PART,
    REPOSITORY_SUITE,
)

#: Name and version of the artifact; which versions its packages have is in the lock file.
PACKAGES_NAME = "os-packages"
PACKAGES_VERSION = "locked"

_PackageName = Annotated[str, StringConstraints(pattern=PACKAGE_NAME)]
_PackageVersion = Annotated[str, StringConstraints(pattern=PACKAGE_VERSION)]
_Suite = Annotated[str, StringConstraints(pattern=REPOSITORY_SUITE)]
_Part = Annotated[str, StringConstraints(pattern=REPOSITORY_PART)]

#: Architecture of artifacts -> as Debian names it, where that differs.
_DEBIAN_NAMES: Mapping[str, str] = {"arm": "armhf", "ppc64le": "ppc64el"}


def debian_architecture(architecture: str) -> str:
    """Return what Debian and Ubuntu call an architecture."""
    return _DEBIAN_NAMES.get(architecture, architecture)


class LockedPackage(PlanModel):
    """One package file of a lock file."""

    name: _PackageName
    version: _PackageVersion
    architecture: Annotated[str, StringConstraints(pattern=REPOSITORY_PART)]
    #: Below the location of its repository.
    path: Annotated[str, StringConstraints(pattern=PACKAGE_PATH)]
    sha256: Annotated[str, StringConstraints(pattern=SHA256)]
    #: Bytes.
    size: Annotated[int, Field(ge=0)]
    #: Location of the repository that had it, without credentials; for people.
    repository: str

    @property
    def file(self) -> str:
        """Its name in the artifact; a version with an epoch has a colon, which no file has."""
        version = re.sub(r"^[0-9]+:", "", self.version)
        return f"{self.name}_{version}_{self.architecture}.deb"


class PackagesRequest(PlanModel):
    """What a component needs from the distribution of some hosts; it never says from where."""

    names: tuple[_PackageName, ...]
    hosts: tuple[str, ...]
    #: Name -> the one version that is meant, where the component's configuration says one.
    versions: dict[_PackageName, _PackageVersion] = Field(default_factory=dict)


class RepositorySuites(PlanModel):
    """Which parts of a repository are read, and whose signatures count there."""

    #: ``bookworm``; ``./`` for a repository without suites.
    suites: Annotated[tuple[_Suite, ...], Field(min_length=1)]
    components: tuple[_Part, ...] = ("main",)
    #: Paths of files with OpenPGP keys.
    keys: Annotated[tuple[str, ...], Field(min_length=1)]


class PackageSet(PlanModel):
    """The packages that an artifact has, with everything that these depend on.

    ``repositories`` belong to the sources of the artifact, one to each.
    """

    #: Sorted.
    names: Annotated[tuple[_PackageName, ...], Field(min_length=1)]
    #: Name -> the one version that is meant; the newest one otherwise.
    versions: dict[_PackageName, _PackageVersion] = Field(default_factory=dict)
    #: What the hosts have already: it is left out, with everything that it depends on.
    present: tuple[_PackageName, ...] = ()
    repositories: Annotated[tuple[RepositorySuites, ...], Field(min_length=1)]

    @property
    def digest(self) -> str:
        """sha256 of what is asked for; the places and keys of repositories are not part of it."""
        return digest(
            [
                list(self.names),
                dict(sorted(self.versions.items())),
                list(self.present),
                [[list(one.suites), list(one.components)] for one in self.repositories],
            ]
        )
