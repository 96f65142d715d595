"""The differences between two bundles as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from worldtree.ansible.bundle.diff import BundleDiff, ItemChange, ValueChange
from worldtree.core.text import and_more

_MAX_WIDTH = 60
#: Characters before a difference that are shown of two long texts.
_CONTEXT = 20
#: Hosts of a step that are named; the rest is counted.
_MAX_HOSTS = 10


def diff_text(diff: BundleDiff) -> str:
    """Return ``diff`` as text, one change per line, files with their unified diffs last."""
    if diff.is_empty:
        return "The bundles are the same.\n"
    return "\n".join(_lines(diff)) + "\n"


def _lines(diff: BundleDiff) -> Iterator[str]:
    if diff.parameters:
        yield "Parameters:"
        yield from (_value(change) for change in diff.parameters)
    for title, added, removed, changed in (
        ("Steps", diff.added_nodes, diff.removed_nodes, diff.changed_nodes),
        ("Hosts", diff.added_hosts, diff.removed_hosts, diff.changed_hosts),
    ):
        if added or removed or changed:
            yield f"{title}: {_counts(len(added), len(removed), len(changed))}"
            yield from (f"  + {name}" for name in added)
            yield from (f"  - {name}" for name in removed)
            for item in changed:
                yield from _item(item)
    if diff.groups:
        yield "Groups:"
        yield from (_value(change) for change in diff.groups)
    if diff.variables:
        yield "Variables:"
        for item in diff.variables:
            yield from _item(item, "every host" if item.name == "all" else f"group {item.name}")
    if diff.edges:
        yield "Order:"
        yield from (f"  {'+' if edge.has else '-'} {edge.name}" for edge in diff.edges)
    if diff.inputs:
        yield f"Inputs that changed: {', '.join(diff.inputs)}"
    if diff.affected_nodes:
        yield "Steps whose input changed:"
        yield from (
            f"  {one.node} on {and_more(one.hosts, _MAX_HOSTS)}" for one in diff.affected_nodes
        )
    if diff.files:
        yield "Files:"
    for file in diff.files:
        yield f"  {file.path}: {file.what}"
        yield from (f"    {line}" for line in file.text.splitlines())
    for edited in diff.edits:
        yield f"Edited since it was compiled: {edited.bundle}"
        yield from (f"  {problem}" for problem in edited.problems)


def _counts(added: int, removed: int, changed: int) -> str:
    named = ((added, "added"), (removed, "removed"), (changed, "changed"))
    return ", ".join(f"{count} {word}" for count, word in named if count)


def _item(item: ItemChange, title: str = "") -> Iterator[str]:
    yield f"  ~ {title or item.name}"
    yield from (f"  {_value(change)}" for change in item.changes)


def _value(change: ValueChange) -> str:
    if isinstance(change.old, list) and isinstance(change.new, list):
        came = [v for v in change.new if v not in change.old]
        went = [v for v in change.old if v not in change.new]
        parts = [f"+{_beside(v, went)}" for v in came] + [f"-{_beside(v, came)}" for v in went]
        if parts:
            return f"  {change.name}: {' '.join(parts)}"
    old = _beside(change.old, [change.new] if change.has else []) if change.had else "(not set)"
    new = _beside(change.new, [change.old] if change.had else []) if change.has else "(not set)"
    return f"  {change.name}: {old} → {new}"


def _beside(value: Any, others: Sequence[Any]) -> str:
    """Return ``value`` as a short text that differs from those of all ``others``."""
    text = _short(value)
    same = [other for other in others if _short(other) == text]
    return _exact(value, same[0]) if same else text


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split()) or '""'
    return text if len(text) <= _MAX_WIDTH else f"{text[: _MAX_WIDTH - 1]}…"


def _exact(value: Any, other: Any) -> str:
    """Return the part of ``value`` where it differs from ``other``, with visible white space."""
    text, beside = _escaped(value), _escaped(other)
    pairs = enumerate(zip(text, beside, strict=False))
    differs = next((at for at, (one, two) in pairs if one != two), min(len(text), len(beside)))
    start = max(0, differs - _CONTEXT)
    part = text[start : start + _MAX_WIDTH - 2]
    before, after = "…" if start else "", "…" if start + len(part) < len(text) else ""
    return f"{before}{part}{after}"


def _escaped(value: Any) -> str:
    return "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" for c in json.dumps(value, ensure_ascii=False)
    )
