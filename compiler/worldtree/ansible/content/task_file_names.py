"""Files of the control side that a task names in its action, its loop and its lookups."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import nodes

from worldtree.ansible.content.possible_values import ANY, FOUND, PossibleValues, lookup_name, pairs
from worldtree.ansible.content.roles.jinja_syntax import parse_template
from worldtree.ansible.content.roles.role_task import INCLUDES, RoleTask, expressions

#: Actions whose `src` is on the control side unless `remote_src`; and what that is by default.
_SOURCES = {
    "ansible.builtin.copy": False,
    "ansible.builtin.template": False,
    "ansible.builtin.unarchive": False,
    "ansible.builtin.assemble": True,
    "ansible.builtin.uri": False,
    "ansible.windows.win_copy": False,
    "ansible.windows.win_template": False,
    "ansible.posix.patch": False,
    "ansible.posix.synchronize": False,
}
_TREES = ("filetree", "community.general.filetree")
#: Lookups that read the files which they name.
_READING = frozenset(("file", "template", "unvault", "fileglob", "first_found", *_TREES))
_TRUE = ("true", "yes", "on", "1", "y", "t")


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """What one text of a task names."""

    #: The text as it is written.
    written: str
    #: The names that it can mean; ``ANY`` in them stands for any text.
    names: tuple[str, ...]
    #: Whether the files have tasks.
    is_tasks: bool = False
    #: Whether they have variables.
    is_variables: bool = False


def named_files(task: RoleTask, known: PossibleValues) -> Iterator[NamedFiles]:
    """Yield what ``task`` names; ``known`` are the values of its variables and of its loop."""
    for key, value in task.data.items():
        plugin = key.removeprefix("with_").removeprefix("ansible.builtin.")
        if not key.startswith("with_"):
            continue
        if plugin == "fileglob":
            yield NamedFiles(_written(value), tuple(known.globbed(value)))
        elif plugin in ("file", *_TREES):
            yield NamedFiles(_written(value), tuple(known.texts(value)))
    yield from files_in_values(task.data, known)
    yield from _of_action(task, known)


def files_in_values(values: Mapping[str, Any], known: PossibleValues) -> Iterator[NamedFiles]:
    """Yield what lookups anywhere in ``values`` name."""
    for text in expressions(dict(values)):
        yield from _in_lookups(text, known)


def loop_values(task: RoleTask, known: PossibleValues) -> dict[str, list[Any]]:
    """Return the name of the loop's variable with its values; nothing where there is no loop."""
    key = next((one for one in task.data if one == "loop" or one.startswith("with_")), None)
    if key is None:
        return {}
    control = task.data.get("loop_control")
    name = str(control.get("loop_var", "item")) if isinstance(control, Mapping) else "item"
    plugin = key.removeprefix("with_").removeprefix("ansible.builtin.")
    return {name: _loop_items(plugin, task.data[key], known)}


def _loop_items(plugin: str, value: object, known: PossibleValues) -> list[Any]:
    if plugin in ("loop", "items", "list", "flattened", "random_choice", "indexed_items"):
        return known.items(value) if plugin != "indexed_items" else [ANY]
    if plugin == "first_found":
        return list(known.first_found(value))
    if plugin == "fileglob":
        return list(known.globbed(value))
    if plugin in _TREES:
        return [FOUND]
    if plugin == "dict":
        return [pair for one in known.of(value) for pair in pairs(one)]
    if plugin in ("nested", "cartesian", "together") and isinstance(value, list):
        lists = [known.items(one) for one in value]
        join = zip(*lists, strict=False) if plugin == "together" else itertools.product(*lists)
        return [list(one) for one in itertools.islice(join, 500)]
    if plugin == "subelements" and isinstance(value, list) and len(value) > 1:
        return [
            [outer, inner]
            for outer in known.items(value[0])
            for inner in known.items(outer.get(value[1], []) if isinstance(outer, Mapping) else ANY)
        ]
    return [ANY]


def _of_action(task: RoleTask, known: PossibleValues) -> Iterator[NamedFiles]:
    if task.action in INCLUDES:
        yield from _named(task.include_name, known, is_tasks=True)
    elif task.action == "ansible.builtin.include_vars":
        free = task.args if isinstance(task.args, str) and "=" not in task.args else None
        for text in (task.arg("file"), task.arg("dir"), task.arg("_raw_params"), free):
            yield from _named(text, known, is_variables=True)
    elif task.action == "ansible.builtin.script":
        text = task.arg("cmd") or task.arg("_raw_params") or task.args
        if isinstance(text, str):
            names = (str(value).split() for value in known.of(text))
            yield NamedFiles(text, tuple(words[0] for words in names if words))
    elif task.action in _SOURCES:
        default = "true" if _SOURCES[task.action] else "false"
        remote = task.arg("remote_src")
        if str(default if remote is None else remote).lower() not in _TRUE:
            yield from _named(task.arg("src"), known)


def _named(
    text: object, known: PossibleValues, *, is_tasks: bool = False, is_variables: bool = False
) -> Iterator[NamedFiles]:
    if isinstance(text, str) and text:
        names = tuple(known.texts(text))
        yield NamedFiles(text, names, is_tasks=is_tasks, is_variables=is_variables)


def _in_lookups(text: str, known: PossibleValues) -> Iterator[NamedFiles]:
    tree = parse_template(text)
    for call in tree.find_all(nodes.Call) if tree is not None else ():
        if not isinstance(call.node, nodes.Name) or not call.args:
            continue
        plugin = lookup_name(call.args[0])
        if call.node.name not in ("lookup", "query", "q") or plugin not in _READING:
            continue
        names = [name for term in call.args[1:] for name in _of_term(plugin, term, known)]
        yield NamedFiles(text, tuple(names))


def _of_term(plugin: str, term: nodes.Expr, known: PossibleValues) -> list[str]:
    values = known.of_expression(term)
    if plugin == "fileglob":
        return known.globbed(values)
    return known.first_found(values) if plugin == "first_found" else known.texts(values)


def _written(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) else ""
