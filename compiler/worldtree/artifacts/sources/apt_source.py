"""Packages of Debian and its relatives as one tar, with everything that they depend on.

Without a sha256 the packages are resolved first; with one they are those of the lock file, which is
all that the tar follows from. Each package file is one of the cache, shared by all that have it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from worldtree.artifacts.partial_file import ResumePoint
from worldtree.artifacts.sources.apt_root import AptRoot
from worldtree.artifacts.sources.apt_suite import Suite, place_in, read_suite
from worldtree.artifacts.sources.fixed_tar import FixedTar
from worldtree.artifacts.sources.registry import source_kind
from worldtree.artifacts.sources.source_kind import (
    OpenedSource,
    SourceContext,
    SourceError,
    SourceKind,
)
from worldtree.core.scratch import ScratchDirectory, remove_unused
from worldtree.plan.artifact import Artifact, ArtifactKind, ArtifactSource
from worldtree.plan.packages import LockedPackage, PackageSet, debian_architecture
from worldtree.spec.artifact_locations import scheme_of, shown_location

#: First member of the tar: the packages in it.
LIST_FILE = "packages.json"
_PREFIX = "wt-apt-"


class AptSource(SourceKind):
    """Opens all repositories of an artifact together."""

    @contextmanager
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> Iterator[OpenedSource]:
        """Give the bytes of the tar. Raises ``SourceError``, and ``InputError`` for keys."""
        del source  # It is one of those of the artifact.
        artifact = context.artifact
        if artifact is None or artifact.packages is None:
            raise SourceError("repositories are asked for packages only")
        if artifact.sha256 is None:
            packages = _resolved(artifact, artifact.packages, context)
        elif artifact.locked_packages:
            packages = artifact.locked_packages
        else:
            raise SourceError("the lock file does not say which packages are in it")
        tar = _tar(packages, _files(packages, artifact, context))
        validator = hashlib.sha256(_list(packages)).hexdigest()
        offset = point.offset if point.validator == validator else 0
        yield OpenedSource(
            tar.chunks(offset), offset, tar.size, validator, shows_cuts=True, packages=packages
        )


class _PlainFiles(SourceKind):
    """Opens files by the kind of source that the scheme of each has."""

    @contextmanager
    def open(
        self, source: ArtifactSource, point: ResumePoint, context: SourceContext
    ) -> Iterator[OpenedSource]:
        """Give the bytes of a file. Raises ``SourceError``."""
        with source_kind(scheme_of(source.location)).open(source, point, context) as opened:
            yield opened


def _resolved(
    artifact: Artifact, packages: PackageSet, context: SourceContext
) -> tuple[LockedPackage, ...]:
    """Return what ``packages`` are now, with all that they depend on."""
    architecture = debian_architecture(artifact.architecture)
    base = tempfile.gettempdir()
    remove_unused(_PREFIX, base)
    scratch = ScratchDirectory(_PREFIX, base)
    try:
        root = AptRoot(scratch.path, architecture)
        for number, (source, repository) in enumerate(
            zip(artifact.sources, packages.repositories, strict=True)
        ):
            suites = [
                (name, read_suite(source, name, repository.components, architecture, context))
                for name in repository.suites
            ]
            root.add(
                number,
                shown_location(source.location),
                repository.keys,
                [(name, suite, _indexes(source, suite, context)) for name, suite in suites],
                repository.components,
            )
        return root.resolve(packages, artifact.locked_packages)
    finally:
        scratch.remove()


def _indexes(source: ArtifactSource, suite: Suite, context: SourceContext) -> dict[str, Path]:
    parts = [
        _part(one.sha256, one.size, [place_in(source, suite.directory + one.download)])
        for one in suite.indexes
    ]
    names = {one.sha256: one.name for one in suite.indexes}
    try:
        files = context.fetch_parts(parts, _PlainFiles())
    except SourceError as error:
        raise _named(error, names, shown_location(source.location)) from None
    return {one.name: file for one, file in zip(suite.indexes, files, strict=True)}


def _files(
    packages: Sequence[LockedPackage], artifact: Artifact, context: SourceContext
) -> Sequence[Path]:
    parts = []
    for one in packages:
        # The one that had it comes first; a mirror that the document names now may have it too.
        sources = sorted(
            artifact.sources, key=lambda it: shown_location(it.location) != one.repository
        )
        parts.append(_part(one.sha256, one.size, [place_in(it, one.path) for it in sources]))
    try:
        return context.fetch_parts(parts, _PlainFiles())
    except SourceError as error:
        names = {one.sha256: one.path for one in packages}
        raise _named(error, names, "the repositories") from None


def _part(digest: str, size: int, sources: Sequence[ArtifactSource]) -> Artifact:
    return Artifact(
        kind=ArtifactKind.BINARY,
        name=digest,
        version="part",
        sources=tuple(sources),
        sha256=digest,
        size=size,
    )


def _named(error: SourceError, names: dict[str, str], where: str) -> SourceError:
    """Return an error of a part with its name in place of its sha256."""
    reason = error.reason
    for digest, name in names.items():
        reason = reason.replace(f"its part sha256:{digest}", f"{where}: {name}")
    return SourceError(reason, is_transient=error.is_transient)


def _tar(packages: Sequence[LockedPackage], files: Sequence[Path]) -> FixedTar:
    tar = FixedTar()
    tar.add(LIST_FILE, _list(packages))
    for one, file in zip(packages, files, strict=True):
        tar.add(one.file, file)
    return tar


def _list(packages: Sequence[LockedPackage]) -> bytes:
    items = [
        {
            "file": one.file,
            "name": one.name,
            "version": one.version,
            "architecture": one.architecture,
            "sha256": one.sha256,
            "size": one.size,
        }
        for one in packages
    ]
    return (json.dumps({"packages": items}, indent=1, sort_keys=True) + "\n").encode()
