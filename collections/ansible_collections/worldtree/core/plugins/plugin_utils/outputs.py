# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""The outputs of nodes so far: passed on by ``wt``, and published in this run.

The callback ``worldtree.core.outputs`` fills it in Ansible's main process; the worker processes are
forked from that and so inherit it.
"""

from __future__ import annotations

import json
import os

#: Environment variable that names the file of earlier outputs.
VARIABLE = "WORLDTREE_OUTPUTS"
#: Fact with the secret outputs in a run by hand: node -> name -> value.
FACT = "worldtree_secret_outputs"

#: Node -> host -> name -> value.
_published: dict[str, dict[str, dict]] = {}
_read: list[str] = []


def reference(node: str, host: str, name: str) -> str:
    """Return the secrets broker's name of a secret output."""
    return f"output:{node}/{host}/{name}"


def publish(node: str, host: str, values: dict) -> None:
    """Record what ``node`` published on ``host``."""
    _load_earlier()
    _published.setdefault(node, {}).setdefault(host, {}).update(values)


def find(node: str, host: str) -> dict:
    """Return the values of ``node`` for ``host``: its own, else those of the first host."""
    _load_earlier()
    by_host = _published.get(node, {})
    first = next(iter(by_host.values()), {})
    return {**first, **by_host.get(host, {})}


def own(node: str, host: str) -> dict:
    """Return what ``node`` published on ``host`` itself."""
    return _published.get(node, {}).get(host, {})


def _load_earlier() -> None:
    path = os.environ.get(VARIABLE)
    if path and path not in _read:
        _read.append(path)
        with open(path, encoding="utf-8") as file:
            _published.update(json.load(file))
