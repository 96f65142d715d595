"""Which files beside a document it uses: what a bundle of it is made of, below its directory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from worldtree.ansible.bundle import COPIED_DIRECTORIES
from worldtree.app.documents.document_service import choose_document
from worldtree.catalog.component import Component, ComponentConfig
from worldtree.catalog.component_calls import call_component
from worldtree.catalog.component_registry import components
from worldtree.compile.artifact_needs import artifact_needs
from worldtree.compile.compiler import compile_plan, plan_document
from worldtree.compile.state import CompileState
from worldtree.core.errors import RefusedError
from worldtree.core.linked_paths import is_inside
from worldtree.core.resources import (
    core_collection_dir,
    roles_dir,
    templates_dir,
    vendored_collections_dir,
)
from worldtree.plan.artifact_lock import LOCK_FILE
from worldtree.spec.load import load_file

#: Names beside a document that are used without being named in it.
_UNNAMED = (*COPIED_DIRECTORIES, "roles", "collections", "ansible.cfg", LOCK_FILE)
#: Characters of a text of the document that may be a path.
_MAX_PATH = 500
_MAX_NAMED = 5
#: Keys of `spec` with directories in which something is searched.
_SEARCHED = ("rolesPath", "collectionsPath", "templatesPath")


def files_beside(file: Path, cluster: str | None, working_directory: Path) -> dict[str, Path]:
    """Return path below the directory of the document -> file, for all files that it uses.

    ``working_directory`` is that of the process; problems name ``file`` as it is given. The files
    are those of the bundle of everything that the document describes, whatever is run of it, an
    ``ansible.cfg``, and the lock file and public keys of its artifacts. A document beside which
    nothing of that can be is not compiled. Raises ``InputError`` for what is wrong in it, and
    ``RefusedError`` (`content-outside`) for files that it names by a relative path, or reaches by a
    symbolic link, which leads out of its directory.
    """
    document = choose_document(load_file(file), cluster)
    absolute = _normal(working_directory / file)
    directory = absolute.parent
    if not _may_use_files(document.data, absolute):
        return {}
    compiled = compile_plan(plan_document(document, with_never=True))
    used = [one.content for one in compiled.bundle.files.values() if isinstance(one.content, Path)]
    if compiled.planned.config.path is not None:
        used.append(compiled.planned.config.path)
    used += _of_artifacts(compiled.planned.state)
    used += _of_components(compiled.planned.state)
    found: dict[str, Path] = {}
    outside: list[Path] = []
    leaving: list[Path] = []
    for path in (_normal(working_directory / one) for one in used):
        if _is_shipped(path, directory):
            continue
        if not path.is_relative_to(directory):
            outside.append(path)
        elif is_inside(path, directory):
            found[path.relative_to(directory).as_posix()] = path
        else:
            leaving.append(path)
    if leaving:
        raise RefusedError(
            f"symbolic links lead out of the directory of the document: {_listed(leaving)}",
            code="content-outside",
            hint="put the files themselves there: where the links lead is not sent to a service",
        )
    _refuse_outside(document.data, directory, outside)
    for place in _searched(document.data):
        # An archive has no empty directories, and one that the document names has to be there.
        is_empty = not any(name.startswith(f"{place}/") for name in found)
        if found and is_empty and (directory / place).is_dir():
            found[f"{place}/.keep"] = Path(os.devnull)
    return dict(sorted(found.items()))


def _of_artifacts(state: CompileState) -> Iterator[Path]:
    """Yield what says which bytes of artifacts count."""
    needs = artifact_needs(state, {})
    lock = state.cluster.path(LOCK_FILE)
    if needs and lock.is_file():
        yield lock
    for need in needs:
        if need.artifact.signature is not None:
            yield Path(need.artifact.signature.public_key)
        if need.artifact.packages is not None:
            for repository in need.artifact.packages.repositories:
                yield from map(Path, repository.keys)


def _of_components(state: CompileState) -> Iterator[Path]:
    """Yield the files that components have read."""
    known = components()
    for name, config in state.context.configs.items():
        if name in known and known[name].files is not None:
            yield from call_component(
                name, "cannot name its files", _files, known[name], config, state
            )


def _files(component: Component[Any], config: ComponentConfig, state: CompileState) -> list[Path]:
    return list(component.files(config, state.context)) if component.files else []


def _normal(path: Path) -> Path:
    """Return a path without `..`; links are not followed, as the document means their names."""
    return Path(os.path.normpath(path))


def _searched(data: Any) -> Iterator[str]:
    """Yield the directories below that of the document that it lets roles … be searched in."""
    found = data.get("spec") if isinstance(data, Mapping) else None
    spec: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    for key in _SEARCHED:
        listed = spec.get(key)
        for one in listed if isinstance(listed, list) else [listed]:
            place = os.path.normpath(one) if isinstance(one, str) else ".."
            if place != "." and not place.startswith(("/", "~", "..")):
                yield place


def _may_use_files(data: Any, file: Path) -> bool:
    """Whether a text of the document has the name of something beside it, or leads above that.

    Some names need not be in it.
    """
    texts = list(_texts(data))
    if any(".." in PurePosixPath(text).parts for text in texts):
        return True
    whole = "\n".join(texts)
    names = [path.name for path in file.parent.iterdir() if path != file]
    return any(name in _UNNAMED or name in whole for name in names)


def _texts(data: Any) -> Iterator[str]:
    """Yield the texts of a document, keys too."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _texts(key)
            yield from _texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value)
    elif isinstance(data, str):
        yield data


def _is_shipped(path: Path, directory: Path) -> bool:
    """Whether a service has the file, too, as a part of the program or of Ansible.

    A document may lie below the directory of Python itself, such as in `/usr/src`.
    """
    prefixes = [
        Path(one) for one in (sys.prefix, sys.base_prefix) if not directory.is_relative_to(one)
    ]
    shipped = (roles_dir(), templates_dir(), core_collection_dir(), vendored_collections_dir())
    return any(path.is_relative_to(one) for one in (*shipped, *prefixes))


def _refuse_outside(data: Any, directory: Path, outside: list[Path]) -> None:
    """Raise ``RefusedError`` where a path of the document with `..` leads to what is used.

    Absolute paths are those of the machine that compiles: a service has its own files there.
    """
    for text in _texts(data):
        is_path = 0 < len(text) <= _MAX_PATH and text.isprintable()
        if not is_path or ".." not in PurePosixPath(text).parts or text.startswith(("/", "~")):
            continue
        place = _normal(directory / text)
        named = [one for one in outside if one.is_relative_to(place)]
        if named:
            raise RefusedError(
                f"the document uses files outside of its directory by `{text}`: {_listed(named)}",
                code="content-outside",
                hint="a service gets what lies below the directory of the document: move it to"
                " a directory that has all of that below it",
            )


def _listed(paths: list[Path]) -> str:
    more = " and others" if len(paths) > _MAX_NAMED else ""
    return ", ".join(f"`{one}`" for one in sorted(paths)[:_MAX_NAMED]) + more
