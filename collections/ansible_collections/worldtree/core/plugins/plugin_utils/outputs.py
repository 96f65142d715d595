# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""What nodes have published so far: handed over by ``wt``, and published in this very run.

The callback ``worldtree.core.outputs`` fills it in Ansible's main process; the processes that work
on hosts are forked from that and so see it.
"""

from __future__ import annotations

import json
import os

#: Names the file of what was published before this run.
VARIABLE = "WORLDTREE_OUTPUTS"
#: The fact that holds secret outputs in a run by hand: node -> name -> value.
FACT = "worldtree_secret_outputs"

#: Node -> host -> name -> value.
_published: dict[str, dict[str, dict]] = {}
_read: list[str] = []


def reference(node: str, host: str, name: str) -> str:
    """Return how the process that holds secrets calls a secret output."""
    return f"output:{node}/{host}/{name}"


def publish(node: str, host: str, values: dict) -> None:
    """Remember what ``node`` published on ``host``."""
    _hand_over()
    _published.setdefault(node, {}).setdefault(host, {}).update(values)


def find(node: str, host: str) -> dict:
    """Return what ``host`` is to see of ``node``: its own values, else those of the first host."""
    _hand_over()
    by_host = _published.get(node, {})
    first = next(iter(by_host.values()), {})
    return {**first, **by_host.get(host, {})}


def own(node: str, host: str) -> dict:
    """Return what ``node`` published on ``host`` itself."""
    return _published.get(node, {}).get(host, {})


def _hand_over() -> None:
    path = os.environ.get(VARIABLE)
    if path and path not in _read:
        _read.append(path)
        with open(path, encoding="utf-8") as file:
            _published.update(json.load(file))
