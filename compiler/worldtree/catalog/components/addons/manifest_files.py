"""Reads manifests beside the document: YAML to objects, each problem with its line and column.

Texts of a file are data: what looks like a template or a reference to a secret is marked so that
nothing replaces it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldtree.core.errors import Diagnostic, DocPath, InputError, Mark
from worldtree.spec.source_text import SourceText, read_source
from worldtree.spec.yaml_composer import Composer
from worldtree.spec.yaml_nodes import Node
from worldtree.spec.yaml_tags import Unsafe, Vault, encode_tags

#: What only the renderer of a chart replaces.
_CHART_ACTION = re.compile(
    r"\{\{-?\s*(?:[.$]|(?:include|template|define|toYaml|tpl|if|range|with|end|else|default)\b)"
)
#: What Ansible or this program would take for more than a text.
_MARKS = re.compile(r"\{\{|\{%|\{#|\$\{")
_HELM_HINT = "render it (`helm template NAME CHART > FILE`), and name the result"


@dataclass(frozen=True)
class FoundObject:
    """An object, and where it was found: in a file, or at a path of the document."""

    data: dict[str, Any]
    mark: Mark | None = None
    path: DocPath | None = None

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Group, kind, namespace and name: two objects with the same are one."""
        metadata = self.data["metadata"]
        group, slash, _ = str(self.data["apiVersion"]).partition("/")
        namespace = str(metadata.get("namespace") or "")
        return group if slash else "", str(self.data["kind"]), namespace, str(metadata["name"])

    @property
    def title(self) -> str:
        """What it is called in messages."""
        _, kind, namespace, name = self.identity
        return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


@dataclass(frozen=True)
class Manifest:
    """The valid objects of a manifest, and what is wrong with the others."""

    objects: tuple[FoundObject, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


def read_manifest(file: Path, path: DocPath) -> Manifest:
    """Return what is in a file; ``path`` is the place in the document that names it."""
    try:
        source = read_source(file)
        roots = Composer(source).documents()
    except InputError as error:
        return Manifest(problems=tuple(_explained(error, file)))
    objects: list[FoundObject] = []
    problems: list[Diagnostic] = []
    for root in roots:
        if root.data is not None:
            _collect(root, source, objects, problems)
    if not objects and not problems:
        problems.append(_nothing(str(file), Mark(source.file, 1, 1), path))
    return Manifest(tuple(objects), tuple(problems))


def check_objects(given: Iterable[Any], path: DocPath) -> Manifest:
    """Return what is in objects that stand in the document, whose texts stay as they are."""
    objects: list[FoundObject] = []
    problems: list[Diagnostic] = []
    for index, one in enumerate(given):
        place = (*path, index)
        why = _problem(one)
        if why:
            problems.append(_invalid(why, None, place))
        else:
            objects.append(FoundObject(one, path=place))
    return Manifest(tuple(objects), tuple(problems))


def _collect(
    root: Node, source: SourceText, objects: list[FoundObject], problems: list[Diagnostic]
) -> None:
    """Add the objects of one document of a file; a list counts as its items."""
    items = root.fields.get("items") if root.fields is not None else None
    if items is not None and items[1].items is not None and _is_list(root.data):
        for item in items[1].items:
            _collect(item, source, objects, problems)
        return
    why = _problem(root.data)
    if why:
        problems.append(_invalid(why, _mark(source, root), None))
        return
    left = _unrendered(root, source)
    if left is not None:
        problems.append(left)
        return
    marked = encode_tags(_as_data(root.data))
    objects.append(FoundObject(marked, mark=_mark(source, root)))


def _is_list(data: Any) -> bool:
    return isinstance(data, dict) and str(data.get("kind", "")).endswith("List")


def _problem(data: Any) -> str:
    """Say why something is no object, or return an empty text."""
    if not isinstance(data, dict):
        return "it is not a mapping"
    for key in ("apiVersion", "kind"):
        if not isinstance(data.get(key), str) or not data[key]:
            return f"it has no `{key}`"
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        return "it has no `metadata`"
    if metadata.get("generateName"):
        return "it has `generateName`: each apply would make another one"
    if not isinstance(metadata.get("name"), str) or not metadata["name"]:
        return "it has no `metadata.name`"
    return ""


def _invalid(why: str, mark: Mark | None, path: DocPath | None) -> Diagnostic:
    return Diagnostic(
        slug="addon-object-invalid",
        summary=f"this is not an object of Kubernetes: {why}",
        detail="An object has `apiVersion`, `kind` and `metadata.name`.",
        hint="correct it, or leave it out",
        mark=mark,
        path=path,
    )


def _nothing(file: str, mark: Mark, path: DocPath) -> Diagnostic:
    return Diagnostic(
        slug="addon-manifest-empty",
        summary=f"{file} has no object",
        detail="It is empty or contains only comments.",
        hint="add objects to it, or remove the source",
        mark=mark,
        path=path,
    )


def _explained(error: InputError, file: Path) -> Iterator[Diagnostic]:
    """Yield what is wrong with a text, which may be a template that nobody has rendered."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for number, line in enumerate(lines, 1):
        found = _CHART_ACTION.search(line)
        if found is not None:
            # The rest follows from it: nothing of a template is sure to be YAML.
            yield _template(Mark(str(file), number, found.start() + 1), line.strip())
            return
    yield from error.diagnostics


def _unrendered(root: Node, source: SourceText) -> Diagnostic | None:
    """Return the first place of an object that only the renderer of a chart would replace."""
    for keys, node in _texts(root, ()):
        names = keys[:1] in (("apiVersion",), ("kind",)) or keys in (
            ("metadata", "name"),
            ("metadata", "namespace"),
        )
        # Contents of files may be templates of a program that runs in the cluster.
        is_content = keys[:1] in (("data",), ("stringData",), ("binaryData",))
        if (names and "{{" in node.data) or (
            not is_content and re.search(r"\{\{-?\s*\.(Values|Release|Chart|Files)\b", node.data)
        ):
            return _template(_mark(source, node), node.data.strip().splitlines()[0])
    return None


def _texts(node: Node, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    if isinstance(node.data, str):
        yield keys, node
    for name, (_, value) in (node.fields or {}).items():
        yield from _texts(value, (*keys, name))
    for item in node.items or ():
        yield from _texts(item, (*keys, ""))


def _template(mark: Mark, text: str) -> Diagnostic:
    return Diagnostic(
        slug="addon-template-not-rendered",
        summary=f"this is a template that nobody has rendered: `{text[:60]}`",
        detail="A manifest is applied as it is: no chart or template is rendered.",
        hint=_HELM_HINT,
        mark=mark,
    )


def _mark(source: SourceText, node: Node) -> Mark:
    (line, column), (end, end_column) = node.start, node.end
    if end != line:
        return Mark(source.file, line + 1, column + 1)
    return Mark(source.file, line + 1, column + 1, end + 1, end_column + 1)


def _as_data(value: Any) -> Any:
    """Return a value of a file whose texts nothing replaces."""
    if isinstance(value, dict):
        return {key: _as_data(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_data(one) for one in value]
    if isinstance(value, str) and not isinstance(value, Vault) and _MARKS.search(value):
        return Unsafe(value)
    return value
