"""Validates a document's structure; invalid parts do not hide problems elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from worldtree.core.errors import Diagnostic, DocPath
from worldtree.spec.document import Document
from worldtree.spec.drop_invalid import ValidParts
from worldtree.spec.lost_unsafe import HINT, SUMMARY, lost_unsafe
from worldtree.spec.models.cluster import API_VERSION, KIND, ClusterDocument
from worldtree.spec.pydantic_messages import document_path, to_diagnostic

#: Rounds of removing invalid parts; each goes one level up where removing a part is not enough.
_MAX_ROUNDS = 12


@dataclass(frozen=True)
class Validated:
    """The result of validating a document; ``model`` lacks the invalid parts."""

    #: None if no part of the document is valid.
    model: ClusterDocument | None
    diagnostics: tuple[Diagnostic, ...]
    #: None if nothing was removed.
    valid_parts: ValidParts | None = None

    def restore(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Return diagnostics about ``model`` with their paths mapped to the document."""
        if self.valid_parts is None:
            return list(diagnostics)
        return [
            replace(d, path=self.valid_parts.original(d.path)) if d.path else d for d in diagnostics
        ]


def validate(document: Document) -> Validated:
    """Validate ``document``; the diagnostics have paths but no marks yet."""
    if not isinstance(document.data, dict):
        return Validated(None, (_not_a_mapping(),))
    try:
        model = ClusterDocument.model_validate(document.data)
        return Validated(model, tuple(_unsafe_without_effect(document.data, model)))
    except ValidationError as error:
        found = _errors(error)
    diagnostics = tuple(dict.fromkeys(to_diagnostic(item, document) for item in found))
    pruned = ValidParts(document.data)
    for _ in range(_MAX_ROUNDS):
        pruned.remove(_removable(item) for item in found)
        pruned.data = _with_required_keys(pruned.data)
        try:
            return Validated(ClusterDocument.model_validate(pruned.data), diagnostics, pruned)
        except ValidationError as error:
            found = _errors(error)
    return Validated(None, diagnostics)


def _unsafe_without_effect(data: Any, model: ClusterDocument) -> Iterator[Diagnostic]:
    for path, _ in lost_unsafe(data, model.model_dump):
        yield Diagnostic("unsafe-without-effect", SUMMARY, hint=HINT, path=path)


def _errors(error: ValidationError) -> list[Any]:
    """Return the errors, without those of lists that are only empty because items are invalid."""
    return [
        item
        for item in error.errors(include_url=False)
        if item["type"] != "too_short" or not item["input"]
    ]


def _removable(item: Any) -> DocPath:
    path, _ = document_path(tuple(item["loc"]))
    return path[:-1] if item["type"] == "missing" else path


def _with_required_keys(data: Any) -> dict[str, Any]:
    """Return ``data`` with a placeholder for each missing required key."""
    rest = data if isinstance(data, dict) else {}
    metadata = rest.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return {
        "spec": {},
        **rest,
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": "unnamed", **metadata},
    }


def _not_a_mapping() -> Diagnostic:
    return Diagnostic(
        "not-a-document",
        "this is not a cluster document",
        "A document is a mapping that starts with `apiVersion: worldtree.io/v1alpha1`.",
        "create a document with `wt init`",
        path=(),
    )
