"""Reads a playbook into plays and imports; every problem has a line and column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from worldtree.ansible.content.playbooks.model import (
    Item,
    Keyword,
    Play,
    PlaybookImport,
    text_list,
)
from worldtree.ansible.content.playbooks.source import PlaybookText
from worldtree.ansible.content.yaml_files import (
    VAULT_HEADER,
    UnreadableYamlError,
    compose_yaml,
    read_text,
)
from worldtree.core.errors import Diagnostic, InputError, Mark

#: The form of an import in old playbooks.
_OUTDATED = "include"
#: Keys of an entry that imports another playbook.
_IMPORTS = (
    "import_playbook",
    "ansible.builtin.import_playbook",
    "ansible.legacy.import_playbook",
    _OUTDATED,
)
#: Keywords whose lists are read item by item.
_LISTS = frozenset({"roles"})


def read_playbook(file: Path) -> list[Play | PlaybookImport]:
    """Return the entries of the playbook ``file`` in order; raises ``InputError``."""
    try:
        text = read_text(file)
        if text.startswith(VAULT_HEADER):
            raise _not_a_playbook("is encrypted", "decrypt it first", Mark.of_file(str(file)))
        root, data = compose_yaml(text, file)
    except UnreadableYamlError as problem:
        raise InputError([replace(problem.diagnostic, slug="unreadable-playbook")]) from None
    if not isinstance(root, yaml.SequenceNode) or not isinstance(data, list) or not data:
        where = Mark(str(file), 1, 1) if root is None else _mark(file, root)
        kind = "empty" if root is None else "a mapping" if isinstance(data, dict) else "no list"
        hint = "name a playbook: a file whose top level is a list of plays"
        if isinstance(data, dict) and data.get("kind") == "Cluster":
            kind, hint = "a cluster document already", f"run `wt plan -f {file}`"
        raise _not_a_playbook(f"is {kind}", hint, where)
    lines = PlaybookText(text)
    found: list[Play | PlaybookImport] = []
    problems: list[Diagnostic] = []
    floor = 0
    for index, (node, value) in enumerate(zip(root.value, data, strict=True)):
        end = root.value[index + 1].start_mark.line if index + 1 < len(data) else len(lines.lines)
        try:
            entry = _entry(file, lines, node, value, (floor, end))
            after = _comments_after(lines, node, end)
            found.append(replace(entry, comments_after=after) if after else entry)
        except InputError as problem:
            problems.extend(problem.diagnostics)
        floor = end if root.flow_style else _last_line(node)
    if problems:
        raise InputError(problems)
    return found


def _entry(
    file: Path, lines: PlaybookText, node: yaml.Node, value: Any, limits: tuple[int, int]
) -> Play | PlaybookImport:
    mark = _mark(file, node)
    if not isinstance(node, yaml.MappingNode) or not isinstance(value, dict):
        raise _not_a_playbook(
            "has an entry that is not a mapping",
            "write each play as a mapping with `hosts`; a file of tasks is no playbook",
            mark,
        )
    floor, end = limits
    column = max(0, node.start_mark.column - 2)
    _, comments = lines.comments_above(node.start_mark.line, column, floor)
    imported = next((name for name in _IMPORTS if name in value), None)
    if imported is not None and "hosts" not in value:
        return _import(file, mark, value, imported, comments)
    if "hosts" not in value:
        first = next(iter(value), "")
        raise _not_a_playbook(
            f"has an entry without `hosts`, which begins with `{first}`",
            "add `hosts` to the play; a file of tasks is no playbook",
            mark,
        )
    keywords = tuple(_keywords(file, lines, node, value, end))
    return Play(file, mark, keywords, comments)


def _comments_after(lines: PlaybookText, node: yaml.Node, end: int) -> tuple[str, ...]:
    """Return the comments after the last keyword of an entry, but those of the next one.

    ``end`` is the line of the next entry, or behind the last line.
    """
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        return ()
    key, value = node.value[-1]
    begin, _ = lines.comments_above(end, key.start_mark.column, _last_line(value))
    stop = end
    if end < len(lines.lines):
        stop, _ = lines.comments_above(end, max(0, node.start_mark.column - 2), begin)
    return lines.comments_between(begin, stop)


def _import(
    file: Path, mark: Mark, value: Mapping[str, Any], key: str, comments: tuple[str, ...]
) -> PlaybookImport:
    target = value[key]
    if not isinstance(target, str) or not target.strip():
        raise _not_a_playbook(f"has `{key}` without a path", "name the playbook to import", mark)
    found = value.get("vars")
    variables = dict(found) if isinstance(found, dict) else {}
    tags = [*text_list(value.get("tags")), *text_list(variables.pop("tags", None))]
    when = value.get("when")
    conditions = () if when is None else tuple(when) if isinstance(when, list) else (when,)
    return PlaybookImport(
        file=file,
        mark=mark,
        target=target.strip(),
        vars=variables,
        when=conditions,
        tags=tuple(tags),
        comments=comments,
        outdated=key == _OUTDATED,
    )


def _keywords(
    file: Path, lines: PlaybookText, node: yaml.MappingNode, value: Mapping[str, Any], end: int
) -> list[Keyword]:
    pairs = node.value
    found: dict[str, Keyword] = {}
    for index, (key, inner) in enumerate(pairs):
        name = str(key.value)
        if name not in value:  # A merge key, whose content is in the data.
            continue
        line, column = key.start_mark.line, key.start_mark.column
        floor = _last_line(pairs[index - 1][1]) if index else line
        _, comments = lines.comments_above(line, column, floor)
        following = pairs[index + 1][0].start_mark.line if index + 1 < len(pairs) else end
        stop, _ = lines.comments_above(following, column, _last_line(inner))
        alone = not node.flow_style and following > line
        source = lines.value(key, inner, stop) if alone else None
        items: tuple[Item, ...] = ()
        if name in _LISTS and isinstance(inner, yaml.SequenceNode):
            items = tuple(_items(file, lines, inner, value[name], line + 1))
        # The last of equal keys counts, as in Ansible.
        found[name] = Keyword(
            name, value[name], _mark(file, key), comments if alone else (), source, items
        )
    for name, merged in value.items():
        if name not in found:
            found[str(name)] = Keyword(str(name), merged, _mark(file, node))
    return list(found.values())


def _items(
    file: Path, lines: PlaybookText, node: yaml.SequenceNode, values: list[Any], floor: int
) -> list[Item]:
    """Return the items of a list; ``floor`` is the first line that may hold comments of them."""
    found = []
    for inner, value in zip(node.value, values, strict=True):
        comments: tuple[str, ...] = ()
        if not node.flow_style:
            column = max(0, inner.start_mark.column - 2)
            _, comments = lines.comments_above(inner.start_mark.line, column, floor)
        note = lines.note(inner) if isinstance(inner, yaml.ScalarNode) else ""
        found.append(Item(value, _mark(file, inner), comments, note))
        floor = _last_line(inner)
    return found


def _last_line(node: yaml.Node) -> int:
    """Return the first line that may hold comments after ``node``."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = node.end_mark
    return int(end.line) if end.column == 0 else int(end.line) + 1


def _mark(file: Path, node: yaml.Node) -> Mark:
    return Mark(str(file), node.start_mark.line + 1, node.start_mark.column + 1)


def _not_a_playbook(what: str, hint: str, mark: Mark) -> InputError:
    name = Path(mark.file).name
    return InputError(
        [
            Diagnostic(
                "not-a-playbook",
                f"`{name}` {what}",
                "A playbook is a list of plays and `import_playbook` entries.",
                hint,
                mark=mark,
            )
        ]
    )
