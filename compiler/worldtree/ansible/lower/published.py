"""How a node's outputs get out of its play, and others' outputs into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from worldtree.ansible.plays import PlayTask
from worldtree.plan.node import Node
from worldtree.plan.outputs import OutputType

#: Filters that make a value of a type; others are taken as they come and looked at later.
_FILTERS: dict[OutputType, str] = {"str": "string", "int": "int", "float": "float", "bool": "bool"}
#: Name under which templates of outputs know what the action returned.
_RESULT = "result"


def with_publishing(node: Node, tasks: Sequence[PlayTask]) -> list[PlayTask]:
    """Return the ``tasks`` of a built-in step, and one that publishes what the last returned."""
    if not node.outputs:
        return list(tasks)
    last = tasks[-1].with_keywords(register=_RESULT)
    data = {name: _typed(output.value or "", output.type) for name, output in node.outputs.items()}
    keywords: dict[str, Any] = {}
    register = last.keywords["register"]
    if register != _RESULT:
        keywords["vars"] = {_RESULT: f"{{{{ {register} }}}}"}
    publish = PlayTask(
        "Publish the outputs",
        "ansible.builtin.set_stats",
        {"data": data, "per_host": True, "aggregate": False},
        keywords,
    )
    return [*tasks[:-1], last, publish]


def read_outputs(node: Node) -> dict[str, str]:
    """Return the variable by which the play of ``node`` sees what others published."""
    if not node.reads:
        return {}
    wanted = {use.written: {"node": use.node, "names": list(use.names)} for use in node.reads}
    return {"outputs": f"{{{{ lookup('worldtree.core.outputs', {wanted!r}) }}}}"}


def _typed(value: str, wanted: OutputType) -> str:
    """Return ``value`` with a filter for its type, where it is one expression."""
    inner = value.strip()
    single = inner.startswith("{{") and inner.endswith("}}") and inner.count("{{") == 1
    if wanted not in _FILTERS or not single:
        return value
    return f"{{{{ ({inner[2:-2].strip()}) | {_FILTERS[wanted]} }}}}"
