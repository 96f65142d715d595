"""One mistake does not hide another and causes no false diagnostics."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.spec.documents import FULL, document, resolved
from worldtree.core.errors import Severity
from worldtree.spec.checks import check_selectors
from worldtree.spec.cluster import ClusterGroup, ClusterHost
from worldtree.spec.load import load_text
from worldtree.spec.validate import validate


def _slugs(text: str) -> list[str]:
    return sorted(d.slug for d in resolved(text)[1])


def test_a_valid_document_has_no_diagnostics() -> None:
    """No warnings either."""
    assert resolved(FULL)[1] == []


def test_cross_field_problems_are_found_despite_structural_errors() -> None:
    """The rest of the document is checked, with places of the document."""
    found = resolved(
        document(
            "  hosts:\n    - {address: 10.0.0.1}\n    - {name: a, prot: 1}\n    - {name: a}\n"
            "  modules:\n    - {name: m, needs: [mm], tasks: [{name: t, steps: [role: x]}]}\n"
        )
    )[1]
    assert sorted((d.slug, d.mark.line if d.mark else 0) for d in found) == [
        ("dangling-need", 10),
        ("duplicate-host", 8),
        ("missing-key", 6),
        ("unknown-key", 7),
    ]


@pytest.mark.parametrize(
    "hosts", ["{name: 'a b', roles: [web]}", "{nmae: a, roles: [web]}", "{name: b, roles: web}"]
)
def test_problems_that_may_follow_from_an_invalid_host_are_not_reported(hosts: str) -> None:
    """A selector that matches nothing may match once the host is fixed."""
    text = document(
        f"  hosts:\n    - {{name: z}}\n    - {hosts}\n"
        "  modules: [{name: m, tasks: [{name: t, hosts: role=web, steps: [role: x]}]}]\n"
    )
    assert "selector-matches-nothing" not in _slugs(text)


def test_a_misspelt_hosts_key_does_not_make_the_hosts_missing_twice() -> None:
    """One problem, one diagnostic."""
    assert _slugs(document("  hots: [{name: a}]\n")) == ["unknown-key"]


def test_a_need_of_an_invalid_task_is_not_dangling() -> None:
    """The task exists, although it is invalid."""
    text = document(
        "  hosts: [{name: a}]\n  modules:\n    - name: m\n      tasks:\n"
        "        - {name: t, needs: [u], steps: [role: x]}\n        - {name: u, steps: []}\n"
    )
    assert _slugs(text) == ["wrong-value"]


def test_paths_are_checked_if_the_document_has_a_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document from standard input has none."""
    text = document("  hosts: [{name: a}]\n  rolesPath: [./roles, ./more]\n")
    monkeypatch.chdir(tmp_path)
    assert _slugs(text) == []
    (tmp_path / "cluster.yaml").write_text(text)
    assert _slugs(text) == ["path-not-found", "path-not-found"]
    (tmp_path / "roles").mkdir()
    assert _slugs(text) == ["path-not-found"]


def test_a_warning_does_not_stop_resolving() -> None:
    """The cluster is returned with the warning."""
    found, diagnostics = resolved(
        document("  hosts: [{name: a, address: 10.0.0.1}, {name: b, address: 10.0.0.1}]\n")
    )
    assert found is not None
    assert [d.severity for d in diagnostics] == [Severity.WARNING]


def test_selectors_are_checked_after_an_inventory_is_read() -> None:
    """With the same messages as for hosts of the document."""
    text = document(
        "  inventory: ./inventory\n"
        "  modules: [{name: m, tasks: [{name: t, hosts: wbe1, steps: [role: x]}]}]\n"
    )
    (loaded,) = load_text(text)
    model = validate(loaded).model
    found, _ = resolved(text)
    assert model is not None
    assert found is not None
    host = ClusterHost(name="web1", address="10.0.0.1", internal_address="10.0.0.1")
    (diagnostic,) = check_selectors(model, found.model_copy(update={"hosts": (host,)}))
    assert diagnostic.slug == "unknown-host"
    assert diagnostic.hint == "did you mean `web1`?"


def test_a_group_of_the_inventory_without_hosts_is_said_to_be_empty() -> None:
    """It is not a misspelt name."""
    text = document(
        "  inventory: ./inventory\n"
        "  modules: [{name: m, tasks: [{name: t, hosts: role=web, steps: [role: x]}]}]\n"
    )
    (loaded,) = load_text(text)
    model = validate(loaded).model
    found, _ = resolved(text)
    assert model is not None
    assert found is not None
    host = ClusterHost(name="db1", address="10.0.0.1", internal_address="10.0.0.1")
    whole = found.model_copy(update={"hosts": (host,), "groups": {"web": ClusterGroup(name="web")}})
    (diagnostic,) = check_selectors(model, whole)
    assert diagnostic.detail == "The group `web` exists in the inventory but has no hosts."
