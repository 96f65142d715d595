"""Small bundles for real runs on local connections."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unit.engine.plans import node_id
from worldtree.plan.ids import file_stem

_CFG = """[defaults]
inventory = inventory
roles_path = roles
collections_path = collections
gathering = explicit
nocows = True
[connection]
pipelining = True
"""
_LOCAL = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}


def write_bundle(
    directory: Path,
    plays: Mapping[str, Sequence[Mapping[str, Any]]],
    hosts: Sequence[str],
    variables: Mapping[str, object] | None = None,
) -> Path:
    """Write a bundle of plays (short node name -> Ansible tasks) over all ``hosts``; return it.

    ``variables`` are those of all plays.
    """
    (directory / "inventory").mkdir(parents=True)
    (directory / "plays").mkdir()
    (directory / "ansible.cfg").write_text(_CFG)
    inventory = {"all": {"hosts": dict.fromkeys(hosts, _LOCAL)}}
    (directory / "inventory" / "hosts.yml").write_text(json.dumps(inventory))
    attempt = "{{ lookup('ansible.builtin.env', 'WORLDTREE_ATTEMPT') }}"
    for name, tasks in plays.items():
        play = {
            "name": node_id(name),
            "hosts": ",".join(hosts),
            "gather_facts": False,
            "environment": {"WORLDTREE_ATTEMPT": attempt},
            "vars": dict(variables or {}),
            "tasks": list(tasks),
        }
        (directory / "plays" / f"{file_stem(node_id(name))}.yml").write_text(json.dumps([play]))
    return directory


def task(name: str, action: str = "command", args: Any = "true", **keywords: Any) -> dict[str, Any]:
    """Return an Ansible task."""
    return {"name": name, f"ansible.builtin.{action}": args, **keywords}
