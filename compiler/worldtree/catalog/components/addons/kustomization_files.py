"""Reads a kustomization beside the document with all files that it names, below one directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from worldtree.catalog.components.addons.beside_files import (
    MAX_TREE_BYTES,
    BesideFileError,
    beside,
)
from worldtree.core.errors import Diagnostic, DocPath, Mark
from worldtree.core.linked_paths import is_inside
from worldtree.spec.source_text import SourceText, read_source
from worldtree.spec.yaml_composer import Composer
from worldtree.spec.yaml_nodes import Node
from worldtree.spec.yaml_tags import Unsafe, encode_tags

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
#: Keys with names of files or directories.
_LISTED = (
    *("resources", "bases", "components", "crds", "configurations", "transformers"),
    *("generators", "validators", "patchesStrategicMerge"),
)
#: Keys whose items have the name of a file in `path`.
_WITH_PATH = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")


class _Reader:
    """Collects the files of one kustomization."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.files: dict[str, str] = {}
        self._read: set[Path] = set()

    def directory(self, place: Path, named: Mark | None, path: DocPath | None) -> None:
        """Add a directory that has a kustomization of its own."""
        file = next((place / name for name in _NAMES if (place / name).is_file()), None)
        if file is None:
            raise _wrong(
                f"{place} has no `kustomization.yaml`",
                "A kustomization is a directory with this file.",
                "name the directory that has it",
                named,
                path,
            )
        if file in self._read:
            return
        self._read.add(file)
        source = self._add(file, named)
        for root in _documents(source):
            for node in _named_files(root):
                self._take(place, node, source)

    def _take(self, place: Path, node: Node, source: SourceText) -> None:
        written, mark = str(node.data), _mark(source, node)
        if "\n" in written or written.lstrip().startswith("{"):
            return  # An inline patch.
        if "://" in written or written.startswith(("git@", "github.com/", "http:", "/")):
            raise _wrong(
                f"`{written}` is not below the directory of the document",
                "What a kustomization reads goes into the bundle, so that it can be reviewed and"
                " needs no network.",
                "put a copy beside it, and name that",
                mark,
                None,
            )
        target = Path(os.path.normpath(place / written))
        if not target.is_relative_to(self._root) or not is_inside(target, self._root):
            raise _wrong(
                f"`{written}` is outside of the directory of the document",
                "A document is used on other machines together with what is below it.",
                "put it below the directory of the document",
                mark,
                None,
            )
        if target.is_dir():
            self.directory(target, mark, None)
        elif target.is_file():
            self._add(target, mark)
        else:
            raise _wrong(f"there is no `{written}`", "", "correct the path", mark, None)

    def _add(self, file: Path, named: Mark | None) -> SourceText:
        source = read_source(file)
        self.files[file.relative_to(self._root).as_posix()] = source.text
        if sum(len(text.encode()) for text in self.files.values()) > MAX_TREE_BYTES:
            raise _wrong(
                f"the files of the kustomization have more than {MAX_TREE_BYTES // 1024} KiB",
                "All of them are a variable of a play.",
                "build it (`kubectl kustomize DIRECTORY > FILE`), and name the result as `file`",
                named,
                None,
            )
        return source


def read_kustomization(directory: Path | None, written: str, path: DocPath) -> dict[str, Any]:
    """Return ``path`` and ``files`` of a kustomization as the module gets them.

    Its texts are marked as data. Raises ``BesideFileError`` and ``InputError``.
    """
    place = beside(directory, written, path)
    assert directory is not None
    reader = _Reader(directory)
    reader.directory(Path(os.path.normpath(place)), None, path)
    texts = {name: Unsafe(text) for name, text in sorted(reader.files.items())}
    return {"path": os.path.normpath(written), "files": encode_tags(texts)}


def _documents(source: SourceText) -> Iterator[Node]:
    for root in Composer(source).documents():
        if root.fields is None:
            raise _wrong(
                "a kustomization is a mapping", "", "correct it", _mark(source, root), None
            )
        for key in ("helmCharts", "helmChartInflationGenerator"):
            if key in root.fields:
                raise _wrong(
                    f"`{key}` needs helm, which control planes do not have",
                    "`kubectl kustomize` renders no charts.",
                    "render the chart (`helm template NAME CHART > FILE`), and name the result"
                    " in `resources`",
                    _mark(source, root.fields[key][0]),
                    None,
                )
        yield root


def _named_files(root: Node) -> Iterator[Node]:
    """Yield the nodes with names of files."""
    fields = root.fields or {}
    for key in _LISTED:
        for item in (fields[key][1].items or ()) if key in fields else ():
            yield from _text(item)
    for key in _WITH_PATH:
        for item in (fields[key][1].items or ()) if key in fields else ():
            if item.fields is not None and "path" in item.fields:
                yield from _text(item.fields["path"][1])
    for key in _GENERATORS:
        for item in (fields[key][1].items or ()) if key in fields else ():
            yield from _generated(item)
    openapi = fields["openapi"][1].fields if "openapi" in fields else None
    if openapi and "path" in openapi:
        yield from _text(openapi["path"][1])


def _generated(item: Node) -> Iterator[Node]:
    fields = item.fields or {}
    for key in ("files", "envs"):
        for one in (fields[key][1].items or ()) if key in fields else ():
            # `NAME=FILE`: the file gets another name in the object.
            text = str(one.data)
            name = text.partition("=")[2] if key == "files" and "=" in text else text
            yield Node(one.start, one.end, name)
    if "env" in fields:
        yield from _text(fields["env"][1])


def _text(node: Node) -> Iterator[Node]:
    if isinstance(node.data, str):
        yield node


def _mark(source: SourceText, node: Node) -> Mark:
    return Mark(source.file, node.start[0] + 1, node.start[1] + 1)


def _wrong(
    summary: str, detail: str, hint: str, mark: Mark | None, path: DocPath | None
) -> BesideFileError:
    return BesideFileError(
        Diagnostic(
            slug="addon-kustomization-invalid",
            summary=summary,
            detail=detail,
            hint=hint,
            mark=mark,
            path=path,
        )
    )
