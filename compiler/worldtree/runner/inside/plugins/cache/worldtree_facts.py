"""Facts that are gathered once per task and read by all its runs."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.cache.jsonfile import CacheModule as JsonFiles

DOCUMENTATION = r"""
name: worldtree_facts
short_description: Facts of one WorldTree task
description:
  - Reads facts from one JSON file per host.
  - Writes the first facts of a host only, and only in the run that gathers them, since roles
    guard their own keys (C(packages), C(services), C(getent_*)) with "when not in ansible_facts".
options:
  _uri:
    required: true
    description: Directory of the files.
    env:
      - name: ANSIBLE_CACHE_PLUGIN_CONNECTION
    type: path
  _prefix:
    description: Unused.
    default: ""
    env:
      - name: WORLDTREE_FACTS_PREFIX
  _timeout:
    description: Facts live as long as the task.
    default: 0
    env:
      - name: WORLDTREE_FACTS_TIMEOUT
    type: integer
"""

_PAYLOAD = "__payload__"


class CacheModule(JsonFiles):  # type: ignore[misc]  # Ansible has no types
    """JSON files that are written once per host."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._writes_facts = bool(os.environ.get("WORLDTREE_FACTS_KEEP"))
        self._kept: set[str] = set()

    def set(self, key: str, value: Any) -> None:
        """Store facts in memory; a gathering run writes the first ones of each host to disk."""
        if self._writes_facts and key not in self._kept:
            self._kept.add(key)
            super().set(key, _without_secrets(value))
        self._cache[key] = value


def _without_secrets(facts: Any) -> Any:
    """Return facts without variables that runs get in memory only from the control side."""
    lists = ("WORLDTREE_SECRET_NAMES", "WORLDTREE_PASSED_NAMES")
    names = {name for one in lists for name in os.environ.get(one, "").split(",") if name}
    if not names or not isinstance(facts, dict):
        return facts
    # Ansible gives a cache plugin the facts as JSON text under one key.
    if isinstance(text := facts.get(_PAYLOAD), str):
        return {**facts, _PAYLOAD: json.dumps(_without_variables(json.loads(text), names))}
    return _without_variables(facts, names)


def _without_variables(facts: dict[str, Any], names: set[str]) -> dict[str, Any]:
    environment = facts.get("ansible_env")
    if not isinstance(environment, dict):
        return facts
    rest = {name: value for name, value in environment.items() if name not in names}
    return {**facts, "ansible_env": rest}
