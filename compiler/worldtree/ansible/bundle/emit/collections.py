"""The collections of a bundle: only those whose plugins its plays and roles use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from worldtree.ansible.bundle.emit.bundle import BundleFile
from worldtree.ansible.content.file_digests import ContentFile, content_files
from worldtree.ansible.content.file_modes import shipped_mode
from worldtree.ansible.content.roles import CollectionInfo, RoleIndex
from worldtree.ansible.model.yaml_writer import dump
from worldtree.core.errors import DiagnosticBag

#: WorldTree's own collection, which no Galaxy server has.
CORE_COLLECTION = "worldtree.core"
#: Files that only developers of a collection need.
_EXCLUDED = frozenset({"tests", "changelogs", "docs", ".github", ".git", "CHANGELOG.md"})


def collection_files(
    names: Iterable[str], index: RoleIndex, needed: Collection[str], bag: DiagnosticBag
) -> dict[str, BundleFile]:
    """Return path -> file of the named collections; missing ``needed`` ones are errors in ``bag``.

    Pass ``check`` has warned of the others: a role may use them in tasks for another platform.
    """
    files: dict[str, BundleFile] = {}
    for name in names:
        found = index.collection(name)
        if found is None:
            if name in needed:
                _missing(name, bag)
            continue
        base = f"collections/ansible_collections/{name.replace('.', '/')}"
        own = any(found.path.is_relative_to(path) for path in index.collection_paths)
        for file in _content(found):
            mode = file.mode if own else shipped_mode(file.mode)
            files[f"{base}/{file.relative}"] = BundleFile(file.path, mode)
    return files


def requirements(names: Iterable[str], index: RoleIndex) -> str:
    """Return ``requirements.yml``: the bundled collections with their exact versions."""
    found = [info for name in names if name != CORE_COLLECTION and (info := index.collection(name))]
    entries = [_entry(info) for info in found]
    comment = (
        "The bundle contains all of these in collections/: nothing needs to be installed.\n"
        "It also contains worldtree.core, which no Galaxy server has."
    )
    return dump({"collections": entries}, comment=comment)


def _entry(info: CollectionInfo) -> Mapping[str, str]:
    return {"name": info.name, "version": info.version} if info.version else {"name": info.name}


def _content(info: CollectionInfo) -> list[ContentFile]:
    return [
        file
        for file in content_files(Path(info.path))
        if not _EXCLUDED.intersection(file.relative.split("/")[:1])
    ]


def _missing(name: str, bag: DiagnosticBag) -> None:
    bag.error(
        "collection-not-found",
        f"the collection `{name}` is used but cannot be found",
        detail="A bundle contains the collections that its plays use.",
        hint=f"install it (`ansible-galaxy collection install {name} -p collections`) and name"
        " the directory in `spec.collectionsPath`",
    )
