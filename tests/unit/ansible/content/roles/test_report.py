"""A report shows a team what WorldTree sees in a role before they use it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from unit.ansible.content.roles.trees import MAIN, write_tree
from worldtree.ansible.content.roles import RoleIndex
from worldtree.ansible.content.roles.report import list_roles, role_named, show_role
from worldtree.ansible.content.roles.review import check_role
from worldtree.ansible.content.roles.undeclared import undeclared_names
from worldtree.core.errors import Diagnostic

SPECS = """
argument_specs:
  main:
    short_description: Runs the shop.
    options:
      shop_port: {type: int, default: 80, description: Where it listens.}
      shop_users: {type: list, elements: dict, options: {name: {required: true}}}
"""

SHOP = {
    "README.md": "# The shop\n",
    "tasks/main.yml": MAIN,
    "tasks/inner.yml": MAIN,
    "tasks/rollback.yml": MAIN,
    "meta/argument_specs.yml": SPECS,
    "defaults/main.yml": "shop_port: 8080\nshop_extra: !unsafe '{{ x }}'\n",
}


def index_of(root: Path, **roles: Mapping[str, str]) -> RoleIndex:
    for name, files in roles.items():
        write_tree(root / "roles" / name, files)
    return RoleIndex([Path("roles")], base=root, builtin=root / "none")


def checked(root: Path, **files: str) -> list[Diagnostic]:
    index = index_of(root, web={name.replace("__", "/") + ".yml": t for name, t in files.items()})
    role = index.find("web")
    assert role is not None
    return check_role(index, role)


def test_a_list_tells_the_essentials_of_every_role(tmp_path: Path) -> None:
    index = index_of(tmp_path, shop=SHOP, plain={"tasks/main.yml": MAIN, "tasks/x.yml": MAIN})
    plain, shop = list_roles(index)
    assert (shop.entries, shop.reversible) == (("main", "rollback"), True)
    assert (plain.entries, plain.has_specs, plain.reversible) == (("main", "x"), False, False)


def test_a_roles_own_short_description_comes_before_its_readme(tmp_path: Path) -> None:
    files = {"README.md": "# The shop\n", "tasks/main.yml": MAIN}
    index = index_of(tmp_path, shop=SHOP, undeclared=files)
    assert [role.summary for role in list_roles(index)] == ["Runs the shop.", "The shop"]


def test_a_report_tells_variables_with_the_defaults_that_take_effect(tmp_path: Path) -> None:
    index = index_of(tmp_path, shop=SHOP)
    role = index.find("shop")
    assert role is not None
    report = show_role(index, role)
    main = report.entries[0]
    assert (main.name, main.file, main.description) == ("main", "tasks/main.yml", "Runs the shop.")
    port, users = main.variables
    assert (port.type, port.default, port.description) == ("int", 8080, "Where it listens.")
    assert (users.type, users.options[0].name, users.options[0].required) == (
        "list of dict",
        "name",
        True,
    )
    (extra,) = report.other_variables
    assert (extra.name, extra.default) == ("shop_extra", {"__ansible_unsafe": "{{ x }}"})
    assert report.problems == ()
    assert report.model_validate_json(report.model_dump_json()) == report


@pytest.mark.parametrize("text", ["shop", "./roles/shop", "roles/shop"])
def test_a_role_is_meant_by_name_or_directory(tmp_path: Path, text: str) -> None:
    role = role_named(index_of(tmp_path, shop=SHOP), text)
    assert role is not None
    assert role.path == tmp_path / "roles/shop"


def test_a_role_that_tells_everything_has_no_problem(tmp_path: Path) -> None:
    assert (
        checked(
            tmp_path,
            tasks__main="""
            - ansible.builtin.template: {src: a.j2, dest: "{{ web_dir }}/{{ item.name }}"}
              loop: "{{ web_sites }}"
              when: item.on and out is not defined and ansible_facts['x'] and 'web' in group_names
              notify: reload
            - ansible.builtin.set_fact: {web_done: true}
            - ansible.builtin.debug: {var: web_done | to_json}
              vars: {local: 1}
              register: out
            - ansible.builtin.debug: {msg: "{{ local }}{% for u in web_sites %}{{ u }}{% endfor %}"}
            """,
            handlers__main="- {name: Reload the web, listen: reload, ansible.builtin.debug: }",
            defaults__main="web_dir: /srv\nweb_sites: []",
            meta__argument_specs="argument_specs: {main: {options: {web_dir: {}, web_sites: {}}}}",
        )
        == []
    )


def test_names_that_nothing_sets_are_reported_with_their_file(tmp_path: Path) -> None:
    found = checked(
        tmp_path,
        tasks__main="- {debug: {msg: '{{ web_name | upper }}'}, when: web_on | bool}",
        meta__argument_specs="argument_specs: {main: {}}",
    )
    assert [d.slug for d in found] == ["undeclared-role-variable"] * 2
    assert "`web_name` is read in tasks/main.yml" in found[0].summary
    assert found[0].mark is not None


@pytest.mark.parametrize(
    ("files", "slug"),
    [
        ({"tasks__main": MAIN}, "role-without-argument-specs"),
        ({"tasks__main": "- {acme.net.open: , notify: x}"}, "missing-collection"),
        ({"tasks__main": "- {ansible.builtin.debug: , notify: x}"}, "unknown-handler"),
        ({"meta__main": "dependencies: [gone]"}, "missing-role-dependency"),
        ({"defaults__main": "["}, "unreadable-role-file"),
        (
            {"meta__argument_specs": "argument_specs: {main: {options: {a: {default: 1}}}}"},
            "default-only-in-spec",
        ),
    ],
)
def test_each_weakness_is_reported(tmp_path: Path, files: dict[str, str], slug: str) -> None:
    assert slug in {d.slug for d in checked(tmp_path, **files)}


def test_findings_name_the_line_that_they_are_about(tmp_path: Path) -> None:
    specs = "argument_specs:\n  main:\n    options:\n      a: {type: integer}\n      b: str\n"
    tasks = "# gone is undefined\n- ansible.builtin.debug: {msg: '{{ gone }}'}\n"
    meta = "galaxy_info: {}\ndependencies:\n  - one\n  - {role: two}\n"
    files = {
        "tasks/main.yml": tasks,
        "meta/main.yml": meta,
        "meta/argument_specs.yml": specs,
    }
    index = index_of(tmp_path, shop=files)
    role = index.find("shop")
    assert role is not None
    lines = [(d.slug, d.mark.line) for d in check_role(index, role) if d.mark]
    assert lines == [
        ("bad-argument-spec", 4),
        ("bad-argument-spec", 5),
        ("missing-role-dependency", 3),
        ("missing-role-dependency", 4),
        ("undeclared-role-variable", 2),
    ]


@pytest.mark.parametrize(
    ("tasks", "template", "place"),
    [
        ("- name: Use gone\n  vars: {x: gone}\n  debug: {msg: '{{ gone }}'}\n", "", (3, 20)),
        ("- debug: {msg: gone}\n  when:\n    - true\n    - not  gone\n", "", (4, 12)),
        ("- shell: |\n    gone\n    run {{ a | default(gone) }}\n", "", (3, 24)),
        ("- debug:\n", "gone\n{# gone #}\n{% if not gone %}x{% endif %}", (3, 11)),
    ],
)
def test_a_name_is_reported_where_it_is_read(
    tmp_path: Path, tasks: str, template: str, place: tuple[int, int]
) -> None:
    """Once, and not where its word stands in a text."""
    specs = "argument_specs: {main: {options: {}}}"
    files = {"tasks/main.yml": tasks, "templates/x.j2": template}
    index = index_of(tmp_path, shop={**files, "meta/argument_specs.yml": specs})
    role = index.find("shop")
    assert role is not None
    (found,) = check_role(index, role)
    assert found.slug == "undeclared-role-variable"
    assert found.mark is not None
    assert (found.mark.line, found.mark.column) == place


def test_other_findings_have_places_too(tmp_path: Path) -> None:
    found = checked(
        tmp_path,
        tasks__main="- debug:\n- debug:\n  notify: [Restart it]\n",
        meta__argument_specs="argument_specs:\n  main:\n    options:\n      a: {default: 1}\n",
    )
    assert [(d.slug, d.mark and (d.mark.line, d.mark.column)) for d in found] == [
        ("default-only-in-spec", (4, 7)),
        ("unknown-handler", (3, 12)),
    ]


def test_names_that_a_condition_guards_are_no_findings(tmp_path: Path) -> None:
    tasks = """
        - {debug: {msg: "{{ a }}"}, when: a is defined}
        - {when: b is not undefined, block: [{debug: {msg: "{{ b }}"}}]}
        - {debug: {msg: "{{ c }}"}, when: c | default(false)}
        - {debug: {msg: "{{ d }}"}, when: "'d' in vars"}
        - {debug: {msg: "{{ e }}"}, when: "vars['e'] is defined and vars.f is defined and f"}
        - {debug: {msg: "{{ g }}"}, when: "hostvars[inventory_hostname].g is defined"}
        - {debug: {msg: "{{ h.x }}"}, when: h.x is defined}
        - {debug: {msg: "{{ i }}"}, when: "'j' in group_names"}
        """
    role = index_of(tmp_path, shop={"tasks/main.yml": tasks}).find("shop")
    assert role is not None
    assert sorted(undeclared_names(role)) == ["i"]


def test_names_that_a_template_sets_or_accepts_to_be_undefined_are_no_findings(
    tmp_path: Path,
) -> None:
    text = (
        "{% if z %}{% set a, b = c %}{% endif %}{{ a }}{{ b }}"
        "{{ d | default(1) }}{{ e.f | default(1) }}{{ g if g is defined else 2 }}{{ h }}"
    )
    files = {"tasks/main.yml": MAIN, "templates/x.j2": text}
    index = index_of(tmp_path, shop=files)
    role = index.find("shop")
    assert role is not None
    assert sorted(undeclared_names(role)) == ["c", "h", "z"]


def test_a_collection_that_only_another_one_needs_is_not_said_to_be_used(tmp_path: Path) -> None:
    galaxy = "namespace: acme\nname: net\nversion: 1.0.0\ndependencies: {acme.gone: '*'}\n"
    write_tree(tmp_path / "collections/ansible_collections/acme/net", {"galaxy.yml": galaxy})
    write_tree(tmp_path / "roles/shop", {"tasks/main.yml": "- acme.net.open: {}\n"})
    index = RoleIndex(
        [Path("roles")], [Path("collections")], base=tmp_path, builtin=tmp_path / "none"
    )
    role = index.find("shop")
    assert role is not None
    (found,) = (d for d in check_role(index, role) if d.slug == "missing-collection")
    assert found.summary == (
        "the collection `acme.net` depends on the collection `acme.gone`, which is not installed"
    )
    report = show_role(index, role)
    assert (report.collections, report.collection_dependencies) == (("acme.net",), ("acme.gone",))


def test_only_a_check_says_that_a_role_declares_no_variables(tmp_path: Path) -> None:
    index = index_of(tmp_path, plain={"tasks/main.yml": MAIN})
    role = index.find("plain")
    assert role is not None
    assert [d.slug for d in check_role(index, role)] == ["role-without-argument-specs"]
    report = show_role(index, role)
    assert (report.problems, report.role.has_specs) == ((), False)
