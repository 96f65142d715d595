"""Task lists: roles brought in, actions, facts."""

from __future__ import annotations

from textwrap import dedent

import pytest
import yaml

from worldtree.ansible.content.roles.collection_use import (
    collections_in_text,
    collections_possibly_in,
)
from worldtree.ansible.content.roles.model import TaskSummary
from worldtree.ansible.content.roles.role_task import tasks_of_entry
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


@pytest.mark.parametrize(
    ("text", "collection"),
    [
        ("{{ a | json_query('x') }}", "community.general"),
        ("{{ a|ipaddr }}", "ansible.netcommon"),
        ("{{ lookup('dig', 'x') }}", "community.general"),
        ("with_dig: [x]", "community.general"),
        ("become_method: pbrun", "community.general"),
        ("{{ a | default(1) is defined }} || json_query", None),
    ],
)
def test_short_names_mean_the_collections_that_ansible_redirects_to(
    text: str, collection: str | None
) -> None:
    assert collections_in_text(text) == ({collection} if collection else set())


def test_any_dotted_name_of_a_playbook_may_be_a_plugin() -> None:
    found = collections_possibly_in("- acme.net.open: {x: a.b.c}\n- ini_file: {}")
    assert found == {"acme.net", "a.b", "community.general"}


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


def test_keywords_of_a_block_hold_for_its_tasks() -> None:
    """As Ansible inherits them: tags add up, and the nearest `notify` counts."""
    found = facts("""
        - tags: [outer, other]
          notify: restart
          block:
            - tags: inner
              block: [{debug: , notify: reload}]
            - {debug: , tags: [3]}
        """)
    assert found.tags == {"outer", "other", "inner", "3"}
    assert found.notifies == {"restart", "reload"}


def test_a_file_that_includes_itself_is_followed_once_under_its_condition() -> None:
    """As one that waits by trying again does: the condition of the include adds nothing twice."""
    found = facts("""
        - command: look
        - include_tasks: {file: main.yml, apply: {tags: [late]}}
          when: more
        """)
    tasks = [
        (one.action.rpartition(".")[2], one.data) for one in tasks_of_entry(found.files, "main")
    ]
    assert [name for name, _ in tasks] == ["command", "include_tasks"] * 2
    assert [(data.get("when"), data.get("tags")) for _, data in tasks] == [
        (None, None),
        ("more", None),
        (["more"], ["late"]),
        (["more"], ["late"]),
    ]


def test_what_is_no_task_list_is_passed_over() -> None:
    assert (
        summarise_tasks([("f", {"a": 1}, False), ("g", ["x", None, 1], False)], []).actions == set()
    )
