"""The passes ``load``, ``validate`` and ``resolve`` with the real kinds and components."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.compile.load import load, load_submitted
from worldtree.compile.resolve import resolve
from worldtree.compile.validate import validate
from worldtree.errors import DiagnosticBag, InputError

_HEAD = "apiVersion: worldtree.io/v1alpha1\nkind: Cluster\nmetadata: {name: shop}\nspec:\n"


def _text(steps: str, more: str = "") -> str:
    return (
        f"{_HEAD}  hosts: [{{name: web1}}]\n{more}"
        f"  modules: [{{name: m, tasks: [{{name: t, needs: [etcd], steps: {steps}}}]}}]\n"
    )


def test_a_right_document_becomes_a_cluster_with_shorthands_spelled_out(tmp_path: Path) -> None:
    """Components that are known can be needed, active or not."""
    file = tmp_path / "cluster.yaml"
    file.write_text(_text("[command: uptime]"), encoding="utf-8")
    (document,) = load(file)
    bag = DiagnosticBag()
    cluster = resolve(validate(document, bag), document, bag)
    assert bag.items == []
    assert cluster.directory == tmp_path
    assert cluster.modules[0].tasks[0].steps[0].params == {"cmd": "uptime"}


def test_broken_structure_does_not_hide_wrong_step_parameters() -> None:
    """All of it is told at once, with places."""
    text = _text("[{comand: uptime}, {wait: {prot: 1}}]", "  polcy: {}\n")
    (document,) = load_submitted(text, "api")
    with pytest.raises(InputError) as error:
        validate(document, DiagnosticBag())
    found = error.value.diagnostics
    assert {d.mark.file for d in found if d.mark} == {"api"}
    assert all(d.mark for d in found)
    assert any("polcy" in d.summary for d in found)
    assert any("comand" in d.summary for d in found)
    assert any("prot" in d.summary for d in found)


def test_resolving_leaves_errors_in_the_bag_for_later_passes_to_add_to() -> None:
    """It does not raise."""
    (document,) = load_submitted(f"{_HEAD}  hosts: [{{name: a}}, {{name: a}}]\n", "api")
    bag = DiagnosticBag()
    resolve(validate(document, bag), document, bag)
    assert [d.slug for d in bag.items] == ["duplicate-host"]
