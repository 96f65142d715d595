"""Whether a role works in check mode, and which of its tasks act again each time they run."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from unit.ansible.content.roles.trees import write_tree
from unit.growth import growth
from worldtree.ansible.content.roles import RoleIndex
from worldtree.ansible.content.roles.check_mode import EntryCheck, check_entry
from worldtree.ansible.content.roles.repeatable import unguarded


def check(root: Path, entry: str = "main", **files: str) -> EntryCheck:
    """Judge `entry` of the role `web`; `tasks__main` is its `tasks/main.yml`."""
    for name, text in files.items():
        write_tree(root / "roles/web", {name.replace("__", "/") + ".yml": dedent(text)})
    index = RoleIndex([Path("roles")], base=root, builtin=root / "none")
    role = index.find("web")
    assert role is not None
    return index.check_mode(role, entry)


READS = "{command: x, register: r}, {copy: {dest: x, content: '{{ r.stdout }}'}}"


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("[{command: x}]", [False]),
        ("[{command: x, changed_when: false}, {command: {cmd: x, creates: /y}}]", []),
        ("[{raw: x, args: {creates: /y}}, {expect: {command: x, creates: /y}}]", [False] * 2),
        ("[{command: x, register: r}, {debug: {var: r.stdout}}]", [False]),
        (f"[{READS}]", [False]),
        ("[{command: x, register: r, check_mode: false, changed_when: false}, {meta: r}]", []),
        ("[{shell: x, check_mode: false}]", [True]),
        ("[{copy: {dest: x}, register: r}, {debug: {var: r}}]", []),
        # A keyword of a block holds for its tasks, the nearest one where several levels have it.
        (f"[{{check_mode: false, block: [{READS}]}}]", [True, True]),
        ("[{check_mode: false, block: [{shell: x}]}]", [True]),
        ("[{check_mode: 'no', block: [{block: [{shell: x}]}]}]", [True]),
        ("[{check_mode: false, block: [{shell: x, check_mode: true}]}]", []),
        ("[{check_mode: false, block: [{shell: x, changed_when: false}]}]", []),
        (
            "[{check_mode: false, block: [{command: x, register: r, changed_when: false}]},"
            " {copy: {dest: x, content: '{{ r.stdout }}'}}]",
            [],
        ),
        # Any action that changes a host does so with `check_mode: false`, not only commands.
        ("[{copy: {dest: x}, check_mode: false}]", [True]),
        ("[{apt: {name: x}, check_mode: false}]", [True]),
        ("[{stat: {path: x}, check_mode: false}, {acme.net.host_info: , check_mode: false}]", []),
        ("[{get_url: {dest: x}, check_mode: false, delegate_to: localhost}]", []),
        ("[{delegate_to: localhost, check_mode: false, block: [{get_url: {dest: x}}]}]", []),
        ("[{local_action: 'get_url dest=x', check_mode: false}]", []),
        # What a condition leaves out in check mode neither acts nor reads.
        ("[{shell: x, check_mode: false, when: not ansible_check_mode}]", []),
        ("[{when: [a, b and not ansible_check_mode | bool], block: [{shell: x}]}]", []),
        (
            "[{command: x, register: r, changed_when: false},"
            " {meta: x, when: r.rc == 0 and not ansible_check_mode}]",
            [],
        ),
        (
            "[{command: x, register: r, changed_when: false},"
            " {when: ansible_check_mode == false, block: [{meta: x, when: r.rc == 0}]}]",
            [],
        ),
        (
            "[{shell: x, check_mode: false, when: x or not ansible_check_mode}]",
            [True],
        ),
        # A condition of a block is read by each of its tasks.
        ("[{command: x, register: r}, {when: r.rc == 0, block: [{copy: {dest: x}}]}]", [False]),
        # A name or another `register` does not read a result.
        (
            "[{command: x, register: result, failed_when: result.rc > 1, changed_when: false},"
            " {command: y, register: result, until: result.rc == 0, changed_when: false},"
            " {debug: , name: Show no result}]",
            [],
        ),
    ],
)
def test_tasks_that_do_not_work_in_check_mode_are_found(
    tmp_path: Path, text: str, changes: list[bool]
) -> None:
    assert [note.changes for _, note in check(tmp_path, tasks__main=text).notes] == changes


def test_only_files_that_an_entry_point_can_run_are_judged(tmp_path: Path) -> None:
    """With the keywords of an import, those of `apply`, and the condition of either."""
    found = check(
        tmp_path,
        tasks__main="""
            - import_tasks: read.yml
            - import_tasks: act.yml
              check_mode: false
            - include_tasks: {file: sub/late.yml, apply: {check_mode: false}}
            - include_tasks: real.yml
              when: not ansible_check_mode
            """,
        tasks__read="- {command: read, changed_when: false}",
        tasks__act="- {name: Act, command: act}",
        tasks__sub__late="- include_tasks: ../deep.yml",
        tasks__deep="- {name: Deep, command: deep, check_mode: false}",
        tasks__real="- {command: real, check_mode: false}",
        tasks__unused="- {command: unused, check_mode: false}",
        tasks__verify="- {command: verify, check_mode: false}",
        # A handler runs only after a change, so that a check of an unchanged host is complete.
        handlers__main="""
            - {name: Restart, command: restart, check_mode: false}
            - {name: Reload, command: reload}
            """,
    )
    assert [note.task for _, note in found.notes] == ["Act", "Deep", "Restart"]


def test_any_file_may_be_meant_by_a_template(tmp_path: Path) -> None:
    """But other entry points, which nobody includes by their conventional names."""
    found = check(
        tmp_path,
        tasks__main="- {include_tasks: '{{ ansible_os_family }}.yml'}",
        tasks__Debian="- {name: Debian, command: x, check_mode: false}",
        tasks__rollback="- {name: Undo, command: x, check_mode: false}",
    )
    assert [note.task for _, note in found.notes] == ["Debian"]


def test_files_that_import_each_other_are_judged_once(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        tasks__main="[{include_tasks: main.yml, when: a}, {command: x, check_mode: false}]",
    )
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ({"tasks__main": "[{include_role: {name: blind}}]"}, "unsafe"),
        ({"tasks__main": "[{include_role: {name: blind, tasks_from: safe}}]"}, "safe"),
        ({"tasks__main": "[{import_role: {name: plain}, check_mode: false}]"}, "unsafe"),
        ({"tasks__main": "[{import_role: {name: blind}, when: not ansible_check_mode}]"}, "safe"),
        ({"meta__main": "dependencies: [blind]"}, "unsafe"),
        (
            {"meta__main": "dependencies: [{role: blind, when: not ansible_check_mode}]"},
            "safe",
        ),
        ({"meta__main": "dependencies: [{role: plain, check_mode: false}]"}, "unsafe"),
        ({"tasks__main": "[{include_role: {name: gone}}]"}, "partial"),
        ({"tasks__main": "[{include_role: {name: plain}}]"}, "partial"),
        ({"tasks__main": "[]", "tasks__other": "[{include_role: {name: gone}}]"}, "safe"),
        ({"tasks__main": "[{include_role: {name: '{{ kind }}'}}]"}, "safe"),
    ],
)
def test_a_role_is_as_good_as_those_that_it_brings_in(
    tmp_path: Path, files: dict[str, str], verdict: str
) -> None:
    write_tree(
        tmp_path / "roles",
        {
            "blind/tasks/main.yml": "- {command: x, check_mode: false}",
            "blind/tasks/safe.yml": "- {command: x, changed_when: false}",
            "plain/tasks/main.yml": "- command: x",
        },
    )
    assert check(tmp_path, **files).verdict == verdict


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
        (
            "[{stat: {path: /y}, register: r},"
            " {when: not r.stat.exists, block: [{debug: }, {block: [{command: x}]}]}]",
            0,
        ),
        ("[{stat: {path: /y}, register: r}, {import_tasks: act.yml, when: not r.stat.exists}]", 0),
        ("[{import_tasks: act.yml}]", 1),
        ("[{command: x, when: shop_wanted}]", 1),
        ("[{copy: {dest: x}}, {package: {name: x}}]", 0),
    ],
)
def test_commands_without_a_guard_are_found(tmp_path: Path, text: str, count: int) -> None:
    files = {"tasks/main.yml": text, "tasks/act.yml": "- command: act"}
    # Handlers run only once something has changed.
    write_tree(tmp_path / "roles/web", {**files, "handlers/main.yml": "- {name: x, command: x}"})
    role = RoleIndex([Path("roles")], base=tmp_path, builtin=tmp_path / "none").find("web")
    assert role is not None
    assert len(unguarded(role, "main")) == count


@pytest.mark.parametrize("reads", [True, False])
def test_the_tasks_of_a_role_are_read_once_each(tmp_path: Path, reads: bool) -> None:
    """A role with eight times as many commands takes no 64 times as long to judge.

    Nor where no task reads anything.
    """

    def judge(name: str, number: int) -> EntryCheck:
        tasks = "".join(
            f"- {{command: x, name: run {n}, register: r{n}}}\n"
            + (f"- {{debug: {{msg: '{{{{ r{n}.rc }}}}'}}}}\n" if reads else "")
            for n in range(number)
        )
        write_tree(tmp_path / "roles" / name, {"tasks/main.yml": tasks})
        index = RoleIndex([Path("roles")], base=tmp_path, builtin=tmp_path / "none")
        role = index.find(name)
        assert role is not None
        found = check_entry(role, "main", lambda _name, _near: None)
        assert len(found.notes) == number
        return found

    assert growth(lambda: judge("small", 10), lambda: judge("large", 80)) < 16
