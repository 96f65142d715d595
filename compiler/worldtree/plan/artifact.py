"""Artifacts as data: what is needed, and the one file that is meant for one architecture.

A component or a document requests an artifact (``ArtifactRequest``): one name and version, for some
hosts, in as many architectures as these have. Each architecture of it is an ``Artifact``, which is
one file with one sha256. Nothing here reads a file or a network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, StringConstraints, model_validator

from worldtree.plan.base_model import PlanModel
from worldtree.plan.packages import LockedPackage, PackageSet
from worldtree.spec.artifact_locations import (
    differs_by_architecture,
    endpoint_problem,
    filled_location,
    is_path,
    location_problem,
    proxy_problem,
)
from worldtree.spec.artifact_names import (
    ANY_ARCHITECTURE,
    ARCHITECTURES,
    ARTIFACT_NAME,
    ARTIFACT_PLATFORM,
    ARTIFACT_VERSION,
    MACHINES,
    SHA256,
)

_Name = Annotated[str, StringConstraints(pattern=ARTIFACT_NAME, max_length=255)]
_Version = Annotated[str, StringConstraints(pattern=ARTIFACT_VERSION)]
_Platform = Annotated[str, StringConstraints(pattern=ARTIFACT_PLATFORM)]
_Sha256 = Annotated[str, StringConstraints(pattern=SHA256)]
_Architecture = Annotated[str, StringConstraints(pattern=f"^({'|'.join(ARCHITECTURES)})$")]
_Bytes = Annotated[int, Field(ge=0)]


_Place = TypeVar("_Place", bound="ArtifactSource")


class ArtifactKind(StrEnum):
    """What the file is, and so what is done with it on a host."""

    BINARY = "binary"
    ARCHIVE = "archive"
    #: An OCI image as one tar file.
    IMAGE = "image"
    OS_PACKAGE = "os-package"
    #: Packages of a distribution with their dependencies as one tar file.
    PACKAGES = "packages"
    CHART = "chart"
    MANIFEST = "manifest"


class ArtifactSource(PlanModel):
    """One place of a file, and how it is reached.

    ``password``, ``token``, ``access_key`` and ``secret_key`` are references.
    """

    #: A URL or a path; see ``spec/artifact_locations.py``.
    location: str
    #: URL of a proxy, without a user.
    proxy: str | None = None
    proxy_username: str | None = None
    proxy_password: str | None = None
    #: PEM file of the authorities that the server's certificate is checked with.
    ca_file: str | None = None
    username: str | None = None
    password: str | None = None
    #: Sent as ``Authorization: Bearer``; of S3 the session token.
    token: str | None = None
    #: Of S3: URL of the server, None for that of AWS in the region.
    endpoint: str | None = None
    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    #: Whether the bucket is the first part of the path; None where the endpoint says it.
    path_style: bool | None = None
    #: Of a registry on this machine: whether it is asked without TLS.
    plain_http: bool | None = None

    @model_validator(mode="after")
    def _is_usable(self) -> ArtifactSource:
        for problem in (
            location_problem(self.location),
            None if self.proxy is None else proxy_problem(self.proxy),
            None if self.endpoint is None else endpoint_problem(self.endpoint),
        ):
            if problem is not None:
                raise ValueError("; ".join(problem))
        return self


class ArtifactSignature(ArtifactSource):
    """The place of a file's signature, and the key that has to have made it."""

    #: Path of a PEM file.
    public_key: str


@dataclass(frozen=True, slots=True, order=True)
class ArtifactKey:
    """What a file is called by, in lock files and messages; two files of one key are the same."""

    name: str
    version: str
    kind: str
    platform: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({self.platform}/{self.architecture})"


class Artifact(PlanModel):
    """One file: its name, what it is for, and where it comes from."""

    kind: ArtifactKind
    name: _Name
    version: _Version
    platform: _Platform = "linux"
    architecture: _Architecture = ANY_ARCHITECTURE
    #: In the order in which they are tried; all have the same bytes.
    sources: Annotated[tuple[ArtifactSource, ...], Field(min_length=1)]
    #: Of the whole file; None until a lock file says it.
    sha256: _Sha256 | None = None
    #: Bytes of the whole file, where known.
    size: _Bytes | None = None
    #: What has to be checked before the file is trusted; None where nobody signs it.
    signature: ArtifactSignature | None = None
    #: sha256 of the manifest that an image or chart of a registry is made of; None until a lock
    #: file says it, which counts more than the tag.
    manifest: _Sha256 | None = None
    #: Of the kind ``packages``: what is in it. Its sources are repositories, and all are needed.
    packages: PackageSet | None = None
    #: The package files of a lock file, which the file is made of; without a sha256 the versions
    #: that are taken where the repositories still have them.
    locked_packages: tuple[LockedPackage, ...] = ()

    @property
    def key(self) -> ArtifactKey:
        """What the lock file knows it by."""
        return ArtifactKey(
            self.name, self.version, self.kind.value, self.platform, self.architecture
        )


