"""Tasks that publish a node's outputs, and the variable with the outputs of other nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldtree.ansible.model.plays import PlayTask
from worldtree.plan.node import Node
from worldtree.plan.outputs import Output, OutputType

#: Publishes values, and fails for a value that is not of the declared type.
_PUBLISH_ACTION = "worldtree.core.publish"
#: Variable in which templates of outputs find the action's result.
_RESULT_VARIABLE = "result"


def with_publish_tasks(node: Node, tasks: Sequence[PlayTask]) -> list[PlayTask]:
    """Return the ``tasks`` of a built-in step, and one that publishes the last one's result."""
    if not node.outputs:
        return list(tasks)
    last = tasks[-1].with_keywords(register=_RESULT_VARIABLE)
    register = last.keywords["register"]
    keywords: dict[str, Any] = {}
    if register != _RESULT_VARIABLE:
        keywords["vars"] = {_RESULT_VARIABLE: f"{{{{ {register} }}}}"}
    if any(output.secret for output in node.outputs.values()):
        last = PlayTask(
            last.name, last.action, last.args, {**last.keywords, "no_log": True}, last.noqa
        )
    found = [*tasks[:-1], last]
    shown = _publish_args(node, secret=False)
    if shown:
        args = {**shown, "shown": True}
        found.append(PlayTask("Publish the outputs", _PUBLISH_ACTION, args, keywords))
    hidden = _publish_args(node, secret=True)
    if hidden:
        keywords = {**keywords, "no_log": True}
        found.append(PlayTask("Publish the secret outputs", _PUBLISH_ACTION, hidden, keywords))
    return found


def outputs_variable(node: Node) -> dict[str, str]:
    """Return the variable in which the play of ``node`` finds the outputs of other nodes."""
    if not node.reads:
        return {}
    wanted: dict[str, dict[str, Any]] = {}
    for use in node.reads:
        wanted[use.written] = {"node": use.node, "names": list(use.names)}
        if use.secret:
            wanted[use.written] |= {"secret": list(use.secret), "hosts": list(use.hosts)}
    return {"outputs": f"{{{{ lookup('worldtree.core.outputs', {wanted!r}) }}}}"}


def declares_output_types(node: Node) -> bool:
    """Whether ``node`` runs roles or a play, and declares types of outputs."""
    return node.calls_team_code and bool(_types(node.outputs))


def output_check_tasks(node: Node) -> tuple[PlayTask, ...]:
    """Return the task that checks the types of the role's outputs, if any are declared."""
    if not declares_output_types(node):
        return ()
    keywords = {} if node.when is None else {"when": node.when}
    args = {"types": _types(node.outputs)}
    return (PlayTask("Check the published outputs", _PUBLISH_ACTION, args, keywords),)


def _publish_args(node: Node, *, secret: bool) -> dict[str, Any]:
    """Return the arguments that publish the secret or the other outputs; empty without any."""
    outputs = {name: one for name, one in node.outputs.items() if one.secret is secret}
    if not outputs:
        return {}
    found: dict[str, Any] = {"data": {name: one.value or "" for name, one in outputs.items()}}
    if types := _types(outputs):
        found["types"] = types
    return found


def _types(outputs: Mapping[str, Output]) -> dict[str, OutputType]:
    return {name: one.type for name, one in outputs.items() if one.type != "any"}
