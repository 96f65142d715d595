"""Which snapshots can be joined with the task after them, and what is added to modules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ansible
import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.block import Block
from ansible.playbook.play import Play
from ansible.playbook.task import Task

from worldtree.runner.inside import joined_snapshots
from worldtree.runner.inside.joined_snapshots import (
    ACTIONS,
    SNAPSHOT,
    CannotJoinError,
    can_join,
    filter_tagged_tasks,
    with_call,
)

ROOT = Path(__file__).parents[4]
MODULES = Path(ansible.__path__[0]) / "modules"
#: Further modules that actions run before the one of their name.
_LOOKING = ("setup", "stat")
#: Keywords that Ansible keeps as lists, and those that it keeps by another name.
_LISTS = frozenset(
    {"changed_when", "environment", "failed_when", "notify", "tags", "until", "when"}
)
_ALIASES = {"async": "async_val", "with_items": "loop_with"}
_START = b"#!/usr/bin/python\n# text\n\nfrom __future__ import annotations\n"


def _made(*tasks: dict[str, Any], **keywords: Any) -> list[Any]:
    """Return tasks of Ansible as its playbooks have them; no action needs to be there."""
    parent = _with(Block(), keywords)
    return [
        _with(Block(parent_block=parent), {}) if "block" in task else _task(task, parent)
        for task in tasks
    ]


def _task(fields: dict[str, Any], parent: Block) -> Any:
    action = next(name for name in fields if "." in name)
    more = {name: value for name, value in fields.items() if name != action}
    return _with(Task(block=parent), {"action": action, "args": fields[action], **more})


def _with(owner: Any, keywords: dict[str, Any]) -> Any:
    for name, value in keywords.items():
        listed = name in _LISTS and not isinstance(value, list)
        setattr(owner, _ALIASES.get(name, name), [value] if listed else value)
    return owner


def _is_joined(first: dict[str, Any], second: dict[str, Any], **block: Any) -> bool:
    save = {SNAPSHOT: {"id": "x", "files": ["/x"]}, **first}
    write = {"ansible.builtin.file": {"path": "/x", "state": "touch"}, **second}
    return can_join(*_made(save, write, **block))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({"name": "Save"}, {"name": "Write"}),
        ({"no_log": True}, {"no_log": True}),
        ({"when": "x"}, {"when": "x"}),
        ({"become": True, "become_user": "y"}, {"become": True, "become_user": "y"}),
        ({}, {"register": "x", "changed_when": False}),
        ({}, {"notify": "x", "tags": ["y"]}),
    ],
)
def test_tasks_that_run_alike_are_joined(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert _is_joined(first, second)
    assert _is_joined(first, second, become=True, when="x", environment={"A": "b"}, no_log=True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"when": "x"}, {}),
        ({}, {"when": "x"}),
        ({}, {"become": True}),
        ({}, {"no_log": True}),
        ({}, {"vars": {"x": 1}}),
        ({}, {"environment": {"A": "b"}}),
        ({}, {"loop": [1]}),
        ({"loop": [1]}, {"loop": [1]}),
        ({"with_items": [1]}, {"with_items": [1]}),
        ({}, {"async": 9, "poll": 1}),
        ({"async": 9}, {"async": 9}),
        ({}, {"delegate_to": "x"}),
        ({"delegate_to": "x"}, {"delegate_to": "x"}),
        ({}, {"run_once": True}),
        ({}, {"check_mode": False}),
        ({}, {"until": "x", "retries": 2}),
        ({"until": "x", "retries": 2}, {"until": "x", "retries": 2}),
        ({}, {"failed_when": False}),
        ({"failed_when": False}, {"failed_when": False}),
        ({}, {"ignore_errors": True}),
        ({"ignore_errors": True}, {"ignore_errors": True}),
        ({"register": "x"}, {}),
        ({"notify": "x"}, {}),
    ],
)
def test_tasks_that_run_differently_stay_two(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert not _is_joined(first, second)


def test_failures_that_a_block_ignores_stay_those_of_two_tasks() -> None:
    """Otherwise a state that cannot be saved would leave the change out."""
    assert not _is_joined({}, {}, ignore_errors=True)


def test_values_for_a_module_that_a_play_has_by_default_stay() -> None:
    tasks = _made({SNAPSHOT: {"id": "x"}}, {"ansible.builtin.file": {"path": "/x"}})
    assert can_join(*tasks)
    for task in tasks:
        task.module_defaults = [{SNAPSHOT: {"state_dir": "/x"}}]
    assert not can_join(*tasks)


def test_parameters_that_are_one_template_stay() -> None:
    save = {SNAPSHOT: {"_variable_params": "{{ x }}"}}
    assert not can_join(*_made(save, {"ansible.builtin.file": {"path": "/x"}}))


@pytest.mark.parametrize("action", ["command", "script", "raw", "unarchive", "debug", "set_fact"])
def test_an_action_that_may_change_something_without_a_module_stays(action: str) -> None:
    save = {SNAPSHOT: {"id": "x", "files": ["/x"]}}
    assert not can_join(*_made(save, {f"ansible.builtin.{action}": {"x": "y"}}))


def test_a_last_task_and_a_block_have_nothing_to_be_joined_with() -> None:
    save = {SNAPSHOT: {"id": "x", "files": ["/x"]}}
    write = {"ansible.builtin.file": {"path": "/x", "state": "touch"}}
    first, second = _made(save, {"block": [write]})
    assert not can_join(first, second)
    assert not can_join(first, None)
    assert not can_join(second, first)


def _block(*tasks: dict[str, Any], strategy: str = "linear") -> Any:
    block = Block(play=Play())
    block._play.strategy = strategy
    block.block = _made(*tasks)
    return block


@pytest.fixture
def _whole_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_has_counterpart", "_is_ansibles_own"):
        monkeypatch.setattr(joined_snapshots, name, lambda *_: True)


@pytest.mark.usefixtures("_whole_collection")
@pytest.mark.parametrize("strategy", ["linear", "ansible.builtin.free"])
def test_snapshots_are_left_out_of_all_parts_of_a_block(strategy: str) -> None:
    """Only the last one before a change is that of the task after it."""
    save = {SNAPSHOT: {"id": "x", "files": ["/x"]}}
    write = {"ansible.builtin.file": {"path": "/x", "state": "touch"}}
    block = _block(save, save, write, write, {"block": []}, save, strategy=strategy)
    inner = block.block[4]
    inner.rescue, inner.always = _made(save, write), _made(save)
    filter_tagged_tasks(lambda: block)
    kept = [getattr(task, "action", "block") for task in block.block]
    file = "ansible.builtin.file"
    assert kept == [SNAPSHOT, file, file, "block", SNAPSHOT]
    assert [task.action for task in inner.rescue] == [file]
    assert [task.action for task in inner.always] == [SNAPSHOT]


@pytest.mark.usefixtures("_whole_collection")
def test_a_strategy_that_runs_modules_in_its_own_way_gets_all_tasks() -> None:
    save = {SNAPSHOT: {"id": "x", "files": ["/x"]}}
    write = {"ansible.builtin.file": {"path": "/x", "state": "touch"}}
    block = _block(save, write, strategy="mitogen_linear")
    filter_tagged_tasks(lambda: block)
    assert len(block.block) == 2


@pytest.mark.usefixtures("_whole_collection")
@pytest.mark.parametrize("missing", ["_has_counterpart", "_is_ansibles_own"])
def test_an_older_collection_and_a_copy_of_a_team_get_all_tasks(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    save = {SNAPSHOT: {"id": "x", "files": ["/x"]}}
    write = {"ansible.builtin.file": {"path": "/x", "state": "touch"}}
    monkeypatch.setattr(joined_snapshots, missing, lambda *_: False)
    block = _block(save, write)
    filter_tagged_tasks(lambda: block)
    assert len(block.block) == 2


def _plays_of_kinds() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for file in sorted((ROOT / "tests" / "golden" / "steps").glob("*.txt")):
        for number, text in enumerate(
            re.findall(r"^--- \w+: play\n(.*?)(?=^---|^===|\Z)", file.read_text(), re.M | re.S)
        ):
            for play in DataLoader().load(text):
                if any(SNAPSHOT in task for task in play.get("tasks", ())):
                    yield f"{file.stem}-{number}", play["tasks"]


def test_the_snapshots_of_the_built_in_step_kinds_are_joined() -> None:
    """But for that of a download by this machine: the task after it makes a directory here.

    The action `artifact` calls its module several times, and changes nothing before the last one.
    """
    apart, joined = set(), 0
    for case, tasks in _plays_of_kinds():
        made = _made(*tasks)
        index = next(i for i, task in enumerate(made) if task.action == SNAPSHOT)
        if can_join(made[index], made[index + 1]):
            joined += 1
        else:
            apart.add((case, made[index + 1].delegate_to))
    assert apart == {
        ("fetch-1", "localhost"),
        *((f"artifact-{case}", None) for case in (0, 1, 3)),
    }
    assert joined >= 20


@pytest.mark.parametrize(
    "module",
    sorted({*_LOOKING, *(name.rpartition(".")[2] for name in ACTIONS if "builtin" in name)}),
)
def test_the_modules_of_these_actions_can_save(module: str) -> None:
    source = (MODULES / f"{module}.py").read_bytes()
    compile(with_call(source), module, "exec")


def test_the_call_comes_before_everything_else() -> None:
    call = (
        b"from ansible_collections.worldtree.core.plugins.module_utils import before_module"
        b" as _worldtree_before; _worldtree_before.run()\n"
    )
    assert with_call(_START + b"import os\n") == _START + call + b"import os\n"


@pytest.mark.parametrize(
    "source",
    [
        b"import os\n",
        b'"""Text."""\nfrom __future__ import annotations\n',
        b'"""\nfrom __future__ import annotations\n"""\nimport os\n',
        b"from __future__ import (annotations)\nimport os\n",
        b"from __future__ import annotations; x = [\n1]\n",
        _START + b"from __future__ import division\n",
        b"\x7fELF\x00\x01",
        b"",
    ],
)
def test_a_module_that_begins_otherwise_cannot_save(source: bytes) -> None:
    with pytest.raises(CannotJoinError):
        with_call(source)
