"""Resolves artifacts of the document: values belong to architectures.

Paths stay as they are written, so that a document means the same, and has the same digest, in every
directory; ``compile/artifact_needs.py`` finds the files.
"""

from __future__ import annotations

from typing import TypeVar

from worldtree.spec.cluster import ClusterArtifact, ClusterPackages
from worldtree.spec.models.artifact import ONLY_ARCHITECTURE, DocumentArtifact
from worldtree.spec.models.cluster import Spec

V = TypeVar("V")


def resolve_artifacts(spec: Spec) -> tuple[ClusterArtifact, ...]:
    """Return the artifacts of ``spec.artifacts``."""
    return tuple(
        ClusterArtifact(
            kind=one.kind,
            name=one.name,
            version=one.version,
            platform=one.platform,
            architectures=one.architectures,
            sources=tuple(source.model_dump(exclude_none=True) for source in one.sources),
            sha256=_by_architecture(one, one.sha256),
            size=_by_architecture(one, one.size),
            signature=None
            if one.signature is None
            else one.signature.model_dump(exclude_none=True),
            hosts=one.hosts,
            source=("spec", "artifacts", index),
        )
        for index, one in enumerate(spec.artifacts)
    )


def resolve_packages(spec: Spec) -> tuple[ClusterPackages, ...]:
    """Return the packages of ``spec.packages``."""
    own = {"suites", "components", "keys"}
    return tuple(
        ClusterPackages(
            platform=one.platform,
            architectures=one.architectures,
            hosts=one.hosts,
            sources=tuple(
                place.model_dump(exclude_none=True, exclude=own) for place in one.repositories
            ),
            repositories=tuple(place.model_dump(include=own) for place in one.repositories),
            install=one.install,
            versions=one.versions,
            present=one.present,
            source=("spec", "packages", index),
        )
        for index, one in enumerate(spec.packages)
    )


def _by_architecture(artifact: DocumentArtifact, values: dict[str, V]) -> dict[str, V]:
    """Return values by architecture; one that was written alone belongs to the only one.

    With several architectures that one is left out: ``checks/artifacts.py`` reports it.
    """
    if ONLY_ARCHITECTURE not in values:
        return values
    if len(artifact.architectures) != 1:
        return {}
    return {artifact.architectures[0]: values[ONLY_ARCHITECTURE]}
