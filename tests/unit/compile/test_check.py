"""Passes ``roles`` and ``reversibility``: role steps against roles and inventory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from unit.ansible.content.roles.trees import MAIN, write_tree
from unit.compile.build import state
from worldtree.ansible.content.inventory.variables import InventoryVariables
from worldtree.ansible.content.roles import RoleIndex
from worldtree.compile.passes.reversibility import reversibility as pass_reversibility
from worldtree.compile.passes.roles import roles as pass_roles
from worldtree.compile.role_checks.unused_variables import check_unused_variables
from worldtree.core.errors import Diagnostic, DiagnosticBag, Severity
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import PlanHost
from worldtree.plan.specs import ModuleSpec

SOURCE = ("spec", "modules", 0, "tasks", 0, "steps", 0)

SPECS = """
argument_specs:
  main:
    options:
      shop_port: {type: int, required: true}
      shop_users: {type: list, elements: dict, options: {name: {required: true}}}
  join:
    options: {shop_peer: {}}
"""

ROLES = {
    "shop/tasks/main.yml": MAIN,
    "shop/tasks/join.yml": MAIN,
    "shop/tasks/rollback.yml": MAIN,
    "shop/tasks/verify.yml": MAIN,
    "shop/meta/argument_specs.yml": SPECS,
    "shop/defaults/main.yml": "shop_user: www\n",
    "plain/tasks/main.yml": "- ansible.builtin.debug: {var: plain_extra}\n",
    "plain/defaults/main.yml": "plain_port: 80\nplain_user: www\n",
}


@pytest.fixture
def roles(tmp_path: Path) -> RoleIndex:
    write_tree(tmp_path, {f"roles/{name}": text for name, text in ROLES.items()})
    return RoleIndex([Path("roles")], base=tmp_path, builtin=tmp_path / "builtin")


def graph(*steps: Mapping[str, Any]) -> ExecutionGraph:
    nodes = {}
    for index, step in enumerate(steps):
        data = {"kind": "role", "hosts": ("w1", "w2"), "source": SOURCE, **step}
        node = Node.model_validate({"id": f"p/m/t/s{index}", **data})
        nodes[node.id] = node
    return ExecutionGraph(pipeline="p", nodes=nodes)


def hosts(**variables: Mapping[str, Any]) -> tuple[PlanHost, ...]:
    names = ("w1", "w2")
    return tuple(PlanHost(name=n, address=n, vars=dict(variables.get(n, {}))) for n in names)


Run = Callable[..., list[Diagnostic]]


@pytest.fixture
def run(roles: RoleIndex) -> Run:
    def checked(
        *steps: Mapping[str, Any],
        host_vars: Mapping[str, Mapping[str, Any]] | None = None,
        **more: Any,
    ) -> list[Diagnostic]:
        groups = {"web": ("w1", "w2"), "first": ("w1",)}
        variables = InventoryVariables.of(hosts(**(host_vars or {})), groups, **more)
        start = state(graph=graph(*steps), roles=roles)
        bag = DiagnosticBag()
        pass_roles(replace(start, inventory=replace(start.inventory, variables=variables)), bag)
        return bag.items

    return checked


def with_reversibility(graph: ExecutionGraph, roles: RoleIndex) -> ExecutionGraph:
    return pass_reversibility(state(graph=graph, roles=roles), DiagnosticBag()).graph


def brief(found: list[Diagnostic]) -> list[tuple[str, bool]]:
    return [(d.slug, d.is_error) for d in found]


def test_a_valid_step_has_no_diagnostics(run: Run) -> None:
    assert run({"role": "shop", "vars": {"shop_port": 8080, "shop_user": "eve"}}) == []


def test_an_unknown_role_stands_at_the_steps_role(run: Run) -> None:
    (unknown,) = run({"role": "shp"})
    assert (unknown.slug, unknown.path) == ("unknown-role", (*SOURCE, "role"))
    assert unknown.hint == "did you mean `shop`?"


def test_an_unknown_entry_names_the_nearest(run: Run) -> None:
    (unknown,) = run({"role": "shop", "entry": "jion"})
    assert (unknown.slug, unknown.path) == ("unknown-role-entry", (*SOURCE, "entry"))
    assert unknown.hint == "did you mean `join`?"


def test_variables_are_checked_both_ways_and_inside(run: Run) -> None:
    found = run({"role": "shop", "vars": {"shop_usr": "x", "shop_users": [{"nme": "eve"}]}})
    assert brief(found) == [
        ("unknown-role-variable", True),
        ("unknown-role-variable", True),
        ("missing-role-variable", True),
        ("missing-role-variable", True),
    ]
    assert found[0].path == (*SOURCE, "vars", "shop_usr")
    assert found[1].path == (*SOURCE, "vars", "shop_users", 0, "nme")
    assert found[3].path == SOURCE


def test_a_variable_that_another_one_or_a_condition_names_is_no_unknown_one(run: Run) -> None:
    variables = {"shop_port": "{{ base + 1 }}", "base": "{{ start }}", "start": 80, "wanted": True}
    assert run({"role": "shop", "vars": variables, "when": "wanted | bool"}) == []


def test_names_of_ansible_and_worldtree_are_no_unknown_variables(run: Run) -> None:
    more = {"ansible_python_interpreter": "/x", "worldtree_state_dir": "/y"}
    assert run({"role": "shop", "vars": {"shop_port": 1, **more}}) == []


@pytest.mark.parametrize(
    "more",
    [
        {"cluster_vars": {"shop_port": 1}},
        {"group_vars": {"web": {"shop_port": 1}}},
        {"host_vars": {"w1": {"shop_port": 1}, "w2": {"shop_port": 2}}},
        {"host_vars": {"w2": {"shop_port": 1}}, "group_vars": {"first": {"shop_port": 1}}},
        {"group_vars": {"outer": {"shop_port": 1}}, "children": {"outer": ("web",)}},
    ],
)
def test_the_inventory_can_satisfy_a_required_variable(run: Run, more: dict[str, Any]) -> None:
    assert run({"role": "shop"}, **more) == []


def test_a_required_variable_that_only_some_hosts_have_names_the_others(run: Run) -> None:
    (missing,) = run({"role": "shop"}, group_vars={"first": {"shop_port": 1}})
    assert missing.slug == "missing-role-variable"
    assert "not w2" in missing.detail


def test_a_required_variable_may_be_a_fact_that_another_role_sets(
    run: Run, roles: RoleIndex
) -> None:
    write_tree(roles.base, {"roles/first/tasks/main.yml": "- set_fact: {shop_port: 1}"})
    found = run({"role": "first"}, {"role": "shop"})
    assert "missing-role-variable" not in {d.slug for d in found}


def test_wrong_values_of_the_inventory_are_reported_at_their_place(run: Run) -> None:
    (wrong,) = run({"role": "shop"}, cluster_vars={"shop_port": "eighty"})
    assert (wrong.slug, wrong.path) == (
        "wrong-role-variable-type",
        ("spec", "vars", "shop_port"),
    )
    assert wrong.summary.endswith("(from the cluster)")


def test_what_the_step_overrides_in_the_inventory_does_not_matter(run: Run) -> None:
    step = {"role": "shop", "vars": {"shop_port": 1}}
    assert run(step, cluster_vars={"shop_port": "eighty"}) == []


def test_a_problem_of_many_hosts_and_steps_is_reported_once(run: Run) -> None:
    found = run({"role": "shop"}, {"role": "shop"}, group_vars={"web": {"shop_port": "x"}})
    assert brief(found) == [("wrong-role-variable-type", True)]


def test_an_entry_without_a_specification_of_its_own_is_checked_softly(
    run: Run, roles: RoleIndex
) -> None:
    write_tree(roles.base, {"roles/shop/tasks/extra.yml": MAIN})
    found = run({"role": "shop", "entry": "extra", "vars": {"shop_peer": 1, "other": 1}})
    assert [(d.slug, d.severity) for d in found] == [("unknown-role-variable", Severity.WARNING)]


def test_variables_of_a_dependency_may_be_passed_through(run: Run, roles: RoleIndex) -> None:
    write_tree(roles.base, {"roles/shop/meta/main.yml": "dependencies: [plain]"})
    assert run({"role": "shop", "vars": {"shop_port": 1, "plain_port": 81}}) == []


def test_a_role_without_specifications_is_accepted(run: Run) -> None:
    """`wt roles check` says that it has none; a document is as good with it."""
    step = {"role": "plain", "vars": {"plain_user": "eve", "something": 1}}
    assert run(step, step) == []


def test_a_near_miss_of_a_default_is_warned_about(run: Run) -> None:
    found = run({"role": "plain", "vars": {"plain_prot": 81}})
    assert brief(found) == [("mistyped-role-variable", False)]
    assert found[0].hint == "did you mean `plain_port`?"


def test_a_near_miss_that_the_role_reads_was_meant(run: Run, roles: RoleIndex) -> None:
    write_tree(roles.base, {"roles/plain/defaults/main.yml": "plain_extri: 1\n"})
    assert len(run({"role": "plain", "vars": {"plain_extra": 81}})) == 0


@pytest.mark.parametrize(
    ("name", "is_error"), [("hostvars", True), ("ansible_facts", True), ("serial", False)]
)
def test_reserved_names_are_reported(run: Run, name: str, is_error: bool) -> None:
    found = run({"kind": "command", "role": None, "component": "etcd", "vars": {name: 1}})
    assert brief(found) == [("reserved-variable", is_error)]


def test_a_variable_that_outputs_of_steps_hide_is_reported(run: Run, roles: RoleIndex) -> None:
    """Only for a step that reads some, once for each that sets the variable."""
    write_tree(roles.base, {"roles/plain/defaults/main.yml": "outputs: {}\n"})
    reads = [{"written": "a", "node": "p/m/t/a", "names": ("x",)}]
    values: dict[str, Any] = {
        "host_vars": {"w1": {"outputs": 1}},
        "group_vars": {"web": {"outputs": 2}, "first": {"other": 3}},
        "cluster_vars": {"outputs": 3},
    }
    assert run({"role": "plain"}, **values) == []
    found = run({"role": "plain", "reads": reads}, **values)
    assert {d.slug for d in found} == {"hidden-outputs-variable"}
    assert [(d.summary.split(" clashes")[0], d.path) for d in found] == [
        ("`outputs` of the cluster", ("spec", "vars", "outputs")),
        ("`outputs` of group `web`", ("spec", "groups", "web", "vars", "outputs")),
        ("`outputs` of host `w1`", SOURCE),
        ("`outputs` of role `plain`", SOURCE),
    ]


@pytest.mark.parametrize("place", [".github/workflows/ci.yml", "molecule/x.yml", "tests/a.yml"])
def test_a_missing_collection_is_reported_where_a_play_reads_its_name(
    run: Run, roles: RoleIndex, place: str
) -> None:
    """Files of CI and tests come first by name; alone they say nothing of plays."""
    tree = {
        f"roles/plain/{place}": "install: acme.net\nrun: acme.net.open acme.tools.x\n",
        "roles/plain/tasks/main.yml": "- acme.net.open: {}\n",
    }
    write_tree(roles.base, tree)
    (found,) = run({"role": "plain"})
    assert found.slug == "missing-collection"
    assert str(found.mark).endswith("roles/plain/tasks/main.yml:1:3")


def test_missing_dependencies_of_a_role_are_reported_once(run: Run, roles: RoleIndex) -> None:
    write_tree(
        roles.base,
        {
            "roles/plain/meta/main.yml": "dependencies: [gone]",
            "roles/plain/tasks/main.yml": "- acme.net.open: {}\n- include_role: {name: late}",
            "roles/plain/vars/main.yml": "[",
        },
    )
    found = run({"role": "plain"}, {"role": "plain"})
    assert brief(found) == [
        ("unreadable-role-file", True),
        ("missing-role-dependency", True),
        ("missing-role-dependency", False),
        ("missing-collection", False),
    ]


def test_two_roles_of_one_name_clash(run: Run, roles: RoleIndex) -> None:
    write_tree(roles.base, {"vendor/plain/tasks/main.yml": MAIN})
    found = run({"role": "plain"}, {"role": "./vendor/plain"})
    assert "role-name-clash" in {d.slug for d in found}


def module(roles: RoleIndex, *steps: Mapping[str, Any], **variables: Any) -> list[Diagnostic]:
    data = [{"name": f"s{i}", "kind": "role", **step} for i, step in enumerate(steps)]
    tasks = ({"name": "t", "steps": data},)
    spec = {"name": "m", "tasks": tasks, "vars": variables, "source": SOURCE[:3]}
    return list(check_unused_variables([ModuleSpec.model_validate(spec)], roles))


def test_a_modules_variable_that_no_step_takes_is_reported(roles: RoleIndex) -> None:
    (unused,) = module(roles, {"role": "shop"}, shop_prot=1, shop_users="{{ all }}", all=[])
    assert (unused.slug, unused.is_error) == ("unused-module-variable", False)
    assert unused.path == (*SOURCE[:3], "vars", "shop_prot")
    assert unused.hint == "did you mean `shop_port`?"


def test_any_step_may_take_a_modules_variable(roles: RoleIndex) -> None:
    join = {"role": "shop", "entry": "join", "when": "late"}
    copy = {"kind": "copy", "params": {"content": "{{ text }}"}}
    assert module(roles, {"role": "shop"}, join, copy, shop_peer=1, late=1, text=1) == []
    assert module(roles, {"role": "shop"}, {"role": "plain"}, anything=1) == []


@pytest.mark.parametrize(
    ("role", "entry", "reversibility"),
    [
        ("shop", "main", "compensable"),
        ("shop", "verify", "read-only"),
        ("plain", "main", "irreversible"),
    ],
)
def test_reversibility_comes_from_the_roles_entries(
    roles: RoleIndex, role: str, entry: str, reversibility: str
) -> None:
    result = with_reversibility(graph({"role": role, "entry": entry}), roles)
    assert result.nodes["p/m/t/s0"].reversibility == reversibility


def test_reversibility_of_a_built_in_step_comes_from_its_kind(roles: RoleIndex) -> None:
    given = graph({"kind": "copy", "params": {"content": "x", "dest": "/tmp/x"}})
    assert with_reversibility(given, roles).nodes["p/m/t/s0"].reversibility == "reversible"


BARE = "- ansible.builtin.command: {cmd: date}\n"


@pytest.mark.parametrize(
    ("files", "entry", "wanted"),
    [
        ({"tasks/main.yml": MAIN}, "main", True),
        ({"tasks/main.yml": BARE}, "main", False),
        # Of the files, only those that the entry comes to.
        ({"tasks/main.yml": MAIN, "tasks/join.yml": BARE}, "main", True),
        ({"tasks/main.yml": MAIN, "tasks/join.yml": BARE}, "join", False),
        (
            {
                "tasks/main.yml": "- ansible.builtin.import_tasks: a/one.yml\n",
                "tasks/a/one.yml": "- ansible.builtin.include_tasks: {file: two.yml}\n",
                "tasks/a/two.yml": BARE,
            },
            "main",
            False,
        ),
        # A name that is a template may be any of them, but for those with a meaning of their own.
        (
            {
                "tasks/main.yml": "- ansible.builtin.include_tasks: '{{ os }}.yml'\n",
                "tasks/debian.yml": BARE,
            },
            "main",
            False,
        ),
        (
            {
                "tasks/main.yml": "- ansible.builtin.include_tasks: '{{ os }}.yml'\n",
                "tasks/verify.yml": BARE,
            },
            "main",
            True,
        ),
        # What it brings in, at the entry at which it does.
        ({"tasks/main.yml": MAIN, "meta/main.yml": "dependencies: [bare]\n"}, "main", False),
        (
            {"tasks/main.yml": "- ansible.builtin.import_role: {name: bare, tasks_from: good}\n"},
            "main",
            True,
        ),
        ({"tasks/main.yml": "- ansible.builtin.include_role: {name: bare}\n"}, "main", False),
        ({"tasks/main.yml": MAIN, "tasks/verify.yml": BARE}, "verify", True),
    ],
)
def test_a_teams_role_is_repeatable_unless_a_task_has_its_effect_each_time(
    tmp_path: Path, files: Mapping[str, str], entry: str, wanted: bool
) -> None:
    written = {f"roles/mine/{name}": text for name, text in files.items()}
    write_tree(
        tmp_path,
        {
            **written,
            "roles/bare/tasks/main.yml": BARE,
            "roles/bare/tasks/good.yml": MAIN,
            "builtin/shipped/tasks/main.yml": BARE,
        },
    )
    index = RoleIndex([Path("roles")], base=tmp_path, builtin=tmp_path / "builtin")
    nodes = [
        Node(id="p/m/t/mine", kind="role", role="mine", entry=entry, hosts=("w1",)),
        Node(id="p/m/t/shipped", kind="role", role="shipped", hosts=("w1",)),
    ]
    graph = ExecutionGraph(pipeline="p", nodes={node.id: node for node in nodes})
    result = with_reversibility(graph, index).nodes
    assert result["p/m/t/mine"].repeatable is wanted
    assert result["p/m/t/shipped"].repeatable


def test_a_near_miss_that_begins_a_known_name_is_warned_about(run: Run) -> None:
    """Files of the role have it only as a part of that name."""
    found = run({"role": "plain", "vars": {"plain_por": 81}})
    assert found[0].hint == "did you mean `plain_port`?"
