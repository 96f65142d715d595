"""What Ansible says would change, or has changed, in files: as unified diffs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any

import click

from worldtree.cli.progress.words import short
from worldtree.cli.terminal import clean
from worldtree.results.tree import TaskResult

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def result_diffs(result: TaskResult) -> Iterator[str]:
    """Yield the lines of every difference in ``result``, under a heading per node and host."""
    for node in result.nodes:
        for name, host in node.hosts.items():
            found = [line for task in host.tasks for line in diff_lines(task.result)]
            if found:
                yield ""
                yield click.style(f"{short(node.id)} on {name}", bold=True)
                yield from found


def diff_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the differences in the result of an Ansible task, its items included."""
    found = result.get("diff")
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, Mapping):
            yield from map(_styled, _lines(one))
    items = result.get("results")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping):
            yield from diff_lines(item)


def _lines(diff: Mapping[str, Any]) -> Iterator[str]:
    prepared = diff.get("prepared")
    if isinstance(prepared, str):
        yield from map(clean, prepared.splitlines())
        return
    before, after = (_text(diff.get(side)) for side in ("before", "after"))
    if before == after:
        return
    heads = (str(diff.get("before_header") or "before"), str(diff.get("after_header") or "after"))
    old, new = before.splitlines(), after.splitlines()
    yield from map(clean, unified_diff(old, new, *heads, lineterm=""))


def _text(side: Any) -> str:
    """Return one side of a difference as text: attributes of files come as mappings."""
    if isinstance(side, Mapping):
        return "\n".join(f"{key}: {value}" for key, value in side.items())
    return "" if side is None else str(side)


def _styled(line: str) -> str:
    colour = _COLOURS.get(line[:1])
    return click.style(line, fg=colour) if colour else line
