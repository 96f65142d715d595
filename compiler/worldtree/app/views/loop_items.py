"""The items of a loop, from the result of an Ansible task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LoopItem:
    """What one round of a loop did."""

    label: str
    #: ``ok``, ``changed``, ``skipped``, ``failed`` or ``unreachable``.
    status: str
    message: str = ""
    stdout: str = ""
    stderr: str = ""


def loop_items(result: Mapping[str, Any]) -> Iterator[LoopItem]:
    """Yield the items in a task's result; what ``no_log`` hides stays hidden."""
    items = result.get("results")
    for item in items if isinstance(items, list) else ():
        # The module that installs packages has a list of texts there.
        if isinstance(item, Mapping) and "ansible_loop_var" in item:
            yield LoopItem(
                label=str(item.get("_ansible_item_label", item.get("item"))),
                status=_status(item),
                message=_text(item, "msg") or _text(item, "hidden_reason"),
                stdout=_text(item, "stdout") or _text(item, "module_stdout"),
                stderr=_text(item, "stderr") or _text(item, "module_stderr"),
            )


def _status(item: Mapping[str, Any]) -> str:
    for status in ("unreachable", "failed", "skipped", "changed"):
        # Core 2.21 does not set ``failed`` on an item, but ``exception``.
        if item.get(status) or (status == "failed" and "exception" in item):
            return status
    return "ok"


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
