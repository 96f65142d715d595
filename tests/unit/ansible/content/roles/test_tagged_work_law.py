"""What tags select of a role is what Ansible itself keeps of its tasks when it loads the play."""

from __future__ import annotations

import json
import multiprocessing
import tempfile
from pathlib import Path
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.plugins.loader import init_plugin_loader
from ansible.vars.manager import VariableManager
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from examples import examples
from unit.ansible.content.roles.trees import write_tree
from worldtree.ansible.content.roles import RoleIndex
from worldtree.ansible.content.roles.tagged_work import tagged_work
from worldtree.ansible.model.tag_choice import TagChoice

_WORDS = st.sampled_from(["a", "b", "c", "always", "never"])
_TAGS = st.one_of(
    st.just({}),
    st.builds(lambda tags: {"tags": tags}, st.lists(_WORDS, min_size=1, max_size=2)),
    st.builds(lambda tags: {"tags": ",".join(tags)}, st.lists(_WORDS, min_size=1, max_size=2)),
)
_TASK = st.builds(lambda tags: {"ansible.builtin.command": "x", **tags}, _TAGS)
_IMPORT = st.builds(lambda tags: {"ansible.builtin.import_tasks": "more.yml", **tags}, _TAGS)
_ROLE = st.builds(lambda tags: {"ansible.builtin.import_role": {"name": "other"}, **tags}, _TAGS)


def _blocks(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inner = st.lists(items, min_size=1, max_size=2)
    return st.builds(
        lambda main, rescue, tags: {"block": main, "rescue": rescue, **tags}, inner, inner, _TAGS
    )


_LEAVES = st.lists(_TASK, min_size=1, max_size=2)
_MAIN = st.lists(
    st.recursive(st.one_of(_TASK, _IMPORT, _ROLE), _blocks, max_leaves=4), min_size=1, max_size=3
)
_CHOICES = [
    TagChoice(tags, skip)
    for tags, skip in (
        (("a",), ()),
        (("b", "step"), ("c",)),
        ((), ("a",)),
        (("step",), ()),
        ((), ()),
        (("tagged",), ("b",)),
        (("untagged", "c"), ()),
        (("never",), ("all",)),
        (("all",), ()),
    )
]


def _kept_by_ansible(root: Path, tags: list[str], choice: TagChoice) -> list[tuple[str, ...]]:
    """Return the tasks that Ansible keeps, in order, by name and tags.

    A role that is imported twice has tasks of the same names, which may have other tags.
    """
    loader = DataLoader()
    loader.set_basedir(str(root))
    variables = VariableManager(loader, InventoryManager(loader, [f"{root}/hosts"]))
    data = {"hosts": "all", "gather_facts": False, "roles": ["web"], "tags": tags}
    play = Play.load(data, variable_manager=variables, loader=loader)
    play.only_tags = frozenset(choice.tags or ("all",))
    play.skip_tags = frozenset(choice.skip_tags)
    return [
        (task.get_name(), *sorted(task.tags))
        for block in play.compile()
        for task in _tasks(block.filter_tagged_tasks({}))
        if not task.implicit
    ]


def _named(items: list[Any], prefix: str) -> list[Any]:
    """Return task data in which each task has a name of its own."""
    found = []
    for number, item in enumerate(items):
        name = f"{prefix}.{number}"
        parts = {
            key: _named(item[key], f"{name}.{key}") for key in ("block", "rescue") if key in item
        }
        found.append({**item, "name": name, **parts})
    return found


def _tasks(block: Any) -> list[Any]:
    found = []
    for item in (*block.block, *block.rescue, *block.always):
        found += _tasks(item) if hasattr(item, "block") else [item]
    return found


# An example is small; to make it smaller takes minutes, as Ansible reads the files each time.
@settings(max_examples=examples(60), database=None, phases=[Phase.generate])
@given(
    main=_MAIN,
    more=_LEAVES,
    other=_LEAVES,
    dependency=_TAGS,
    tags=st.lists(st.sampled_from(["a", "step", "always", "never"]), max_size=2, unique=True),
)
def _compare(main: Any, more: Any, other: Any, dependency: Any, tags: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        files = {
            "roles/web/tasks/main.yml": main,
            "roles/web/tasks/more.yml": more,
            "roles/web/meta/main.yml": {"dependencies": [{"role": "before", **dependency}]},
            "roles/before/tasks/main.yml": other,
            "roles/other/tasks/main.yml": other,
        }
        write_tree(
            root,
            {
                name: json.dumps(_named(data, name) if isinstance(data, list) else data)
                for name, data in files.items()
            },
        )
        write_tree(root, {"hosts": "h1 ansible_connection=local\n"})
        index = RoleIndex([Path("roles")], base=root, builtin=root / "none")
        role = index.find("web")
        assert role is not None
        whole = _kept_by_ansible(root, tags, TagChoice())
        if not whole and "never" in tags:
            # Such a step runs only where tags select it, and then all of it is the whole.
            whole = _kept_by_ansible(root, tags, TagChoice(("never",)))
        for choice in _CHOICES:
            found = tagged_work(choice, tags, role, "main", index)
            kept = _kept_by_ansible(root, tags, choice)
            assert not found.has_unknown
            wanted = "none" if not kept else "whole" if kept == whole else "part"
            assert found.selected == wanted, choice


def _compare_all() -> None:
    init_plugin_loader([])
    _compare()


def test_a_role_is_selected_as_ansible_selects_its_tasks() -> None:
    """Blocks, imports of files and roles, and dependencies pass their tags on.

    In a process of its own, since Ansible's loader of plugins stays in a process.
    """
    process = multiprocessing.get_context("fork").Process(target=_compare_all)
    process.start()
    process.join()
    assert process.exitcode == 0, "the output has the example"
