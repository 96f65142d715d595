"""Templated role names bring in every role that they can mean, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import MAIN, write_tree
from worldtree.ansible.content.roles import Closure, RoleIndex
from worldtree.ansible.content.roles.missing import missing_role, unmatched_names
from worldtree.ansible.content.roles.review import check_role


def _closure(root: Path, task: str) -> tuple[Closure, RoleIndex]:
    """Return the closure of a role with one task, beside others whose names are like those."""
    others = ("app_web", "app_db", "group/app_web", "lib", "caller", "main_app")
    write_tree(root, {f"roles/{name}/tasks/main.yml": MAIN for name in others})
    write_tree(root, {"roles/caller/tasks/main.yml": task})
    write_tree(root, {"roles/main_app/meta/main.yml": "dependencies: [gone]"})
    index = RoleIndex([Path("roles")], base=root, builtin=root / "none")
    return index.closure(["caller"]), index


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("include_role: {name: 'app_{{ kind }}'}", {"app_web", "app_db"}),
        ("include_role: {name: '{{ a }}pp_{{ b }}'}", {"app_web", "app_db", "group/app_web"}),
        ("include_role: {name: 'group/{{ x }}'}", {"group/app_web"}),
        ("include_role: {name: '{{ role_path }}/../lib'}", {"lib"}),
        ("include_role: {name: '{{ playbook_dir }}/roles/lib'}", {"lib"}),
        ("{include_role: {name: 'app_{{ item }}'}, loop: [web]}", {"app_web"}),
        ("{include_role: {name: '{{ item }}'}, with_items: [lib, app_db]}", {"lib", "app_db"}),
        (
            "{include_role: {name: '{{ one.role }}'}, loop: [{role: lib}],"
            " loop_control: {loop_var: one}}",
            {"lib"},
        ),
        ("{include_role: {name: 'app_{{ item }}'}, loop: '{{ kinds }}'}", {"app_web", "app_db"}),
        ('include_role: {name: "{% if a %}lib{% endif %}"}', None),
    ],
)
def test_a_templated_name_brings_what_it_can_mean(
    tmp_path: Path, task: str, expected: set[str] | None
) -> None:
    closure, index = _closure(tmp_path, f"- {task}")
    names = {role.name for role in closure.roles} - {"caller"}
    assert names == (set(index.names()) - {"caller"} if expected is None else expected)


def test_what_only_a_pattern_brings_in_cannot_make_the_document_invalid(tmp_path: Path) -> None:
    closure, index = _closure(tmp_path, "- include_role: {name: '{{ any }}'}")
    (missing,) = closure.missing
    assert (missing.by.name, missing.certain) == ("main_app", False)
    assert not missing_role(missing, index).is_error
    assert str(tmp_path / "roles/main_app") in closure.possible


def test_a_pattern_that_no_role_matches_is_reported_at_its_place(tmp_path: Path) -> None:
    closure, index = _closure(tmp_path, "- debug:\n- include_role: {name: 'db_{{ kind }}'}")
    ((_, finding),) = unmatched_names(closure, index)
    assert (finding.slug, finding.is_error) == ("no-role-matches", False)
    caller = index.find("caller")
    assert caller is not None
    found = next(one for one in check_role(index, caller) if one.slug == "no-role-matches")
    assert str(found.mark).endswith("caller/tasks/main.yml:2:25")


def test_a_name_of_a_loop_that_no_role_has_is_reported(tmp_path: Path) -> None:
    closure, _ = _closure(tmp_path, "- {include_role: {name: 'app_{{ item }}'}, loop: [web, x]}")
    assert [one.use.name for one in closure.missing] == ["app_x"]


def test_a_collections_role_means_its_own_and_those_of_the_path(tmp_path: Path) -> None:
    tasks = {
        "run": "- include_role: {name: 'x_{{ k }}'}",
        "z": "- include_role: {name: 'a.b.{{ k }}'}",
        "x_in": MAIN,
        "y": MAIN,
    }
    place = tmp_path / "c/ansible_collections/a/b/roles"
    write_tree(place, {f"{name}/tasks/main.yml": text for name, text in tasks.items()})
    write_tree(tmp_path, {"roles/x_team/tasks/main.yml": MAIN})
    index = RoleIndex([Path("roles")], [Path("c")], base=tmp_path, builtin=tmp_path / "none")
    assert {r.name for r in index.closure(["a.b.run"]).roles} == {"a.b.run", "a.b.x_in", "x_team"}
    assert {r.name for r in index.closure(["a.b.z"]).roles} == {
        f"a.b.{name}" for name in ("run", "x_in", "y", "z")
    } | {"x_team"}
