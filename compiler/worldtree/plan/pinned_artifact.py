"""The artifacts of a bundle: what its hosts get from elsewhere, with the sha256 of each file.

They are in the bundle twice: in ``artifacts.json``, for programs that bring them into the cache
before a host is contacted, and in the variable ``worldtree_artifacts``, for plays.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, ValidationError

from worldtree.core.format_versions import Format
from worldtree.plan.artifact import (
    Artifact,
    ArtifactKey,
    ArtifactKind,
    ArtifactNeed,
    ArtifactSource,
)
from worldtree.plan.artifact_lock import ArtifactLock
from worldtree.plan.base_model import PlanModel
from worldtree.plan.node import Node
from worldtree.plan.packages import LockedPackage, PackageSet
from worldtree.spec.artifact_names import SHA256

#: File of a bundle; one without artifacts has none.
ARTIFACTS_FILE = "artifacts.json"
#: Who asks for an artifact of the document; others are asked for by components, by name.
DOCUMENT = "spec.artifacts"
#: The variable of every host: name -> version -> architecture -> file.
ARTIFACTS_VARIABLE = "worldtree_artifacts"
#: The variable of how they are sent, where the document says it.
DISTRIBUTION_VARIABLE = "worldtree_distribution"
_FORMAT = Format("the list of artifacts")
_PLATFORM = "linux"


class PinnedArtifact(PlanModel):
    """A file that hosts of a bundle get."""

    kind: ArtifactKind
    name: str
    version: str
    platform: str
    architecture: str
    #: None where neither the document nor the lock file says it.
    sha256: Annotated[str, StringConstraints(pattern=SHA256)] | None = None
    #: Bytes, where known.
    size: Annotated[int, Field(ge=0)] | None = None
    #: sha256 of its manifest at a registry, where the lock file says it.
    manifest: Annotated[str, StringConstraints(pattern=SHA256)] | None = None
    #: Its name at its first source.
    file: str
    #: As they are written, with references to secrets.
    sources: tuple[ArtifactSource, ...] = ()
    hosts: tuple[str, ...] = ()
    #: Names of components, and ``spec.artifacts``.
    needed_by: tuple[str, ...] = ()
    #: See ``Artifact``.
    packages: PackageSet | None = None
    locked_packages: tuple[LockedPackage, ...] = ()

    @property
    def key(self) -> ArtifactKey:
        """What it is called by."""
        return ArtifactKey(
            self.name, self.version, self.kind.value, self.platform, self.architecture
        )

    def described(self, *, exclude_none: bool) -> dict[str, Any]:
        """Return it as plain data, without the fields of packages where it is none."""
        hidden = set() if self.packages is not None else {"packages", "locked_packages"}
        return self.model_dump(mode="json", exclude_none=exclude_none, exclude=hidden)

    def file_to_fetch(self) -> Artifact:
        """Return the file with its sources, for a download; its signature was checked before."""
        return Artifact(
            kind=self.kind,
            name=self.name,
            version=self.version,
            platform=self.platform,
            architecture=self.architecture,
            sources=self.sources,
            sha256=self.sha256,
            size=self.size,
            manifest=self.manifest,
            packages=self.packages,
            locked_packages=self.locked_packages,
        )

    @property
    def package_versions(self) -> dict[str, dict[str, Any]]:
        """The packages that were asked for by name -> ``version``, and whether it is ``exact``."""
        if self.packages is None:
            return {}
        return {
            one.name: {"version": one.version, "exact": one.name in self.packages.versions}
            for one in self.locked_packages
            if one.name in self.packages.names
        }


def asks_for(node: Node, artifact: PinnedArtifact) -> bool:
    """Whether a node may need a file: it is one of its component, or of the document itself."""
    return (node.component or DOCUMENT) in artifact.needed_by


def pinned(need: ArtifactNeed, lock: ArtifactLock, signer: str | None) -> PinnedArtifact:
    """Return what is needed with the sha256 and the size that count.

    ``signer`` is the fingerprint of the key that has to have signed it, None where nobody has to.
    Neither is known where the lock file says something else than the document, or has no signature
    by this key: such a file is not used before ``wt artifacts lock`` has run.
    """
    artifact, locked = need.artifact, lock.entries.get(need.artifact.key)
    sha256, size = artifact.sha256, artifact.size
    if locked is not None:
        if locked.answers(artifact):
            sha256, size = locked.sha256, locked.size
        else:
            sha256, size = None, None
    if signer is not None and (locked is None or locked.signed_by != signer):
        sha256, size = None, None
    return PinnedArtifact(
        manifest=None if locked is None or sha256 is None else locked.manifest,
        kind=artifact.kind,
        name=artifact.name,
        version=artifact.version,
        platform=artifact.platform,
        architecture=artifact.architecture,
        sha256=sha256,
        size=size,
        file=_file_name(artifact),
        sources=artifact.sources,
        hosts=need.hosts,
        needed_by=need.needed_by,
        packages=artifact.packages,
        locked_packages=() if locked is None or sha256 is None else locked.packages or (),
    )


def _file_name(artifact: Artifact) -> str:
    if artifact.packages is not None:
        return f"{artifact.name}-{artifact.platform}-{artifact.architecture}.tar"
    return PurePosixPath(urlsplit(artifact.sources[0].location).path).name or artifact.name


def artifacts_variable(artifacts: Iterable[PinnedArtifact]) -> dict[str, Any]:
    """Return the value of ``worldtree_artifacts``, without those whose sha256 is not known.

    The architecture of a file for another platform than ``linux`` is ``debian-12/amd64``. Packages
    name the hosts that get them: others have repositories of their own.
    """
    found: dict[str, Any] = {}
    for one in artifacts:
        if one.sha256 is None:
            continue
        platform = "" if one.platform == _PLATFORM else f"{one.platform}/"
        data: dict[str, Any] = {
            "sha256": one.sha256,
            "size": one.size,
            "file": one.file,
            "kind": one.kind.value,
            "packages": one.package_versions or None,
            "hosts": list(one.hosts) if one.packages else None,
        }
        versions = found.setdefault(one.name, {})
        versions.setdefault(one.version, {})[f"{platform}{one.architecture}"] = {
            key: value for key, value in data.items() if value is not None
        }
    return found


def artifacts_text(artifacts: Sequence[PinnedArtifact]) -> str:
    """Return the text of ``artifacts.json``."""
    items = [one.described(exclude_none=True) for one in artifacts]
    return json.dumps(_FORMAT.stamped({"artifacts": items}), indent=2, ensure_ascii=False) + "\n"


def has_artifacts(bundle: Path) -> bool:
    """Whether hosts of the bundle in a directory get anything from elsewhere."""
    return (bundle / ARTIFACTS_FILE).is_file()


def read_artifacts(bundle: Path) -> tuple[PinnedArtifact, ...]:
    """Return the artifacts of the bundle in a directory; none where it has no such file.

    Raises ``UnreadableFormatError``.
    """
    file = bundle / ARTIFACTS_FILE
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        items = _FORMAT.upgraded(data, str(file))["artifacts"]
        return tuple(PinnedArtifact.model_validate(item) for item in items)
    except FileNotFoundError:
        return ()
    except (ValueError, ValidationError, KeyError, TypeError, AttributeError) as problem:
        raise _FORMAT.unreadable(f"cannot be read: {problem}", str(file)) from problem
