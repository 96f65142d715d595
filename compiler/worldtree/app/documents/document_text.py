"""Reads the document that a service is given: one cluster, as YAML or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from worldtree.ansible import steps as step_kinds
from worldtree.ansible.model.yaml_writer import dump
from worldtree.app.documents.document_policy import DocumentPolicy, check_document
from worldtree.catalog.component_registry import components
from worldtree.core.errors import Diagnostic, DiagnosticBag, InputError, Mark, RefusedError
from worldtree.spec.analysis import resolve_checked, validate_checked
from worldtree.spec.document import Document
from worldtree.spec.load import load_bytes, load_text

#: What diagnostics call the text.
DOCUMENT_NAME = "cluster.yaml"
#: Levels of a JSON merge patch; documents have about ten.
_MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document without errors of its own: names, types and references within it are right."""

    cluster: str
    text: str
    warnings: tuple[Diagnostic, ...] = ()


def read_document(
    body: bytes, *, is_json: bool, policy: DocumentPolicy | None = None
) -> CheckedDocument:
    """Return the only document of a text that may be anybody's.

    Nothing but the text is read, so that roles, files and plans are not checked. Raises
    ``InputError`` with everything that is wrong or, with ``policy``, not allowed, and
    ``RefusedError`` for several documents.
    """
    try:
        return _read(body, is_json, policy)
    except RecursionError:
        raise InputError([_json_problem("the text is nested too deeply")]) from None


def _read(body: bytes, is_json: bool, policy: DocumentPolicy | None) -> CheckedDocument:
    documents = _load(body, is_json)
    if len(documents) > 1:
        raise RefusedError(
            f"the text contains {len(documents)} documents",
            code="document-not-single",
            hint="send one document at a time",
        )
    document, bag = documents[0], DiagnosticBag()
    known = components()
    validated = validate_checked(document, bag, components=known)
    model = validated.model
    if model is not None and not bag.has_errors:
        resolve_checked(model, document, bag, components=known, normalise=step_kinds.normalise)
    bag.raise_if_errors()
    if policy is not None:
        DiagnosticBag(check_document(document, policy)).raise_if_errors()
    assert model is not None, "a document without a valid part has errors"
    return CheckedDocument(model.metadata.name, document.text, tuple(bag.items))


def patch_document(
    text: str, patch: bytes, policy: DocumentPolicy | None = None
) -> CheckedDocument:
    """Return a stored document with a JSON merge patch (RFC 7396) applied, written as YAML.

    Comments are lost. Raises as ``read_document``, with places in the new text.
    """
    changes = _read_json(patch)
    _refuse_deep(changes)
    merged = _merged(load_text(text, DOCUMENT_NAME)[0].data, changes)
    if not isinstance(merged, dict):
        raise InputError([_json_problem("a merge patch of a document is a mapping")])
    try:
        written = dump(merged)
    except TypeError as problem:
        raise InputError(
            [_json_problem(f"the patch cannot be written as YAML: {problem}")]
        ) from None
    return read_document(written.encode(), is_json=False, policy=policy)


def _load(body: bytes, is_json: bool) -> list[Document]:
    if not is_json:
        return load_bytes(body, DOCUMENT_NAME)
    data = _read_json(body)
    if b"\t" in body or b"\\u" in body:
        # YAML has no tabs between values, and reads halves of a surrogate pair one by one.
        return load_text(json.dumps(data, indent=2, ensure_ascii=False), DOCUMENT_NAME)
    return load_bytes(body, DOCUMENT_NAME)


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant)
    except json.JSONDecodeError as problem:
        mark = Mark(DOCUMENT_NAME, problem.lineno, problem.colno)
        found = _json_problem(f"the text is not valid JSON: {problem.msg}", mark)
    except UnicodeDecodeError:
        found = _json_problem("the text is not UTF-8")
    except (ValueError, RecursionError) as problem:
        is_deep = isinstance(problem, RecursionError)
        found = _json_problem("the text is nested too deeply" if is_deep else str(problem))
    raise InputError([found])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"`{name}` is not a value of JSON")


def _refuse_deep(data: Any) -> None:
    level = [data]
    for _ in range(_MAX_DEPTH):
        level = [item for one in level for item in _children(one)]
        if not level:
            return
    raise InputError([_json_problem("the text is nested too deeply")])


def _children(data: Any) -> Iterable[Any]:
    if isinstance(data, dict):
        return data.values()
    return data if isinstance(data, list) else ()


def _merged(target: Any, patch: Any) -> Any:
    """Return ``target`` with the merge patch; null removes a key, a list replaces a list."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _merged(found.get(key), value)
    return found


def _json_problem(summary: str, mark: Mark | None = None) -> Diagnostic:
    return Diagnostic("invalid-json", summary, hint="send valid JSON as UTF-8", mark=mark)
