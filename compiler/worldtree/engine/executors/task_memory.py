"""Passes what nodes learnt of hosts to the runs of the nodes after them.

That is what Ansible keeps from play to play: set facts, registered results, included variables,
facts of modules, and hosts and groups that tasks added.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from worldtree.engine.executors.protocol import Executor, OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.ids import without_pipeline
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.spec.jinja_syntax import is_template

#: The layers of Ansible's memory of a host, as results of FACTS_SET name them.
_SET, _LAYERS = "values", ("facts", "vars", "values")
#: Why a later run has no value, by the key of a result of FACTS_SET; it follows the node's id.
_HIDDEN = "under `no_log` or from a secret, so that it was not written down"
#: Bytes of a value as JSON up to which it is passed on always.
_LARGE_VALUE = 2**14
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOST = "as a value that is too large, or of a kind that cannot be written down"


class TaskMemoryExecutor:
    """Passes to each run what the nodes before its own learnt, on all their hosts.

    Of its own nodes it gets what they learnt in the same task on hosts where they are done.

    A run never gets anything of unordered nodes, which may or may not have run: the graph alone
    decides what a node gets. What must not be written down is passed as a reason, which a task that
    needs the value fails with, unless the memory of the secrets broker still has the value.
    ``known`` are the results of earlier FACTS_SET events; ``done`` are the nodes that are done on
    hosts, for a task that is resumed. ``reads`` returns the names that the
    plays of nodes may read, or None where they may read any; a value of over ``large`` bytes is
    passed on where it may be read, and otherwise as a reason, too. ``task`` is the task's id.
    """

    def __init__(
        self,
        inner: Executor,
        plan: Plan,
        known: Mapping[NodeHost, Mapping[str, Any]],
        done: Iterable[NodeHost] = (),
        reads: Callable[[Sequence[str]], frozenset[str] | None] = lambda _: None,
        large: int = _LARGE_VALUE,
        task: str = "latest",
    ) -> None:
        self._inner, self._graph, self._task = inner, plan.graph, task
        self._reads, self._large = reads, large
        self._of_this_task = set(done)
        #: Node -> host -> what it learnt. Written by the runs' threads, a key at a time.
        self._learnt: dict[str, dict[str, Mapping[str, Any]]] = {}
        for (node, host), found in known.items():
            self._learnt.setdefault(node, {})[host] = found

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Start the run with what is known; what its own nodes learnt earlier is dropped."""

        def listen(event: Event) -> None:
            node, host = event.node, event.host
            if event.kind is EventKind.FACTS_SET and node and host:
                self._of_this_task.add((node, host))
                learnt = self._learnt.setdefault(node, {})
                if event.result.get("beside"):
                    result = _added(learnt.get(host, {}), event.result)
                    event = event.model_copy(update={"result": result})
                learnt[host] = event.result
            on_event(event)

        for node in request.nodes:
            for host in request.hosts:
                self._learnt.get(node, {}).pop(host, None)
        # A rollback runs in reverse: the nodes before it here ran after it.
        memory = {} if request.form == "rollback" else self._before(request.nodes)
        return self._inner.start(replace(request, memory=memory), listen, on_end)

    def _before(self, nodes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Return host -> layer -> name -> value as the plays before ``nodes`` left them.

        The layers ``no_values``, ``no_vars`` and ``no_facts`` have the node and why in place of
        values; ``inventory`` has what the plays added to it.
        """
        if not any(self._learnt.values()):
            return {}
        found: dict[str, dict[str, Any]] = {}
        added: list[Any] = []
        before = self._ancestors(nodes)
        here = {*before, *nodes}
        # What a selection left out ran in an earlier task, so before all of this one.
        earlier = [name for name, after in self._graph.left_out.items() if here.intersection(after)]
        for node in (*earlier, *(name for name in self._graph.nodes if name in here)):
            for host, entry in list(self._learnt.get(node, {}).items()):
                if node not in nodes or (node, host) in self._of_this_task:
                    _merge(found.setdefault(host, {}), entry, node, self._how_to_set(node))
                    added.extend(entry.get("inventory", ()))
        if added:
            # Of one host, as all hosts share the inventory: what a later node added comes last.
            next(iter(found.values()))["inventory"] = added
        self._leave_out_unread(found, nodes)
        return {
            host: filled
            for host, layers in found.items()
            if (filled := {name: layer for name, layer in layers.items() if layer})
        }

    def _how_to_set(self, node: str) -> str:
        """Return the end of a reason: what to do so that ``node`` sets its values again."""
        if node in self._graph.left_out:
            return f"select {without_pipeline(node)}, too (`--only`)"
        return f"`wt retry {self._task} --node {node}` sets it again"

    def _leave_out_unread(self, found: dict[str, dict[str, Any]], nodes: tuple[str, ...]) -> None:
        """Replace large values that ``nodes`` cannot read by the reason."""
        large: dict[str, list[tuple[str, str, str]]] = {}
        for host, layers in found.items():
            for layer in _LAYERS:
                for name, value in layers.get(layer, {}).items():
                    text = json.dumps(value)
                    if len(text) > self._large:
                        large.setdefault(name, []).append((host, layer, text))
        names = self._reads(nodes) if large else None
        if names is None:
            return
        # A value may be a template, which names others.
        small = {name for layers in found.values() for key in _LAYERS for name in layers[key]}
        wanted = set(names).union(
            *(
                _names_in_templates(json.dumps(layers[layer][name]))
                for layers in found.values()
                for layer in _LAYERS
                for name in small.difference(large).intersection(layers[layer])
            )
        )
        while read := wanted.intersection(large):
            for name in read:
                for _, _, text in large.pop(name):
                    wanted |= _names_in_templates(text)
        why = "it is large, and no file that the play of {} may use names it"
        for name, places in large.items():
            for host, layer, _ in places:
                del found[host][layer][name]
                reason = f"`{name}` was not passed on: {why.format(nodes[0])}"
                found[host][f"no_{layer}"][name] = {"node": nodes[0], "why": reason}

    def _ancestors(self, nodes: tuple[str, ...]) -> set[str]:
        found: set[str] = set()
        todo = list(nodes)
        while todo:
            for edge in self._graph.predecessors[todo.pop()]:
                if edge.before not in found:
                    found.add(edge.before)
                    todo.append(edge.before)
        return found


def _merge(layers: dict[str, Any], entry: Mapping[str, Any], node: str, again: str) -> None:
    """Add to ``layers`` what ``entry``, the result of a FACTS_SET of ``node``, says.

    ``again`` says how to get the values that it must not have.
    """
    if entry.get("cleared"):
        for name in ("facts", "no_facts"):
            layers.get(name, {}).clear()
    for layer in _LAYERS:
        values, reasons = layers.setdefault(layer, {}), layers.setdefault(f"no_{layer}", {})
        for name, value in entry.get(layer, {}).items():
            values[name] = value
            reasons.pop(name, None)
        for name, why in _missing(entry, layer):
            values.pop(name, None)
            reasons[name] = {"node": node, "why": f"`{name}` was set by {node} {why}; {again}"}


def _added(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of a FACTS_SET with what ``more`` adds to ``before``."""
    # The names of each layer are put together below.
    apart = {"beside", "lost", "hidden_in"}
    found = {name: value for name, value in {**before, **more}.items() if name not in apart}
    if before.get("inventory"):
        found["inventory"] = [*before["inventory"], *more.get("inventory", ())]
    for layer in _LAYERS:
        new = {*more.get(layer, ()), *(name for name, _ in _missing(more, layer))}
        old = {name: value for name, value in before.get(layer, {}).items() if name not in new}
        if layer in found:
            found[layer] = {**old, **more.get(layer, {})}
        hidden = [name for name in _hidden(before, layer) if name not in new]
        hidden += _hidden(more, layer)
        if layer == _SET:
            found["hidden"] = hidden
        elif hidden:
            found["hidden_in"] = {**found.get("hidden_in", {}), layer: hidden}
        lost = [name for name in before.get("lost", {}).get(layer, ()) if name not in new]
        lost += more.get("lost", {}).get(layer, ())
        if lost:
            found["lost"] = {**found.get("lost", {}), layer: lost}
    return found


def _names_in_templates(text: str) -> frozenset[str]:
    return frozenset(_NAME.findall(text) if is_template(text) else ())


def withheld_names(entry: Mapping[str, Any]) -> frozenset[str]:
    """Return the names whose values ``entry``, the result of a FACTS_SET, must not have."""
    return frozenset(name for layer in _LAYERS for name in _hidden(entry, layer))


def names_with_values(entry: Mapping[str, Any]) -> frozenset[str]:
    """Return the names whose values ``entry``, the result of a FACTS_SET, has."""
    return frozenset(name for layer in _LAYERS for name in entry.get(layer, ()))


def _hidden(entry: Mapping[str, Any], layer: str) -> Iterator[str]:
    yield from entry.get("hidden", ()) if layer == _SET else ()
    yield from entry.get("hidden_in", {}).get(layer, ())


def _missing(entry: Mapping[str, Any], layer: str) -> Iterator[tuple[str, str]]:
    """Yield the names of a layer that have no value in ``entry``, and why."""
    for name in _hidden(entry, layer):
        yield name, _HIDDEN
    for name in entry.get("lost", {}).get(layer, ()):
        yield name, _LOST
