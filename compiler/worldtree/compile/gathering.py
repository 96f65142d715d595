"""A plan that only gathers facts, of all hosts or of some."""

from __future__ import annotations

from typing import Any

from worldtree.compile.selection import Selection

#: The only node of a plan that gathers facts.
GATHER_NODE = ("facts/gather/setup",)


def gather_selection(hosts: tuple[str, ...] = ()) -> Selection:
    """Return the selection of the node that gathers facts; no hosts for all."""
    return Selection(only=GATHER_NODE, hosts=hosts)


def gather_always(data: Any) -> None:
    """Change the data of a document so that facts are gathered: also fresh ones, needed or not."""
    spec = data.get("spec") if isinstance(data, dict) else None
    if isinstance(spec, dict):
        facts = spec.get("facts")
        given = facts if isinstance(facts, dict) else {}
        spec["facts"] = {**given, "gather": "always", "ttl": 0}
