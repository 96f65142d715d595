"""Names that a role's files read, and those of them that nothing in the role sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import meta, nodes

from worldtree.ansible.content.places import scalar_word_mark, word_mark
from worldtree.ansible.content.roles.jinja_syntax import parse_template
from worldtree.ansible.content.roles.model import RoleInfo
from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.role_task import expressions
from worldtree.ansible.content.yaml_files import UnreadableYamlError, read_yaml
from worldtree.core.errors import Mark
from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.reserved import MAGIC_VARIABLES, TEMPLATE_FUNCTIONS
from worldtree.spec.secret_references import walk_texts

#: Names that loops and rescue sections define.
_LOCAL_NAMES = frozenset(
    {"item", "ansible_loop", "loop", "ansible_failed_result", "ansible_failed_task", "environment"}
)
#: Filters and tests whose value may be undefined.
_GUARDS = frozenset({"default", "d", "defined", "undefined"})
#: Mappings that hold variables by name.
_HOLDERS = frozenset({"vars", "hostvars"})
_MAX_BYTES = 1_000_000


def variables_in_template(template: str) -> frozenset[str]:
    """Return the variables that a template reads and does not set; none when it does not parse."""
    tree = parse_template(template)
    return frozenset() if tree is None else frozenset(meta.find_undeclared_variables(tree))


def _assigned_in(template: str) -> Iterator[str]:
    """Yield the names that a template sets somewhere."""
    tree = parse_template(template)
    if tree is None:
        return
    yield from (name.name for name in tree.find_all(nodes.Name) if name.ctx != "load")


def optional_in_template(template: str) -> Iterator[str]:
    """Yield the names that a template accepts to be undefined: `| default`, `is defined`."""
    tree = parse_template(template)
    if tree is None:
        return
    for guard in tree.find_all((nodes.Filter, nodes.Test)):
        if guard.name.rpartition(".")[2] in _GUARDS:
            yield from _names_of_chain(guard.node)
    # `'x' in vars` and `'x' in hostvars[inventory_hostname]`.
    for test in tree.find_all(nodes.Compare):
        found = test.expr.as_const() if isinstance(test.expr, nodes.Const) else None
        for operand in test.ops:
            holders = set(_names_of_chain(operand.expr))
            if operand.op in ("in", "notin") and holders & _HOLDERS and isinstance(found, str):
                yield found


def _names_of_chain(node: nodes.Node) -> Iterator[str]:
    """Yield ``x`` of ``x.y['z']``, and of ``vars.x`` the variable that it means, too."""
    names: list[str] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getattr):
            names.append(node.attr)
        elif isinstance(node.arg, nodes.Const):
            names.append(str(node.arg.value))
        node = node.node
    if isinstance(node, nodes.Name):
        yield node.name
        if node.name in _HOLDERS:
            yield from names


def _declared_in(value: object) -> Iterator[str]:
    """Yield names that task lists set: ``vars``, ``register``, loops, facts, files."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in {"register", "loop_var", "index_var"} and isinstance(item, str):
                yield item
            elif key in {"vars", "set_fact", "ansible.builtin.set_fact"} and isinstance(
                item, Mapping
            ):
                yield from (str(name) for name in item)
            elif key in {"include_vars", "ansible.builtin.include_vars"} and isinstance(
                item, Mapping
            ):
                yield str(item.get("name", ""))
            yield from _declared_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _declared_in(item)


def _task_lists(role: RoleInfo) -> Iterator[tuple[str, object]]:
    if isinstance(role, PlayInfo):
        yield from role.lists
        return
    for folder in ("tasks", "handlers"):
        for file in sorted((role.path / folder).rglob("*.y*ml")):
            try:
                yield file.relative_to(role.path).as_posix(), read_yaml(file)
            except UnreadableYamlError:
                continue


def _templates(role: RoleInfo) -> Iterator[tuple[str, str]]:
    for name in role.templates:
        file: Path = role.path / "templates" / name
        if file.stat().st_size <= _MAX_BYTES:
            text = file.read_text(encoding="utf-8", errors="ignore")
            if is_template(text):
                yield f"templates/{name}", text


@dataclass(frozen=True, slots=True)
class RoleReads:
    """The names that the templates and conditions in a role's files read."""

    #: Name → first task, handler or template file that reads it, below the role's directory.
    files: Mapping[str, str]
    #: Those that the values of its defaults and vars read, each with that file.
    values: Mapping[str, str]
    #: Names that those files give a value to: ``vars``, ``register``, loops, `{% set %}`.
    assigned: frozenset[str]
    #: Names that may be undefined somewhere: `| default`, `is defined`.
    optional: frozenset[str]


def reads_of(role: RoleInfo) -> RoleReads:
    """Return what the files of ``role`` read; those that it brings are not looked at."""
    files: dict[str, str] = {}
    assigned: set[str] = set()
    texts: list[tuple[str, str]] = []
    for file, data in _task_lists(role):
        assigned.update(_declared_in(data))
        texts += [(file, text) for text in expressions(data)]
    texts += _templates(role)
    optional: set[str] = set()
    for file, text in texts:
        assigned.update(_assigned_in(text))
        optional.update(optional_in_template(text))
        for name in sorted(variables_in_template(text)):
            files.setdefault(name, file)
    values: dict[str, str] = {}
    for folder, given in (("defaults", role.defaults), ("vars", role.vars)):
        for _, text in walk_texts(dict(given)):
            if is_template(text):
                optional.update(optional_in_template(text))
                for name in sorted(variables_in_template(text)):
                    values.setdefault(name, f"{folder}/main.yml")
    return RoleReads(files, values, frozenset(assigned), frozenset(optional))


def undeclared_names(role: RoleInfo, others: Iterable[RoleInfo] = ()) -> dict[str, str]:
    """Return name → first file that reads it, for names that nothing sets.

    ``others`` are the roles that it depends on, whose names are known too. Names that Ansible sets,
    facts (``ansible_…``), local names of a template and names that the role accepts to be undefined
    (``| default``, ``is defined``) are not among them. An estimate: a name may
    come from the inventory or from an earlier role.
    """
    known: set[str] = {
        *MAGIC_VARIABLES,
        *TEMPLATE_FUNCTIONS,
        *_LOCAL_NAMES,
        "omit",
        "self",
        "super",
        "caller",
        "varargs",
    }
    for member in (role, *others):
        known |= member.known_names | member.tasks.set_facts | member.tasks.registers
        known.update(option for spec in member.specs.values() for option in spec.names)
    reads = reads_of(role)
    known |= reads.assigned | reads.optional
    return {
        name: file
        for name, file in sorted(reads.files.items())
        if name not in known and not name.startswith(("ansible_", "worldtree_", "l_"))
    }


def place_of_use(role: RoleInfo, file: str, name: str) -> Mark:
    """Return where ``file`` of the role reads the variable ``name`` first."""
    path = role.path / file
    if file.startswith("templates/"):
        text = path.read_text(encoding="utf-8", errors="ignore")
        tree = parse_template(text)
        found = tree.find_all(nodes.Name) if tree is not None else ()
        lines = [one.lineno for one in found if one.name == name and one.ctx == "load"]
        return word_mark(path, name, from_line=min(lines, default=1))
    return scalar_word_mark(
        path, name, lambda value: any(name in variables_in_template(t) for t in expressions(value))
    )
