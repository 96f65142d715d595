"""Makes addons of what the document says of them, and finds what is wrong with their objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worldtree.catalog.components.addons.addon import Addon, Image
from worldtree.catalog.components.addons.addons_config import AddonsConfig, CustomAddon, Source
from worldtree.catalog.components.addons.beside_files import BesideFileError, beside
from worldtree.catalog.components.addons.kustomization_files import read_kustomization
from worldtree.catalog.components.addons.local_path_storage import local_path_storage
from worldtree.catalog.components.addons.manifest_files import (
    FoundObject,
    Manifest,
    check_objects,
    read_manifest,
)
from worldtree.catalog.components.addons.metrics_server import metrics_server
from worldtree.core.errors import Diagnostic, DocPath, InputError
from worldtree.plan.artifact import ArtifactKind, ArtifactRequest, ArtifactSource


@dataclass
class _Collected:
    """What the sources of one addon have."""

    objects: list[FoundObject] = field(default_factory=list)
    kustomizations: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[ArtifactRequest] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)

    def add(self, manifest: Manifest) -> None:
        """Add what a manifest has."""
        self.objects += manifest.objects
        self.problems += manifest.problems


def all_addons(
    config: AddonsConfig, directory: Path | None, first: tuple[str, ...]
) -> tuple[Addon, ...]:
    """Return every addon; ``first`` is the control plane that applies them.

    What cannot be read is left out; ``addon_problems`` reports it.
    """
    return (*_built_in(config), *(_custom(one, directory, first, ()) for one in config.custom))


def _built_in(config: AddonsConfig) -> Iterator[Addon]:
    if config.metrics_server is not None:
        yield metrics_server(config.metrics_server)
    if config.local_path_storage is not None:
        yield local_path_storage(config.local_path_storage)


def _custom(
    given: CustomAddon, directory: Path | None, first: tuple[str, ...], path: DocPath
) -> Addon:
    found = _collect(given, directory, first, path)
    return Addon(
        given.name,
        tuple(one.data for one in found.objects),
        tuple(found.kustomizations),
        tuple(found.artifacts),
        given.namespace,
        given.needs,
        given.conflicts,
        given.prune,
        given.ready_seconds,
        tuple(one.model_dump(mode="json", exclude_none=True) for one in given.gates),
        tuple(Image(one.name, one.version, one.reference) for one in given.images),
    )


def _collect(
    given: CustomAddon, directory: Path | None, first: tuple[str, ...], path: DocPath
) -> _Collected:
    found = _Collected()
    for index, source in enumerate(given.sources):
        try:
            _read(source, directory, first, (*path, "sources", index), found)
        except BesideFileError as error:
            found.problems.append(error.diagnostic)
        except InputError as error:
            found.problems += error.diagnostics
    return found


def _read(
    source: Source,
    directory: Path | None,
    first: tuple[str, ...],
    path: DocPath,
    found: _Collected,
) -> None:
    if source.file is not None:
        place = (*path, "file")
        found.add(read_manifest(beside(directory, source.file, place), place))
    elif source.kustomization is not None:
        place = (*path, "kustomization")
        found.kustomizations.append(read_kustomization(directory, source.kustomization, place))
    elif source.artifact is not None:
        given = source.artifact
        found.artifacts.append(
            ArtifactRequest(
                kind=ArtifactKind.MANIFEST,
                name=given.name,
                version=given.version,
                sources=(ArtifactSource(location=given.location),),
                sha256={} if given.sha256 is None else {"any": given.sha256},
                hosts=first,
            )
        )
    else:
        found.add(check_objects(source.objects, (*path, "objects")))


def addon_files(config: AddonsConfig, directory: Path | None) -> Iterator[Path]:
    """Yield the files that the sources of a valid document are read from."""
    for given in config.custom if directory is not None else ():
        for source in given.sources:
            if source.file is not None:
                yield beside(directory, source.file, ())
            elif source.kustomization is not None:
                found = read_kustomization(directory, source.kustomization, ())
                yield from (Path(str(directory)) / name for name in found["files"])


def addon_problems(config: AddonsConfig, directory: Path | None) -> Iterator[Diagnostic]:
    """Yield what is wrong with the objects of the document's own addons, and with their needs."""
    seen: dict[tuple[str, str, str, str], tuple[FoundObject, str]] = {}
    for one in _built_in(config):
        for data in one.objects:
            found = FoundObject(data)
            seen[_identity(found, one.namespace)] = (found, one.name)
    for index, given in enumerate(config.custom):
        path: DocPath = ("custom", index)
        collected = _collect(given, directory, (), path)
        yield from collected.problems
        for found in collected.objects:
            identity = _identity(found, given.namespace)
            if identity in seen:
                yield _twice(found, *seen[identity])
            else:
                seen[identity] = (found, given.name)
    yield from _need_problems(config)


def _identity(found: FoundObject, namespace: str) -> tuple[str, str, str, str]:
    """Return what an object is called once those without a namespace have that of the addon.

    Objects of the whole cluster get it too, and all of them the same one: that does no harm.
    """
    group, kind, own, name = found.identity
    return group, kind, own or namespace, name


def _twice(found: FoundObject, earlier: FoundObject, addon: str) -> Diagnostic:
    where = f" at {earlier.mark}" if earlier.mark is not None else ""
    return Diagnostic(
        slug="addon-object-twice",
        summary=f"{found.title} is there twice",
        detail=f"The addon `{addon}` has it{where}. The later one would undo the earlier one in"
        " every run.",
        hint="remove one of them",
        mark=found.mark,
        path=found.path,
    )


def _need_problems(config: AddonsConfig) -> Iterator[Diagnostic]:
    needs: dict[str, tuple[str, ...]] = {one.name: () for one in _built_in(config)}
    needs |= {one.name: one.needs for one in config.custom}
    for index, given in enumerate(config.custom):
        for place, name in enumerate(given.needs):
            if name not in needs:
                yield Diagnostic(
                    slug="addon-unknown-need",
                    summary=f"there is no addon `{name}`",
                    detail=f"Addons of the document are: {', '.join(needs)}.",
                    hint="correct the name, or add the addon",
                    path=("custom", index, "needs", place),
                )
        if given.images and config.image_archives is None:
            yield Diagnostic(
                slug="addon-images-without-archives",
                summary=f"nothing says where the archives of the images of `{given.name}` are",
                detail="`images` lists archives that members get instead of pulling.",
                hint="set `imageArchives`, or remove `images`",
                path=("custom", index, "images"),
                at_key=True,
            )
