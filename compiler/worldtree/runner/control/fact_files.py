"""The files in which Ansible's cache keeps the facts of a task's hosts, one per host."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

#: Prefix that Ansible puts before a host's name: the version of its cache format.
_PREFIX = "s1_"
#: Key under which Ansible gives a cache the facts, as JSON text.
_PAYLOAD = "__payload__"


def read_facts(directory: Path) -> dict[str, dict[str, Any]]:
    """Return host -> facts; incomplete files are left out."""
    found = {}
    for path in sorted(directory.glob(f"{_PREFIX}*")):
        try:
            facts = json.loads(json.loads(path.read_text())[_PAYLOAD])
        except (ValueError, KeyError, TypeError):
            continue
        found[path.name.removeprefix(_PREFIX)] = facts
    return found


def write_facts(directory: Path, facts: Mapping[str, Mapping[str, Any]]) -> None:
    """Write facts to where the task's runs read them."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for host, body in facts.items():
        text = json.dumps({_PAYLOAD: json.dumps(dict(body))})
        (directory / f"{_PREFIX}{host}").write_text(text)


def delete_facts(directory: Path, hosts: Iterable[str]) -> None:
    """Remove the fact files of ``hosts``, if there are any."""
    for host in hosts:
        (directory / f"{_PREFIX}{host}").unlink(missing_ok=True)
