"""What compiling does once is done once, however many nodes there are: calls are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bench import documents
from worldtree.ansible.bundle import manifest
from worldtree.ansible.steps.kind import StepKind
from worldtree.app.documents.document_request import DocumentRequest
from worldtree.app.documents.document_service import DocumentService, load_documents
from worldtree.compile.compiler import CompileResult, compile_plan, plan_document
from worldtree.graph import render
from worldtree.spec.models.cluster import ClusterDocument

_NODES = 100


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Counter[str]]:
    """Return a function that counts the calls of functions of a class or module by name."""
    found: Counter[str] = Counter()

    def count(owner: Any, name: str) -> Counter[str]:
        function = getattr(owner, name)

        def counting(*args: Any, **more: Any) -> Any:
            found[name] += 1
            return function(*args, **more)

        monkeypatch.setattr(owner, name, counting)
        return found

    return count


@pytest.fixture
def request_(tmp_path: Path) -> DocumentRequest:
    return DocumentRequest(documents.write(tmp_path, "many", documents.nodes(_NODES)))


def _compiled(request: DocumentRequest) -> CompileResult:
    (document,) = load_documents(request)
    return compile_plan(plan_document(document))


def test_parameters_are_read_for_the_check_the_passes_and_the_play(
    counted: Callable[..., Counter[str]], request_: DocumentRequest
) -> None:
    calls = counted(StepKind, "parse")
    assert len(_compiled(request_).plan.graph.nodes) == _NODES
    assert calls["parse"] == 3 * _NODES


def test_a_document_without_unsafe_texts_is_not_written_out_to_look_for_lost_ones(
    counted: Callable[..., Counter[str]], request_: DocumentRequest
) -> None:
    calls = counted(ClusterDocument, "model_dump")
    _compiled(request_)
    assert calls["model_dump"] == 0


def test_full_names_are_looked_for_only_where_a_collection_has_moved_something(
    counted: Callable[..., Counter[str]], request_: DocumentRequest
) -> None:
    # By its name: the package has a function `emit`, which hides the package of that name.
    calls = counted(import_module("worldtree.ansible.bundle.emit.collections"), "full_names_in")
    _compiled(request_)
    assert calls["full_names_in"] == 0


def test_a_validation_draws_no_picture_and_writes_no_manifest(
    counted: Callable[..., Counter[str]], request_: DocumentRequest
) -> None:
    counted(render, "to_svg")
    calls = counted(manifest, "_pretty")
    planned, found = DocumentService().validate(request_)
    assert (len(planned), found, calls) == (1, [], {})
    # Both are made once somebody wants them.
    assert _compiled(request_).bundle.files["plan.json"].text
    assert calls["to_svg"] == 1
