"""Diffs of files with colours, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from worldtree.app.views.file_diffs import diff_lines, hides_diff
from worldtree.plan.ids import without_pipeline
from worldtree.results.tree import TaskResult

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def result_diffs(result: TaskResult) -> Iterator[str]:
    """Yield the lines of every diff in ``result``, under a heading per node and host.

    A diff that is hidden because of a secret is named.
    """
    for node in result.nodes:
        for name, host in node.hosts.items():
            found = [line for task in host.tasks for line in coloured_diff(task.result)]
            if any(map(hides_diff, host.tasks)):
                yield ""
                where = click.style(f"{without_pipeline(node.id)} on {name}:", bold=True)
                yield f"{where} diff hidden, it contains a secret"
            if found:
                yield ""
                yield click.style(f"{without_pipeline(node.id)} on {name}", bold=True)
                yield from found


def coloured_diff(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the coloured diff lines in the result of an Ansible task."""
    return coloured_lines(diff_lines(result))


def coloured_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a diff with their colours."""
    for line in lines:
        colour = _COLOURS.get(line[:1])
        yield click.style(line, fg=colour) if colour else line