class ArtifactRequest(PlanModel):
    """An artifact in all architectures that its hosts have; ``sources`` may have placeholders."""

    kind: ArtifactKind
    name: _Name
    version: _Version
    platform: _Platform = "linux"
    #: Those that exist; the only one of a file for every machine is ``any``.
    architectures: Annotated[tuple[_Architecture, ...], Field(min_length=1)] = (ANY_ARCHITECTURE,)
    sources: Annotated[tuple[ArtifactSource, ...], Field(min_length=1)]
    #: By architecture; not all need one.
    sha256: dict[_Architecture, _Sha256] = Field(default_factory=dict)
    size: dict[_Architecture, _Bytes] = Field(default_factory=dict)
    #: Its location may have placeholders.
    signature: ArtifactSignature | None = None
    packages: PackageSet | None = None
    #: Names of the hosts that get it.
    hosts: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_its_architectures(self) -> ArtifactRequest:
        if ANY_ARCHITECTURE in self.architectures:
            if len(self.architectures) > 1:
                raise ValueError("`any` is the only architecture of an artifact that has it")
            places = [*self.sources, *([] if self.signature is None else [self.signature])]
            if any(differs_by_architecture(one.location) for one in places):
                raise ValueError("the sources differ by architecture; name the architectures")
        if unknown := {*self.sha256, *self.size} - {*self.architectures}:
            raise ValueError(f"a checksum or size of {min(unknown)}, which is not an architecture")
        if (self.kind is ArtifactKind.PACKAGES) != (self.packages is not None):
            raise ValueError("`packages` is for the kind of this name")
        return self

    def variant(self, architecture: str) -> Artifact:
        """Return the file for one of ``architectures``, with the placeholders replaced."""
        values = {
            "name": self.name,
            "version": self.version,
            "platform": self.platform,
            "architecture": architecture,
            "machine": MACHINES.get(architecture, architecture),
        }

        def filled(one: _Place) -> _Place:
            return one.model_copy(update={"location": filled_location(one.location, values)})

        return Artifact(
            kind=self.kind,
            name=self.name,
            version=self.version,
            platform=self.platform,
            architecture=architecture,
            sources=tuple(filled(one) for one in self.sources),
            sha256=self.sha256.get(architecture),
            size=self.size.get(architecture),
            signature=None if self.signature is None else filled(self.signature),
            packages=self.packages,
        )


def located(artifact: Artifact, path: Callable[[str], Path]) -> Artifact:
    """Return a file whose paths are those of this machine; ``path`` resolves one of the document.

    The placeholders were replaced before: a directory may have braces in its name.
    """

    def paths(one: ArtifactSource) -> dict[str, str]:
        found = {}
        if is_path(one.location):
            found["location"] = str(path(one.location))
        if one.ca_file is not None:
            found["ca_file"] = str(path(one.ca_file))
        return found

    signature = artifact.signature
    if signature is not None:
        key = {"public_key": str(path(signature.public_key))}
        signature = signature.model_copy(update=paths(signature) | key)
    return artifact.model_copy(
        update={
            "sources": tuple(one.model_copy(update=paths(one)) for one in artifact.sources),
            "signature": signature,
            "packages": None if artifact.packages is None else _located(artifact.packages, path),
        }
    )


def _located(packages: PackageSet, path: Callable[[str], Path]) -> PackageSet:
    repositories = tuple(
        one.model_copy(update={"keys": tuple(str(path(key)) for key in one.keys)})
        for one in packages.repositories
    )
    return packages.model_copy(update={"repositories": repositories})


class ArtifactNeed(PlanModel):
    """A file, the hosts that get it, and who asked for it."""

    artifact: Artifact
    #: In document order; several requests for one file are one need.
    hosts: tuple[str, ...] = ()
    #: Names of components, and ``spec.artifacts``; sorted.
    needed_by: tuple[str, ...] = ()


def needs_of(
    request: ArtifactRequest, architectures: Mapping[str, str], needed_by: str
) -> list[ArtifactNeed]:
    """Return what ``request`` needs: one file per architecture that its hosts have.

    ``architectures`` is host -> architecture, without hosts of which it is not known; because of
    one of those, every architecture of the request is needed. Raises ``KeyError`` with the host's
    architecture where the request lacks it.
    """
    hosts: dict[str, list[str]] = {one: [] for one in request.architectures}
    if request.architectures == (ANY_ARCHITECTURE,):
        hosts[ANY_ARCHITECTURE].extend(request.hosts)
        wanted = {ANY_ARCHITECTURE}
    else:
        unknown = [host for host in request.hosts if host not in architectures]
        wanted = set(request.architectures) if unknown else set()
        for host in request.hosts:
            found = architectures.get(host)
            if found is not None:
                hosts[found].append(host)
                wanted.add(found)
            else:
                for listed in hosts.values():
                    listed.append(host)
    return [
        ArtifactNeed(artifact=request.variant(one), hosts=tuple(hosts[one]), needed_by=(needed_by,))
        for one in request.architectures
        if one in wanted
    ]
