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
    register = last.keywords["register"]
    keywords: dict[str, Any] = {}
    if register != _RESULT:
        keywords["vars"] = {_RESULT: f"{{{{ {register} }}}}"}
    if any(output.secret for output in node.outputs.values()):
        last = PlayTask(
            last.name, last.action, last.args, {**last.keywords, "no_log": True}, last.noqa
        )
    found = [*tasks[:-1], last]
    shown = _values(node, secret=False)
    if shown:
        args = {"data": shown, "per_host": True, "aggregate": False}
        action = "ansible.builtin.set_stats"
        found.append(PlayTask("Publish the outputs", action, args, keywords))
    hidden = _values(node, secret=True)
    if hidden:
        keywords = {**keywords, "no_log": True}
        action = "worldtree.core.publish"
        found.append(PlayTask("Publish the secret outputs", action, {"data": hidden}, keywords))
    return found


def read_outputs(node: Node) -> dict[str, str]:
    """Return the variable by which the play of ``node`` sees what others published."""
    if not node.reads:
        return {}
    wanted: dict[str, dict[str, Any]] = {}
    for use in node.reads:
        wanted[use.written] = {"node": use.node, "names": list(use.names)}
        if use.secret:
            wanted[use.written] |= {"secret": list(use.secret), "hosts": list(use.hosts)}
    return {"outputs": f"{{{{ lookup('worldtree.core.outputs', {wanted!r}) }}}}"}


def _values(node: Node, *, secret: bool) -> dict[str, str]:
    return {
        name: _typed(output.value or "", output.type)
        for name, output in node.outputs.items()
        if output.secret is secret
    }


def _typed(value: str, wanted: OutputType) -> str:
    """Return ``value`` with a filter for its type, where it is one expression."""
    inner = value.strip()
    single = inner.startswith("{{") and inner.endswith("}}") and inner.count("{{") == 1
    if wanted not in _FILTERS or not single:
        return value
    return f"{{{{ ({inner[2:-2].strip()}) | {_FILTERS[wanted]} }}}}"
