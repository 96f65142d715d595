"""The collections of a bundle: those that its plays and roles use, and of them what they use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from worldtree.ansible.bundle.emit.bundle import BundleFile, BundleSources
from worldtree.ansible.content.collection_plugins import used_files
from worldtree.ansible.content.collection_redirects import (
    full_names_in,
    redirected_collections,
    redirects,
)
from worldtree.ansible.content.file_digests import ContentFile, content_files
from worldtree.ansible.content.file_modes import shipped_mode
from worldtree.ansible.content.roles import CollectionInfo, RoleIndex, RoleInfo
from worldtree.ansible.content.roles.collection_use import collections_possibly_in
from worldtree.ansible.model.yaml_writer import dump
from worldtree.core.errors import DiagnosticBag

#: WorldTree's own collection, which no Galaxy server has.
CORE_COLLECTION = "worldtree.core"
#: Files that only developers of a collection need.
_EXCLUDED = frozenset(
    {
        "tests",
        "changelogs",
        "docs",
        ".github",
        ".git",
        "CHANGELOG.md",
        "CHANGELOG.rst",
        "FILES.json",
    }
)
#: Directories of a role that no play reads, and files that no program reads.
_NOT_RUN = frozenset({"molecule", ".github", "docs"})
_PROSE = frozenset({".md", ".rst"})


def collection_files(
    names: Iterable[str],
    sources: BundleSources,
    needed: Collection[str],
    others: Mapping[str, BundleFile],
    bag: DiagnosticBag,
) -> dict[str, BundleFile]:
    """Return path -> file of what the bundle's other files use of the named collections.

    Missing ``needed`` ones are errors in ``bag``. Pass ``check`` has warned of the rest: a role may
    use them in tasks for another platform.
    """
    index = sources.index
    content: dict[CollectionInfo, list[ContentFile]] = {}
    for name in names:
        found = index.collection(name)
        if found is not None:
            content[found] = _content(found, sources.calls.of_collections)
        elif name in needed:
            _missing(name, bag)
    roles = {
        f"roles/{role.name}/{file.relative}": BundleFile(file.path)
        for role in sources.calls.of_collections
        for file in role.content
    }
    files: dict[str, BundleFile] = {}
    if content:
        read = [*_read_by_plays(others), *_read_by_plays(roles)]
        texts = [file.text for path, file in read if not path.endswith(".py")]
        programs = [file.text for path, file in read if path.endswith(".py")]
        content |= used_files(content, texts, programs)
    for info, used in content.items():
        base = f"collections/ansible_collections/{info.name.replace('.', '/')}"
        own = any(info.path.is_relative_to(path) for path in index.collection_paths)
        for file in used:
            mode = file.mode if own else shipped_mode(file.mode)
            files[f"{base}/{file.relative}"] = BundleFile(file.path, mode)
    return files


def _read_by_plays(files: Mapping[str, BundleFile]) -> Iterator[tuple[str, BundleFile]]:
    """Yield path and file of those that may name a plugin: not a role's tests, nor prose."""
    for path, file in files.items():
        parts = path.split("/")
        if parts[0] == "roles" and _NOT_RUN.intersection(parts[2:-1]):
            continue
        if PurePosixPath(path).suffix not in _PROSE:
            yield path, file


def named_collections(files: Iterable[BundleFile], index: RoleIndex) -> set[str]:
    """Return the collections that the document's own files name, as far as they are installed."""
    found = {name for file in files for name in collections_possibly_in(file.text)}
    there = {name for name in found if index.collection(name) is not None}
    return set(index.with_dependencies(there))


def redirected(names: Collection[str], files: Iterable[BundleFile], index: RoleIndex) -> set[str]:
    """Return the installed collections that have what ``files`` use under the name of another."""
    infos = (index.collection(name) for name in names)
    if not any(info is not None and redirects(info.path) for info in infos):
        return set()  # Whatever the files use is where they say: most collections move nothing.
    used = {name for file in files for name in full_names_in(file.text)}
    found = redirected_collections(names, used, index.collection)
    return set(index.with_dependencies(name for name in found if index.collection(name)))


def requirements(names: Iterable[str], index: RoleIndex) -> str:
    """Return ``requirements.yml``: the bundled collections with their exact versions."""
    found = [info for name in names if name != CORE_COLLECTION and (info := index.collection(name))]
    entries = [_entry(info) for info in found]
    comment = (
        "The bundle has what it uses of these in collections/: nothing needs to be installed.\n"
        "It also contains worldtree.core, which no Galaxy server has."
    )
    return dump({"collections": entries}, comment=comment)


def _entry(info: CollectionInfo) -> Mapping[str, str]:
    return {"name": info.name, "version": info.version} if info.version else {"name": info.name}


def _content(info: CollectionInfo, roles: Iterable[RoleInfo]) -> list[ContentFile]:
    """Return the collection's files, of its roles only those of ``roles``."""
    kept = [role for role in roles if role.collection == info.name]
    found = [
        file
        for file in content_files(Path(info.path))
        if not _EXCLUDED.intersection(file.relative.split("/")[:1])
    ]
    if any("../" in BundleFile(file.path).text for role in kept for file in role.content):
        return found  # A role of it reads files of others.
    return [
        file
        for file in found
        if not file.relative.startswith("roles/")
        or any(file.path.is_relative_to(role.path) for role in kept)
    ]


def _missing(name: str, bag: DiagnosticBag) -> None:
    bag.error(
        "collection-not-found",
        f"the collection `{name}` is used but cannot be found",
        detail="A bundle contains the collections that its plays use.",
        hint=f"install it (`ansible-galaxy collection install {name} -p collections`) and name"
        " the directory in `spec.collectionsPath`",
    )
