"""What tags select of a role or play, as far as its files tell."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.roles import RoleIndex
from worldtree.ansible.content.roles.tagged_work import TaggedWork, tagged_work
from worldtree.ansible.model.tag_choice import TagChoice
from worldtree.plan.play_work import PlayRoleCall, PlayWork


def choice(text: str) -> TagChoice:
    """Return `deploy,x -slow` as a choice: tags, and those to skip."""
    tags, _, skip = text.partition("-")
    return TagChoice(*(tuple(filter(None, part.strip().split(","))) for part in (tags, skip)))


def work(root: Path, options: str, *tags: str, **files: str) -> TaggedWork:
    """Read the role `web` of a step with `tags`; `tasks__main` is its `tasks/main.yml`."""
    for name, text in files.items():
        path = name.replace("__", "/") + ".yml"
        where = path if path.startswith("other/") else f"web/{path}"
        write_tree(root / "roles", {where: dedent(text)})
    index = RoleIndex([Path("roles")], base=root, builtin=root / "none")
    role = index.find("web")
    assert role is not None
    return tagged_work(choice(options), tags, role, "main", index)


TWO = "[{command: a, tags: deploy}, {command: b}]"


@pytest.mark.parametrize(
    ("options", "text", "selected"),
    [
        ("deploy", TWO, "part"),
        ("other", TWO, "none"),
        ("all", TWO, "whole"),
        ("tagged", TWO, "part"),
        ("untagged", TWO, "part"),
        ("-deploy", TWO, "part"),
        ("-other", TWO, "whole"),
        ("deploy -deploy", TWO, "none"),
        ("other", "[{command: a, tags: always}, {command: b}]", "part"),
        ("deploy", "[{command: a, tags: [deploy]}]", "whole"),
        # Without options a task tagged `never` does not run.
        ("deploy", "[{command: a, tags: [deploy, never]}]", "part"),
        ("other", "[{command: a, tags: [deploy, never]}]", "none"),
        ("deploy", "[{command: a, tags: deploy}, {command: b, tags: never}]", "whole"),
        # Blocks pass their tags on.
        ("deploy", "[{block: [{command: a}], rescue: [{command: b}], tags: deploy}]", "whole"),
        # Templates decide when the play runs.
        ("deploy", "[{command: a, tags: ['{{ x }}']}]", "unknown"),
        ("deploy", "[{command: a, tags: ['{{ x }}']}, {command: b, tags: deploy}]", "part"),
        ("-slow", "[{command: a, tags: ['{{ x }}', slow]}]", "none"),
        ("deploy", "[]", "none"),
    ],
)
def test_tasks_of_one_file(tmp_path: Path, options: str, text: str, selected: str) -> None:
    assert work(tmp_path, options, tasks__main=text).selected == selected


@pytest.mark.parametrize(
    ("options", "text", "selected"),
    [
        # An import passes its tags on, an include only those of `apply` and of what is around it.
        ("deploy", "[{import_tasks: more.yml, tags: deploy}]", "whole"),
        ("deploy", "[{include_tasks: more.yml, tags: deploy}]", "none"),
        ("deploy", "[{include_tasks: {file: more.yml, apply: {tags: deploy}}}]", "none"),
        (
            "deploy",
            "[{include_tasks: {file: more.yml, apply: {tags: deploy}}, tags: deploy}]",
            "whole",
        ),
        ("deploy", "[{block: [{include_tasks: more.yml}], tags: deploy}]", "whole"),
        # What an include that is not selected brings is not selected.
        ("inner", "[{include_tasks: more.yml}]", "none"),
        ("inner", "[{import_tasks: more.yml}]", "part"),
        ("inner", "[{include_tasks: more.yml, tags: always}]", "part"),
        ("deploy", "[{include_tasks: '{{ os }}.yml', tags: deploy}]", "none"),
        ("deploy", "[{include_tasks: '{{ os }}.yml', tags: ['{{ x }}']}]", "none"),
        ("inner", "[{include_tasks: more.yml, tags: ['{{ x }}']}]", "unknown"),
        ("deploy", "[{include_tasks: gone.yml, tags: deploy}]", "unknown"),
        ("-slow", "[{include_tasks: gone.yml}]", "unknown"),
        ("-slow", "[{include_tasks: gone.yml, tags: slow}]", "none"),
        # Roles in the same way.
        ("deploy", "[{import_role: {name: other}, tags: deploy}]", "whole"),
        ("deploy", "[{include_role: {name: other}, tags: deploy}]", "none"),
        ("of_other", "[{include_role: {name: other}, tags: always}]", "part"),
        ("of_other", "[{import_role: {name: other}}]", "part"),
        ("of_other", "[{include_role: {name: '{{ x }}'}, tags: always}]", "part"),
        ("deploy", "[{include_role: {name: gone}, tags: deploy}]", "unknown"),
    ],
)
def test_files_and_roles_that_tasks_bring_in(
    tmp_path: Path, options: str, text: str, selected: str
) -> None:
    found = work(
        tmp_path,
        options,
        tasks__main=text,
        tasks__more="[{command: a, tags: inner}, {command: b}]",
        other__tasks__main="[{command: a, tags: of_other}, {command: b}]",
    )
    assert found.selected == selected


@pytest.mark.parametrize(
    ("options", "tags", "selected"),
    [
        ("step", ("step",), "whole"),
        ("inner", ("step",), "part"),
        ("-inner", ("step",), "part"),
        ("-step", ("step",), "none"),
        ("step -inner", ("step",), "part"),
        ("of_dependency", (), "part"),
    ],
)
def test_tags_of_a_step_and_of_a_dependency_are_inherited(
    tmp_path: Path, options: str, tags: tuple[str, ...], selected: str
) -> None:
    found = work(
        tmp_path,
        options,
        *tags,
        tasks__main="[{command: a, tags: inner}, {command: b}]",
        meta__main="dependencies: [{role: other, tags: [of_dependency]}]",
        other__tasks__main="[{command: a}]",
    )
    assert found.selected == selected


def test_all_tags_that_are_known_are_named(tmp_path: Path) -> None:
    found = work(
        tmp_path, "x", "step", tasks__main="[{command: a, tags: ['{{ t }}', b]}, {command: c}]"
    )
    assert found == TaggedWork("unknown", frozenset({"step", "b"}), has_unknown=True)


def test_a_file_that_includes_itself_is_read_once(tmp_path: Path) -> None:
    text = "[{environment: {A: b}, block: [{command: a, tags: x}, {include_tasks: main.yml}]}]"
    assert work(tmp_path, "x", tasks__main=text).selected == "part"


def test_a_task_file_that_cannot_be_read_may_have_any_tags(tmp_path: Path) -> None:
    assert work(tmp_path, "x", tasks__main="[{").selected == "unknown"


@pytest.mark.parametrize(
    ("options", "selected"),
    [
        ("role", "part"),
        ("step", "whole"),
        ("inner", "part"),
        ("of_task", "part"),
        ("of_file", "part"),
        ("other", "none"),
    ],
)
def test_a_play_has_the_tags_of_its_roles_and_tasks(
    tmp_path: Path, options: str, selected: str
) -> None:
    """Those that the document writes of a role, and those in files that it names."""
    write_tree(tmp_path, {"roles/app/tasks/main.yml": "[{command: a, tags: inner}]"})
    write_tree(tmp_path, {"more.yml": "[{command: a, tags: of_file}]"})
    index = RoleIndex([Path("roles")], base=tmp_path, document="cluster.yaml")
    play = PlayWork(
        roles=(PlayRoleCall(role="app", tags=("role",)),),
        tasks=({"command": "a", "tags": "of_task"},),
        post_tasks="more.yml",
        handlers=({"name": "h", "command": "a", "tags": "other"},),
    )
    found = tagged_work(choice(options), ("step",), index.play(play, "m/t/s"), "main", index)
    assert found.selected == selected
