"""What Ansible says would change, or has changed, in files: as unified diffs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any

import click

from worldtree.cli.progress.style import short_id
from worldtree.cli.terminal import clean
from worldtree.results.tree import PlayTaskResult, TaskResult

#: In the path of what Ansible makes on its way to a host.
_TEMPORARY_PATH = re.compile(r"/(wt-mem-|ansible-(local|tmp)-)")
#: Actions that tell differences within files.
_ACTIONS_WITH_DIFF = ("copy", "template", "blockinfile", "lineinfile", "replace", "assemble")
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def result_diffs(result: TaskResult) -> Iterator[str]:
    """Yield the lines of every difference in ``result``, under a heading per node and host.

    Where a file holds a secret it is said that its difference is not shown.
    """
    for node in result.nodes:
        for name, host in node.hosts.items():
            found = [line for task in host.tasks for line in diff_lines(task.result)]
            if any(map(_is_hidden, host.tasks)):
                yield ""
                where = click.style(f"{short_id(node.id)} on {name}:", bold=True)
                yield f"{where} hidden, it holds a secret"
            if found:
                yield ""
                yield click.style(f"{short_id(node.id)} on {name}", bold=True)
                yield from found


def diff_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the differences in the result of an Ansible task, its items included."""
    found = result.get("diff")
    place = result.get("dest") or result.get("path")
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, Mapping):
            yield from map(_styled, _lines(one, place if isinstance(place, str) else ""))
    items = result.get("results")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping):
            yield from diff_lines(item)


def _is_hidden(task: PlayTaskResult) -> bool:
    action = (task.action or "").rpartition(".")[2]
    return task.changed and "censored" in task.result and action in _ACTIONS_WITH_DIFF


def _lines(diff: Mapping[str, Any], place: str) -> Iterator[str]:
    prepared = diff.get("prepared")
    if isinstance(prepared, str):
        yield from map(clean, prepared.splitlines())
        return
    before, after = (_text(diff.get(side)) for side in ("before", "after"))
    if before == after:
        return
    old, new = before.splitlines(), after.splitlines()
    yield from map(clean, unified_diff(old, new, *_side_names(diff, place), lineterm=""))


def _side_names(diff: Mapping[str, Any], place: str) -> tuple[str, str]:
    """Return how both sides are called: by the file on the host, wherever that is known.

    Ansible calls the new side by the copy that it makes on the way there.
    """
    before, after = (str(diff.get(f"{side}_header") or "") for side in ("before", "after"))
    if before and before == after:
        return before, after
    attributes = diff.get("after")
    own = str(attributes.get("path") or "") if isinstance(attributes, Mapping) else ""
    if _TEMPORARY_PATH.search(after):
        after = after.rpartition("/")[2]
    known = place or own or before or after
    return known or "before", known or "after"


def _text(side: Any) -> str:
    """Return one side of a difference as text: attributes of files come as mappings."""
    if isinstance(side, Mapping):
        return "\n".join(f"{key}: {value}" for key, value in side.items())
    return "" if side is None else str(side)


def _styled(line: str) -> str:
    colour = _COLOURS.get(line[:1])
    return click.style(line, fg=colour) if colour else line
