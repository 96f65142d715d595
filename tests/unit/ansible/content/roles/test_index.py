"""Roles are found by the names that Ansible would find them by."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import MAIN, write_tree
from worldtree.ansible.content.roles import RoleIndex
from worldtree.ansible.content.roles.role_directories import role_paths_below

GALAXY = "version: 1.2.3\ndependencies: {acme.net: '*'}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_tree(
        tmp_path,
        {
            "builtin/nginx/tasks/main.yml": MAIN,
            "builtin/etcd/tasks/main.yml": MAIN,
            "roles/nginx/tasks/main.yml": MAIN,
            "roles/acme.shop/tasks/main.yml": MAIN,
            "roles/group/inner/tasks/main.yml": MAIN,
            "roles/notes/README.md": "no role",
            "vendor/app/meta/main.yml": "dependencies: [neighbour]",
            "vendor/neighbour/tasks/main.yml": MAIN,
            "collections/ansible_collections/acme/tools/roles/web/tasks/main.yml": """
                - include_role: {name: base}
                - acme.net.open: {}
                """,
            "collections/ansible_collections/acme/tools/roles/base/tasks/main.yml": MAIN,
            "collections/ansible_collections/acme/tools/galaxy.yml": GALAXY,
        },
    )


@pytest.fixture
def index(project: Path) -> RoleIndex:
    return RoleIndex(
        [Path("roles")], [Path("collections")], base=project, builtin=project / "builtin"
    )


@pytest.mark.parametrize(
    ("name", "place", "origin"),
    [
        ("nginx", "roles/nginx", "team"),
        ("etcd", "builtin/etcd", "builtin"),
        ("acme.shop", "roles/acme.shop", "team"),
        ("group/inner", "roles/group/inner", "team"),
        ("./vendor/app", "vendor/app", "team"),
        ("acme.tools.web", "collections/ansible_collections/acme/tools/roles/web", "collection"),
    ],
)
def test_a_role_is_found(
    index: RoleIndex, project: Path, name: str, place: str, origin: str
) -> None:
    role = index.find(name)
    assert role is not None
    assert (role.path, role.origin) == (project / place, origin)


@pytest.mark.parametrize(
    "name", ["notes", "nope", "./nope", "acme.tools.nope", "../builtin/etcd/..", "a.b.c", ""]
)
def test_what_is_no_role_is_not_found(index: RoleIndex, name: str) -> None:
    assert index.find(name) is None


def test_a_checked_out_role_may_itself_stand_in_the_roles_path(project: Path) -> None:
    index = RoleIndex([Path("vendor/app")], base=project, builtin=project / "builtin")
    role = index.find("app")
    assert role is not None
    assert role.path == project / "vendor/app"
    assert "app" in index.names()


def test_a_nested_role_has_one_name_and_is_listed(project: Path) -> None:
    """However a role is named first, its name is its path below the outermost roles' directory."""
    write_tree(
        project, {"roles/group/meta/main.yml": "", "roles/group/tasks/no/tasks/main.yml": ""}
    )
    paths = [Path("roles/group"), Path("roles")]
    for name in ("./roles/group/inner", "inner", "group/inner"):
        index = RoleIndex(paths, base=project, builtin=project / "builtin")
        role = index.find(name)
        assert role is not None
        assert role.name == "group/inner"
    index = RoleIndex([Path("roles")], base=project, builtin=project / "none")
    assert index.names() == ("acme.shop", "group", "group/inner", "nginx")


def test_a_role_names_others_from_where_it_is(index: RoleIndex, project: Path) -> None:
    dependencies = "dependencies: [./vendor/app, ../nginx, beside]"
    write_tree(project, {"roles/group/inner/meta/main.yml": dependencies})
    write_tree(project, {"roles/group/beside/tasks/main.yml": MAIN})
    closure = index.closure(["group/inner"])
    names = [one.role.name for one in closure.resolved if one.by.name == "group/inner"]
    assert names == ["app", "nginx", "group/beside"]
    assert closure.missing == ()


