"""Task lists: roles brought in, actions, facts, and trouble with check mode."""

from __future__ import annotations

from textwrap import dedent

import pytest
import yaml

from worldtree.ansible.content.roles.model import TaskSummary
from worldtree.ansible.content.roles.tasks import summarise_tasks


def facts(text: str) -> TaskSummary:
    return summarise_tasks(
        [("tasks/main.yml", yaml.safe_load(dedent(text)), False)], [dedent(text)]
    )


def test_actions_get_their_full_names() -> None:
    found = facts("""
        - copy: {dest: /x}
        - ansible.legacy.command: "true"
        - action: debug msg=hi
        - local_action: {module: ansible.builtin.ping}
        - sysctl: {name: x}
        - community.general.ini_file: {path: /x}
        - own_module: {}
        """)
    assert found.actions == {
        "ansible.builtin.copy",
        "ansible.builtin.command",
        "ansible.builtin.debug",
        "ansible.builtin.ping",
        "ansible.posix.sysctl",
        "community.general.ini_file",
        "own_module",
    }
    assert found.collections == {"ansible.posix", "community.general"}


def test_roles_are_found_in_blocks_rescues_and_old_notation() -> None:
    found = facts("""
        - block:
            - import_role: {name: a, tasks_from: setup.yml}
          rescue:
            - block: [{include_role: {name: b}}]
          always:
            - include_role: name=c tasks_from=late
        - ansible.builtin.include_role: {name: "{{ which }}"}
        """)
    assert [(u.name, u.how, u.entry) for u in found.uses] == [
        ("a", "import", "setup"),
        ("b", "include", "main"),
        ("c", "include", "late"),
        ("{{ which }}", "include", "main"),
    ]
    assert found.uses[-1].is_dynamic


def test_collections_named_in_templates_are_found() -> None:
    found = facts("""
        - debug: {msg: "{{ a | acme.text.shout }} {{ lookup('acme.store.get', 'x') }}"}
          when: a is not acme.net.reachable and item.name.first
        """)
    assert found.collections == {"acme.text", "acme.store", "acme.net"}


def test_facts_registers_notifications_and_tags_are_gathered() -> None:
    found = facts("""
        - set_fact: {release: 1, cacheable: true}
          register: out
          notify: [restart web, reload]
          tags: deploy
        - set_fact: site=x
          notify: web changed, really
        """)
    assert found.set_facts == {"release", "site"}
    assert found.registers == {"out"}
    assert found.notifies == {"restart web", "reload", "web changed, really"}
    assert found.tags == {"deploy"}


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("[{command: x}]", []),
        ("[{command: x, register: r}, {debug: {var: r.stdout}}]", [False]),
        (
            "[{command: x, register: r, check_mode: false, changed_when: false}, {meta: r}]",
            [],
        ),
        ("[{shell: x, check_mode: false}]", [True]),
        ("[{copy: {dest: x}, register: r}, {debug: {var: r}}]", []),
    ],
)
def test_trouble_with_check_mode_is_guessed(text: str, changes: list[bool]) -> None:
    assert [note.changes for note in facts(text).check_notes] == changes


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("[{command: x}]", 1),
        ("[{shell: x > y}, {raw: x}, {script: x.sh}, {expect: {command: x}}]", 4),
        ("[{command: x creates=/y}]", 0),
        ("[{shell: x, args: {creates: /y}}, {command: {cmd: x, removes: /y}}]", 0),
        ("[{command: x, changed_when: false}]", 0),
        ("[{command: x, changed_when: \"'new' in r.stdout\", register: r}]", 1),
        ("[{stat: {path: /y}, register: r}, {command: x, when: not r.stat.exists}]", 0),
        ("[{stat: {path: /y}, register: r}, {command: x, when: [a, not r.stat.exists]}]", 0),
        ("[{command: x, when: shop_wanted}]", 1),
        ("[{copy: {dest: x}}, {package: {name: x}}]", 0),
    ],
)
def test_commands_without_a_guard_are_found(text: str, count: int) -> None:
    assert len(facts(text).unguarded) == count


def test_handlers_run_only_once_something_has_changed() -> None:
    listed = [("handlers/main.yml", [{"command": "x"}], True)]
    assert summarise_tasks(listed, []).unguarded == ()


def test_what_is_no_task_list_is_passed_over() -> None:
    assert (
        summarise_tasks([("f", {"a": 1}, False), ("g", ["x", None, 1], False)], []).actions == set()
    )
