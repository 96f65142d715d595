"""Which roles go into a bundle, and how they are called there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unit.ansible.bundles import node, plan
from worldtree.ansible.bundle.lower import RoleCalls, role_calls
from worldtree.ansible.content.roles import RoleIndex
from worldtree.core.errors import DiagnosticBag


def _role(directory: Path, **entries: str) -> None:
    for name, text in {"main": "---\n[]\n", **entries}.items():
        file = directory / "tasks" / f"{name}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def _calls(tmp_path: Path, *nodes: Any) -> tuple[RoleCalls, DiagnosticBag]:
    bag = DiagnosticBag()
    index = RoleIndex([Path("roles")], base=tmp_path, builtin=tmp_path / "builtin")
    return role_calls(plan(nodes), index, bag), bag


def test_a_component_means_the_built_in_role_even_beside_one_of_the_teams(tmp_path: Path) -> None:
    _role(tmp_path / "roles" / "etcd")
    _role(tmp_path / "builtin" / "etcd", precheck="---\n[]\n")
    own, built = node("own", role="etcd"), node("built", role="etcd", component="etcd")
    calls, _bag = _calls(tmp_path, own, built)
    assert (calls.of(own).name, calls.of(own).has_precheck) == ("etcd", False)
    assert (calls.of(built).name, calls.of(built).has_precheck) == ("worldtree_etcd", True)
    assert [role.origin for role in calls.carried.values()] == ["team", "builtin"]


def test_a_built_in_role_alone_keeps_its_bare_name(tmp_path: Path) -> None:
    _role(tmp_path / "builtin" / "etcd")
    built = node("built", role="etcd", component="etcd")
    assert _calls(tmp_path, built)[0].of(built).name == "etcd"


def test_a_teams_precheck_counts_only_when_it_speaks_the_convention(tmp_path: Path) -> None:
    _role(tmp_path / "roles" / "deaf", precheck="- ansible.builtin.debug:\n")
    says = "- name: Say\n  ansible.builtin.set_fact:\n    worldtree_done: true\n"
    _role(tmp_path / "roles" / "speaks", precheck=says, rollback="---\n[]\n")
    deaf, speaks = node("deaf", role="deaf"), node("speaks", role="speaks")
    calls, _bag = _calls(tmp_path, deaf, speaks)
    assert not calls.of(deaf).has_precheck
    assert calls.of(speaks).has_precheck
    assert calls.of(speaks).has_rollback


def test_tags_of_a_role_and_of_those_that_it_brings_in_are_known(tmp_path: Path) -> None:
    tagged = "- name: Say\n  ansible.builtin.debug:\n  tags: [a]\n"
    _role(tmp_path / "roles" / "plain")
    _role(tmp_path / "roles" / "tagged", more=tagged)
    _role(tmp_path / "roles" / "above")
    _role(tmp_path / "roles" / "passing")
    for name, uses in (("above", "[tagged]"), ("passing", "[{role: plain, tags: [a]}]")):
        (tmp_path / "roles" / name / "meta").mkdir()
        meta = tmp_path / "roles" / name / "meta" / "main.yml"
        meta.write_text(f"dependencies: {uses}\n")
    nodes = [node(name, role=name) for name in ("plain", "tagged", "above", "passing")]
    calls, _bag = _calls(tmp_path, *nodes)
    assert [calls.of(one).has_tags for one in nodes] == [False, True, True, True]


def test_dependencies_come_along(tmp_path: Path) -> None:
    _role(tmp_path / "roles" / "app")
    (tmp_path / "roles" / "app" / "meta").mkdir()
    (tmp_path / "roles" / "app" / "meta" / "main.yml").write_text("dependencies: [base]\n")
    _role(tmp_path / "roles" / "base")
    assert list(_calls(tmp_path, node("a", role="app"))[0].carried) == ["app", "base"]


def test_a_role_that_another_names_differently_gets_an_alias(tmp_path: Path) -> None:
    """Ansible finds no role of a bundle by a name that a role uses for its place elsewhere."""
    _role(tmp_path / "roles" / "group" / "node")
    (tmp_path / "roles" / "group" / "node" / "meta").mkdir()
    meta = tmp_path / "roles" / "group" / "node" / "meta" / "main.yml"
    meta.write_text("dependencies: [group/base, beside, ./vendor/extra]\n")
    for place in ("roles/group/base", "roles/group/beside", "vendor/extra"):
        _role(tmp_path / place)
    calls, _bag = _calls(tmp_path, node("a", role="./roles/group/node"))
    assert list(calls.carried) == ["extra", "group/base", "group/beside", "group/node"]
    assert calls.aliases == {"vendor/extra": "extra"}


def test_an_unknown_role_and_two_of_one_name_are_reported(tmp_path: Path) -> None:
    _role(tmp_path / "vendor" / "one" / "app")
    _role(tmp_path / "vendor" / "two" / "app")
    nodes = [
        node(f"n{i}", role=name)
        for i, name in enumerate(["nope", "./vendor/one/app", "./vendor/two/app"])
    ]
    _calls_made, bag = _calls(tmp_path, *nodes)
    assert sorted(item.slug for item in bag.items) == ["role-name-clash", "unknown-role"]