def test_the_roles_of_a_project_are_those_of_all_its_directories(project: Path) -> None:
    write_tree(project, {"playbooks/roles/late/tasks/main.yml": MAIN})
    assert set(role_paths_below(project)) == {project / "roles", project / "playbooks/roles"}
    assert role_paths_below(project / "vendor") == (project / "vendor",)
    assert role_paths_below(project / "roles/nginx") == (project / "roles/nginx",)


def test_a_role_is_read_once(index: RoleIndex) -> None:
    assert index.find("nginx") is index.find("nginx")
    assert index.find("acme.tools.web") is index.find("acme.tools.web")


def test_the_closure_follows_neighbours_and_the_own_collection(index: RoleIndex) -> None:
    closure = index.closure(["./vendor/app", "acme.tools.web"])
    assert [role.name for role in closure.roles] == [
        "app",
        "acme.tools.web",
        "neighbour",
        "acme.tools.base",
    ]
    assert closure.collections == ("acme.net", "acme.tools")
    assert closure.missing == ()


def test_a_missing_dependency_is_reported_with_the_role_that_names_it(
    index: RoleIndex, project: Path
) -> None:
    write_tree(project, {"roles/broken/meta/main.yml": "dependencies: [gone, nginx]"})
    (missing,) = index.closure(["broken"]).missing
    assert (missing.use.name, missing.by.name) == ("gone", "broken")


def test_roles_that_need_each_other_end_the_walk(index: RoleIndex, project: Path) -> None:
    write_tree(project, {"roles/a/meta/main.yml": "dependencies: [b]"})
    write_tree(project, {"roles/b/meta/main.yml": "dependencies: [a]"})
    assert [r.name for r in index.closure(["a"]).roles] == ["a", "b"]


def test_an_unknown_role_says_where_was_looked_and_what_was_meant(
    index: RoleIndex, project: Path
) -> None:
    unknown = index.unknown("acme.shp", ("spec",))
    assert unknown.slug == "unknown-role"
    assert unknown.hint == "did you mean `acme.shop`?"
    assert str(project / "roles") in unknown.detail
    assert index.unknown("acme.tools.wb").hint == "did you mean `acme.tools.web`?"
    # Another role of the same author is meant by nobody.
    assert "did you mean" not in index.unknown("acme.pip").hint
    twice = RoleIndex([project / "roles", project / "x/../roles"]).unknown("x")
    assert twice.detail.count(str(project / "roles")) == 1
    assert "not a directory with tasks" in index.unknown("./nope").detail


def test_a_collection_is_found_with_its_version(index: RoleIndex) -> None:
    found = index.collection("acme.tools")
    assert found is not None
    assert found.version == "1.2.3"
    assert found.dependencies == ("acme.net",)
    assert index.collection("acme.gone") is None


def test_declared_names_are_those_of_the_entry(index: RoleIndex, project: Path) -> None:
    specs = "argument_specs: {main: {options: {a: {}}}, join: {options: {b: {}}}}"
    write_tree(project, {"roles/s/meta/argument_specs.yml": specs})
    assert index.declared("s") == {"a"}
    assert index.declared("s", "join") == {"b"}
    assert index.declared("nginx") is None


def test_collections_bring_the_collections_that_they_need(index: RoleIndex, project: Path) -> None:
    write_tree(
        project / "collections/ansible_collections/acme",
        {
            "one/galaxy.yml": "dependencies: {acme.two: '>=1'}",
            "one/roles/r/tasks/main.yml": MAIN,
            "two/MANIFEST.json": '{"collection_info": {"dependencies": {"acme.one": "*"}}}',
        },
    )
    assert index.closure(["acme.one.r"]).collections == ("acme.one", "acme.two")


def test_roles_bring_only_the_collections_that_they_use() -> None:
    """What worldtree.core names as its needs is what other roles of it use."""
    index = RoleIndex()
    found = {name: index.closure([name]).collections for name in ("os", "nginx", "pki")}
    assert found == {
        "os": ("worldtree.core",),
        "nginx": ("worldtree.core",),
        "pki": ("community.crypto", "worldtree.core"),
    }
