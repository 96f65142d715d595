"""Checks artifacts of the document: what several of their keys say together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec.artifact_locations import differs_by_architecture
from worldtree.spec.artifact_names import ANY_ARCHITECTURE
from worldtree.spec.checks.artifact_sources import check_source
from worldtree.spec.models.artifact import (
    ONLY_ARCHITECTURE,
    DocumentArtifact,
    DocumentArtifactSource,
)
from worldtree.spec.models.cluster import ClusterDocument


def check_artifacts(model: ClusterDocument, bag: DiagnosticBag) -> None:
    """Report artifacts that are there twice, and keys that do not fit the architectures."""
    seen: dict[tuple[str, ...], int] = {}
    for index, artifact in enumerate(model.spec.artifacts):
        path: DocPath = ("spec", "artifacts", index)
        _check_architectures(artifact, path, bag)
        for source, place in _places(artifact):
            check_source(source, (*path, *place), bag)
        for key, values in (("sha256", artifact.sha256), ("size", artifact.size)):
            _check_values(key, values, artifact, path, bag)
        same = (artifact.kind, artifact.name, artifact.version, artifact.platform)
        if same in seen:
            bag.error(
                "duplicate-artifact",
                f"the artifact `{artifact.name}` {artifact.version} is there twice",
                detail="Kind, name, version and platform say which file is meant.",
                hint="remove one of them, or add its architectures and hosts to the other",
                path=(*path, "name"),
            )
        seen[same] = index


def _check_architectures(artifact: DocumentArtifact, path: DocPath, bag: DiagnosticBag) -> None:
    if ANY_ARCHITECTURE not in artifact.architectures:
        return
    if len(artifact.architectures) > 1:
        bag.error(
            "artifact-architectures",
            "`any` is not the only architecture",
            detail="A file for every machine has no variants.",
            hint="remove `any`, or all others",
            path=(*path, "architectures"),
        )
        return
    for source, place in _places(artifact):
        if differs_by_architecture(source.location):
            bag.error(
                "artifact-architectures",
                f"the architectures of `{artifact.name}` are missing",
                detail="The location has a placeholder that differs between architectures.",
                hint="name those that exist, for example `architectures: [amd64, arm64]`",
                path=(*path, *place),
            )
            return


def _places(artifact: DocumentArtifact) -> list[tuple[DocumentArtifactSource, DocPath]]:
    """Return everything that has a location, and where in the artifact it is."""
    found: list[tuple[DocumentArtifactSource, DocPath]] = [
        (source, ("sources", index)) for index, source in enumerate(artifact.sources)
    ]
    if artifact.signature is not None:
        found.append((artifact.signature, ("signature",)))
    return found


def _check_values(
    key: str,
    values: Mapping[str, Any],
    artifact: DocumentArtifact,
    path: DocPath,
    bag: DiagnosticBag,
) -> None:
    for architecture in values:
        if architecture == ONLY_ARCHITECTURE:
            if len(artifact.architectures) > 1:
                bag.error(
                    "artifact-architectures",
                    f"`{key}` does not say which architecture it is of",
                    detail="Each architecture has a file of its own.",
                    hint=f"write `{key}: {{{artifact.architectures[0]}: …}}`",
                    path=(*path, key),
                )
        elif architecture not in artifact.architectures:
            bag.error(
                "artifact-architectures",
                f"`{key}` has a value for `{architecture}`, which is not an architecture of it",
                detail=f"The architectures are {', '.join(artifact.architectures)}.",
                hint=f"add it to `architectures`, or remove it from `{key}`",
                path=(*path, key, architecture),
                at_key=True,
            )
