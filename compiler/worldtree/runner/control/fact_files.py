"""The files in which Ansible's cache keeps the facts of a task's hosts, one per host."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

#: What Ansible puts before a host's name: the version of its own form.
_PREFIX = "s1_"
#: Key under which it hands a cache the facts, as text.
_PAYLOAD = "__payload__"


def read_facts(directory: Path) -> dict[str, dict[str, Any]]:
    """Return the facts by host; of files that are not whole there are none."""
    found = {}
    for path in sorted(directory.glob(f"{_PREFIX}*")):
        try:
            facts = json.loads(json.loads(path.read_text())[_PAYLOAD])
        except (ValueError, KeyError, TypeError):
            continue
        found[path.name.removeprefix(_PREFIX)] = facts
    return found


def write_facts(directory: Path, facts: Mapping[str, Mapping[str, Any]]) -> None:
    """Put facts where the task's runs find them."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for host, body in facts.items():
        text = json.dumps({_PAYLOAD: json.dumps(dict(body))})
        (directory / f"{_PREFIX}{host}").write_text(text)


def delete_facts(directory: Path, hosts: Iterable[str]) -> None:
    """Remove what there is of hosts' facts, whole or not."""
    for host in hosts:
        (directory / f"{_PREFIX}{host}").unlink(missing_ok=True)
