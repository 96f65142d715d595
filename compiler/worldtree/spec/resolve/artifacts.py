"""Resolves artifacts of the document: paths are absolute, and values belong to architectures."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from worldtree.core.written_paths import home_path
from worldtree.spec.artifact_locations import is_path
from worldtree.spec.cluster import ClusterArtifact
from worldtree.spec.models.artifact import ONLY_ARCHITECTURE, ArtifactSource, DocumentArtifact
from worldtree.spec.models.cluster import Spec

V = TypeVar("V")


def resolve_artifacts(spec: Spec, directory: Path | None) -> tuple[ClusterArtifact, ...]:
    """Return the artifacts of ``spec.artifacts``; ``directory`` is that of the document."""
    return tuple(
        ClusterArtifact(
            kind=one.kind,
            name=one.name,
            version=one.version,
            platform=one.platform,
            architectures=one.architectures,
            sources=tuple(_source(source, directory) for source in one.sources),
            sha256=_by_architecture(one, one.sha256),
            size=_by_architecture(one, one.size),
            hosts=one.hosts,
            source=("spec", "artifacts", index),
        )
        for index, one in enumerate(spec.artifacts)
    )


def _source(source: ArtifactSource, directory: Path | None) -> dict[str, str]:
    found: dict[str, str] = source.model_dump(exclude_none=True)
    if is_path(source.location):
        found["location"] = _path(source.location, directory)
    if source.ca_file is not None:
        found["ca_file"] = _path(source.ca_file, directory)
    return found


def _path(written: str, directory: Path | None) -> str:
    path = home_path(written)
    return str(path if directory is None else directory / path)


def _by_architecture(artifact: DocumentArtifact, values: dict[str, V]) -> dict[str, V]:
    """Return values by architecture; one that was written alone belongs to the only one.

    With several architectures that one is left out: ``checks/artifacts.py`` reports it.
    """
    if ONLY_ARCHITECTURE not in values:
        return values
    if len(artifact.architectures) != 1:
        return {}
    return {artifact.architectures[0]: values[ONLY_ARCHITECTURE]}
