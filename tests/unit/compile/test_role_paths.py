"""A role may be called by its directory, as a checked-out one is."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.compile.compiler import CompileResult, compile_plan, plan_document
from worldtree.core.errors import InputError
from worldtree.spec.load import load_file

FILES = {
    "vendor/role-x/tasks/main.yml": "- ansible.builtin.copy: {src: a, dest: /a, mode: '0644'}\n",
    "vendor/role-x/files/a": "1\n",
}


def compiled(root: Path, role: str, more: str = "") -> CompileResult:
    document = root / "site" / "cluster.yaml"
    document.parent.mkdir(exist_ok=True)
    document.write_text(
        "{apiVersion: worldtree.io/v1alpha1, kind: Cluster, metadata: {name: shop}, spec: {"
        f"hosts: [{{name: w1, address: 10.0.0.1}}], {more}"
        f"modules: [{{name: m, tasks: [{{name: t, steps: [{{role: {role}}}]}}]}}]}}}}"
    )
    return compile_plan(plan_document(load_file(document)[0]))


@pytest.mark.parametrize("inside", [True, False])
def test_a_role_named_by_its_directory_is_carried_under_its_last_name(
    tmp_path: Path, inside: bool
) -> None:
    """The path is relative to the document's directory, not to the current one."""
    write_tree(tmp_path / "site" if inside else tmp_path, FILES)
    found = compiled(tmp_path, "./vendor/role-x/" if inside else "../vendor/role-x")
    assert "create-cluster/m/t/role-x" in found.plan.graph.nodes
    assert "roles/role-x/files/a" in found.bundle.files
    play = found.bundle.files["plays/create-cluster.m.t.role-x.yml"].content
    assert "role: role-x\n" in str(play)


def test_a_nested_role_is_called_by_its_name_below_roles_path(tmp_path: Path) -> None:
    """As Ansible finds `kubernetes/node` in a directory of roles."""
    write_tree(tmp_path / "site", {"roles/kubernetes/node/tasks/main.yml": "- ping:\n"})
    found = compiled(tmp_path, "kubernetes/node, name: node", "rolesPath: [roles], ")
    assert "roles/kubernetes/node/tasks/main.yml" in found.bundle.files
    play = found.bundle.files["plays/create-cluster.m.t.node.yml"].content
    assert "role: kubernetes/node\n" in str(play)


def test_a_directory_without_a_role_is_reported(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        compiled(tmp_path, "./vendor/role-x")
    assert {d.slug for d in caught.value.diagnostics} == {"unknown-role"}
    assert "relative to the document's directory" in caught.value.diagnostics[0].hint


def test_a_component_is_built_of_its_own_role_beside_a_teams_of_that_name(tmp_path: Path) -> None:
    """Each is checked, and goes into the bundle, as the role that it is."""
    main = "- ansible.builtin.command: {cmd: date}\n"
    spec = "argument_specs: {main: {options: {etcd_mine: {type: str, required: true}}}}\n"
    team = {"roles/etcd/tasks/main.yml": main, "roles/etcd/meta/argument_specs.yml": spec}
    write_tree(tmp_path, team)
    document = tmp_path / "cluster.yaml"
    document.write_text(
        "{apiVersion: worldtree.io/v1alpha1, kind: Cluster, metadata: {name: shop}, spec: {"
        "rolesPath: [./roles], hosts: [{name: e1, address: 10.0.0.1, roles: [etcd]}], "
        "components: {etcd: {}}, "
        "modules: [{name: m, tasks: [{name: t, steps: [{role: etcd, vars: {etcd_mine: a}}]}]}]}}"
    )
    found = compile_plan(plan_document(load_file(document)[0]))
    nodes = found.plan.graph.nodes
    own = [node for node in nodes.values() if node.component == "etcd" and node.role == "etcd"]
    assert {node.entry for node in own} > {"install"}
    assert any(node.vars for node in own)
    assert {node.reversibility for node in own} > {"compensable"}
    assert nodes["create-cluster/m/t/etcd"].reversibility == "irreversible"
    assert {"roles/etcd/tasks/main.yml", "roles/worldtree_etcd/tasks/install.yml"} <= set(
        found.bundle.files
    )


def warned(
    root: Path,
    step: str,
    more: str = "rolesPath: [roles], ",
    slugs: tuple[str, ...] = ("not-a-team-role",),
) -> list[str]:
    """The places of the warnings that a role is not one of the team."""
    document = root / "cluster.yaml"
    document.write_text(
        "{apiVersion: worldtree.io/v1alpha1, kind: Cluster, metadata: {name: shop}, spec: {"
        f"hosts: [{{name: w1, address: 10.0.0.1}}], {more}"
        f"modules: [{{name: m, tasks: [{{name: t, steps: [\n{step}]}}]}}]}}}}"
    )
    found = plan_document(load_file(document)[0]).diagnostics
    marks = [one.mark for one in found if one.slug in slugs]
    return [f"{Path(mark.file).name}:{mark.line}:{mark.column}" for mark in marks if mark]


def test_a_missing_role_of_the_team_is_not_silently_one_that_ships(tmp_path: Path) -> None:
    """Each place that names it: a step, the roles and tasks of a play, a role of the team."""
    write_tree(
        tmp_path,
        {
            "roles/web/tasks/main.yml": "- debug: msg=x\n- include_role: {name: nginx}\n",
            "roles/db/meta/main.yml": "dependencies:\n  - role: os\n",
            "roles/pki/tasks/main.yml": "- debug: msg=x\n",
        },
    )
    assert warned(tmp_path, "{role: nginx}") == ["cluster.yaml:2:8"]
    assert warned(tmp_path, "{name: p, roles: [web, os]}") == ["cluster.yaml:2:24", "main.yml:2:24"]
    assert warned(tmp_path, "{role: db}") == ["main.yml:2:11"]
    include = "{name: p, tasks: [{include_role: {name: os}}]}"
    assert warned(tmp_path, include) == ["cluster.yaml:2:18"]
    # The team's own role, and a document that has none.
    assert warned(tmp_path, "{role: pki}") == []
    assert warned(tmp_path, "{role: nginx}", more="") == []


def test_a_role_that_ships_is_meant_where_the_document_says_so(tmp_path: Path) -> None:
    """In steps and in roles of the team; a name of no such role is reported at its place."""
    write_tree(
        tmp_path,
        {
            "roles/web/tasks/main.yml": "- debug: msg=x\n- include_role: {name: nginx}\n",
            "roles/pki/tasks/main.yml": "- debug: msg=x\n",
        },
    )
    step = "{name: p, roles: [web, os]}"
    every = ("not-a-team-role", "not-a-shipped-role")
    more = "rolesPath: [roles], ansible: {shippedRoles: [nginx]}, "
    assert warned(tmp_path, step, more, every) == ["cluster.yaml:2:24"]
    more = "rolesPath: [roles], ansible: {shippedRoles: [nginx, os]}, "
    assert warned(tmp_path, step, more, every) == []
    more = "rolesPath: [roles], ansible: {shippedRoles: [\nnginx, os, pki]}, "
    assert warned(tmp_path, step, more, every) == ["cluster.yaml:2:12"]
    with pytest.raises(InputError) as caught:
        warned(tmp_path, step, "rolesPath: [roles], ansible: {shippedRoles: [\nngin]}, ")
    (wrong,) = (one for one in caught.value.diagnostics if one.is_error)
    assert (wrong.slug, str(wrong.mark)[-16:]) == ("unknown-role", "cluster.yaml:2:1")
    assert "`nginx`" in wrong.hint
