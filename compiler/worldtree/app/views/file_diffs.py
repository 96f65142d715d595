"""Changes in files, from Ansible's results, as lines of unified diffs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from typing import Any

from worldtree.app.views.text import clean
from worldtree.results.tree import PlayTaskResult

#: Marks the path of a temporary copy that Ansible makes.
_TEMPORARY_PATH = re.compile(r"/(wt-mem-|ansible-(local|tmp)-)")
#: Actions that report a diff of a file.
_ACTIONS_WITH_DIFF = ("copy", "template", "blockinfile", "lineinfile", "replace", "assemble")


def diff_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the diff lines in the result of an Ansible task, those of loop items included."""
    found = result.get("diff")
    place = result.get("dest") or result.get("path")
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, Mapping):
            yield from _lines(one, place if isinstance(place, str) else "")
    items = result.get("results")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping):
            yield from diff_lines(item)


def hides_diff(task: PlayTaskResult) -> bool:
    """Whether a task changed a file and its diff is hidden because it holds a secret."""
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
    """Return the names of both sides: the path on the host wherever it is known.

    Ansible names the new side after its temporary copy.
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
    """Return one side of a diff as text; file attributes are mappings."""
    if isinstance(side, Mapping):
        return "\n".join(f"{key}: {value}" for key, value in side.items())
    return "" if side is None else str(side)
