"""The step debugger: commands at a breakpoint to inspect, run, skip, retry, edit or abort."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import yaml

from worldtree.core.errors import DiagnosticBag
from worldtree.core.suggestions import did_you_mean
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.typed_value import TypedValueError, parse_typed_value
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import Node
from worldtree.plan.node_patterns import matches_pattern, unmatched_pattern_hint
from worldtree.plan.plan import Plan

#: Command -> its text in ``help``; the first letter of a command is enough.
DEBUGGER_COMMANDS = {
    "show": "show what would run, on which hosts, with which policy",
    "vars": "vars [HOST]: show the node's variables, and those of a host",
    "run": "run this node, then stop before the next",
    "next": "the same; after a failure: accept it and continue",
    "skip": "do not run this node; continue with the nodes after it",
    "retry": "after a failure: run the node again on the failed hosts",
    "edit": "edit NAME=VALUE: set a variable of the node for this task; VALUE is YAML",
    "continue": "continue to the next breakpoint or failure",
    "abort": "cancel the task, as Ctrl-C does",
    "help": "list the commands",
}


class Console(Protocol):
    """Asks a person, or a script."""

    def ask(self, prompt: str) -> str | None:
        """Return the next line without its line end; None at the end of the input."""

    def say(self, text: str) -> None:
        """Show one or more lines of text."""

    def watch(self, cancellation: Cancellation) -> None:
        """Interrupt a question when ``cancellation`` is requested."""


@dataclass(frozen=True, slots=True)
class Breakpoints:
    """Where to stop; without any, before every node."""

    #: Patterns of node ids, with or without the pipeline.
    nodes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.nodes or self.hosts)

    def hit(self, node: str, hosts: Sequence[str]) -> bool:
        """Return whether to stop before ``node`` on ``hosts``."""
        by_node = any(matches_pattern(node, pattern) for pattern in self.nodes)
        return by_node or not set(self.hosts).isdisjoint(hosts)

    def check(self, plan: Plan) -> None:
        """Raise ``InputError`` for a breakpoint that matches nothing in ``plan``."""
        bag = DiagnosticBag()
        for pattern in self.nodes:
            if not any(matches_pattern(name, pattern) for name in plan.graph.nodes):
                bag.error(
                    "selection-matches-nothing",
                    f"no node matches `{pattern}`",
                    detail="Nothing would stop there, and every node would run.",
                    hint=unmatched_pattern_hint(plan.graph.nodes, pattern),
                )
        known = {host for node in plan.graph.nodes.values() for host in node.hosts}
        for host in self.hosts:
            if host not in known:
                bag.error(
                    "selection-matches-nothing",
                    f"no node runs on host `{host}`",
                    detail="Nothing would stop there, and every node would run.",
                    hint=did_you_mean(host, known, "`wt plan` lists the hosts of every node"),
                )
        bag.raise_if_errors()


class Debugger:
    """The debugger of one task; called from the scheduler's thread only."""

    def __init__(
        self, plan: Plan, console: Console, stops: Breakpoints, cancellation: Cancellation
    ) -> None:
        self._plan, self._console, self._stops = plan, console, stops
        self._cancellation = cancellation
        self._stepping = not stops
        #: Node id -> variable -> value.
        self._edited: dict[str, dict[str, Any]] = {}
        #: Nodes that were skipped or edited: their results prove nothing about the plan's inputs.
        self.touched: set[str] = set()
        #: The node whose retry was requested: it is not asked about before it runs.
        self._retried: str | None = None
        #: The answer for all hosts of the run that ended last.
        self._answer: bool | None = None
        #: The node that the last answer skips.
        self._skipped: str | None = None

    # ---- called by the engine ------------------------------------------------------------------

    def before(self, node: str, hosts: Sequence[str]) -> bool:
        """Stop before ``node`` at a breakpoint until a command continues.

        Returns whether the task continues.
        """
        self._answer = self._skipped = None
        if self._retried == node:
            self._retried = None
            return True
        if not self._stepping and not self._stops.hit(node, hosts):
            return True
        self._console.say(f"stopped before {without_pipeline(node)} on {', '.join(hosts)}")
        word = self._prompt_until_resumed(node, hosts, ("run", "next", "skip", "continue"))
        if word == "skip":
            self.touched.add(node)
            self._skipped = node
        return word != "abort"

    def skips(self, node: str) -> bool:
        """Return whether ``node``, which starts now, is to be skipped."""
        return self._skipped == node

    def again(self, node: str, host: str, why: str) -> bool:
        """Return whether to retry a node that failed for good on ``host``; asks once per run.

        ``why`` is the reason why its run as a whole failed, if it did.
        """
        if self._answer is None:
            self._console.say(
                "\n  ".join([f"{without_pipeline(node)} failed on {host}", *why.splitlines()])
            )
            word = self._prompt_until_resumed(node, (host,), ("retry", "next", "continue"))
            self._answer = word == "retry"
            self._retried = node if self._answer else None
        return self._answer

    def edited_for(self, node: str) -> dict[str, Any]:
        """Return the variables of ``node`` that were edited."""
        return self._edited.get(node, {})

    def describe_edits(self, node: str) -> str:
        """Return one line with ``node``'s edited variables, under ``no_log`` without values."""
        hidden = self._plan.graph.nodes[node].no_log
        pairs = (
            name if hidden else f"{name}={one_line_yaml(value)}"
            for name, value in self.edited_for(node).items()
        )
        return f"variables edited in the debugger: {', '.join(pairs)}"

    # ---- the prompt ----------------------------------------------------------------------------

    def _prompt_until_resumed(self, node: str, hosts: Sequence[str], ways_on: Sequence[str]) -> str:
        """Answer commands until one continues the task; return that command."""
        while not self._cancellation.requested:
            line = self._console.ask(f"{without_pipeline(node)}> ")
            if line is None:
                self._console.say("end of input: the task is aborted")
                break
            word, _, rest = line.strip().partition(" ")
            word = self._expand_abbreviation(word, ways_on)
            look = self._inspections.get(word)
            if word == "abort":
                break
            if word in ways_on:
                if word != "retry":
                    self._stepping = word != "continue"
                return word
            if look is not None:
                look(self, self._plan.graph.nodes[node], hosts, rest.strip())
            elif word in DEBUGGER_COMMANDS:
                fitting = ", ".join((*ways_on, "abort"))
                self._console.say(f"`{word}` is not possible here; use one of {fitting}")
            elif word:
                hint = did_you_mean(word, DEBUGGER_COMMANDS) or "`help` lists the commands"
                self._console.say(f"unknown command `{word}`: {hint}")
        self._cancellation.request()
        return "abort"

    def _expand_abbreviation(self, word: str, ways_on: Sequence[str]) -> str:
        """Return the command that a first letter stands for; possible commands come first."""
        word = {"?": "help"}.get(word, word)
        here = (
            known for known in DEBUGGER_COMMANDS if known in {*ways_on, *self._inspections, "abort"}
        )
        found = next(
            (known for known in (*here, *DEBUGGER_COMMANDS) if known.startswith(word)), word
        )
        return found if len(word) == 1 else word

    def _show(self, node: Node, hosts: Sequence[str], _rest: str) -> None:
        what = node.work_label if node.role is None else f"role {node.role} : {node.entry}"
        lines = [node.id, f"  does    {what}", f"  hosts   {', '.join(hosts)}"]
        if node.params:
            lines.append(f"  params  {one_line_yaml(node.params)}")
        if node.when:
            lines.append(f"  when    {node.when}")
        before = [without_pipeline(edge.before) for edge in self._plan.graph.predecessors[node.id]]
        after = [without_pipeline(edge.after) for edge in self._plan.graph.successors[node.id]]
        for title, names in (("after", before), ("before", after)):
            if names:
                lines.append(f"  {title:7} {', '.join(dict.fromkeys(names))}")
        lines.append(f"  undo    {node.reversibility}")
        self._console.say("\n".join(lines))

    def _vars(self, node: Node, hosts: Sequence[str], rest: str) -> None:
        edited = self.edited_for(node.id)
        lines = [
            f"{name} = {one_line_yaml(value)}{'  (edited)' if name in edited else ''}"
            for name, value in {**node.vars, **edited}.items()
        ]
        if rest:
            found = next((host for host in self._plan.hosts if host.name == rest), None)
            if found is None:
                hint = did_you_mean(rest, hosts)
                self._console.say(f"there is no host `{rest}`; {hint}".rstrip("; "))
                return
            mine = {"address": found.address, **found.vars}
            lines += [f"{rest}: {name} = {one_line_yaml(value)}" for name, value in mine.items()]
        self._console.say("\n".join(lines) or "no variables")

    def _edit(self, node: Node, _hosts: Sequence[str], rest: str) -> None:
        name, equals, text = rest.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            self._console.say("use: edit NAME=VALUE, such as edit shop_port=8080")
            return
        try:
            value = parse_typed_value(text)
        except TypedValueError as problem:
            self._console.say(str(problem))
            return
        self._edited.setdefault(node.id, {})[name] = value
        self.touched.add(node.id)
        self._console.say(f"{name} = {one_line_yaml(value)}")

    def _help(self, _node: Node, _hosts: Sequence[str], _rest: str) -> None:
        self._console.say("\n".join(f"{word:9} {what}" for word, what in DEBUGGER_COMMANDS.items()))

    _inspections: ClassVar[Mapping[str, Callable[[Debugger, Node, Sequence[str], str], None]]] = {
        "show": _show,
        "vars": _vars,
        "edit": _edit,
        "help": _help,
    }


def one_line_yaml(value: Any) -> str:
    """Return a value as YAML on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    line = text.strip().removesuffix("...").strip()
    # YAML writes a multi-line string on several lines; JSON does not.
    return line if "\n" not in line else json.dumps(value, ensure_ascii=False, default=str)
