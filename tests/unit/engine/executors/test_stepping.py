"""The step debugger: breakpoints, commands, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from unit.engine.plans import hosts_of, node_id, node_statuses, plan, simulate
from worldtree.core.errors import InputError
from worldtree.engine.cancellation import Cancellation
from worldtree.engine.debugger import Breakpoints, Debugger, one_line_yaml
from worldtree.engine.executors.protocol import RunHandle
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.executors.stepping import SteppingExecutor, stepping_options
from worldtree.engine.recorder import MemoryRecorder
from worldtree.engine.run_options import RunOptions
from worldtree.engine.typed_value import parse_typed_value
from worldtree.plan.plan import Plan
from worldtree.plan.policy import Policy
from worldtree.results.events import EventKind
from worldtree.results.status import TaskStatus
from worldtree.results.tree import TaskResult

ONE = ("h1",)
TWO = ("h1", "h2")
CHAIN = plan(dict.fromkeys("abc", TWO), [("a", "b", "host"), ("b", "c", "host")])


class Script:
    """Says the lines that it was given, and remembers what was shown."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)
        self.prompts: list[str] = []
        self.said: list[str] = []
        self.on_ask: Callable[[], None] = lambda: None

    def ask(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        self.on_ask()
        return self._lines.pop(0) if self._lines else None

    def say(self, text: str) -> None:
        self.said.append(text)

    def watch(self, cancellation: Cancellation) -> None:
        """A script is never asked for long."""


class Stepped:
    """One run step by step."""

    def __init__(
        self,
        wanted: Plan,
        *lines: str,
        outcomes: Mapping[tuple[str, str], str | list[str]] | None = None,
        stops: Breakpoints | None = None,
    ) -> None:
        self.console = Script(*lines)
        cancellation = Cancellation()
        self.debugger = Debugger(wanted, self.console, stops or Breakpoints(), cancellation)
        script = {(node_id(name), host): found for (name, host), found in (outcomes or {}).items()}
        self.inner = SimulatedExecutor(script)
        self.recorder = MemoryRecorder()
        #: Short names of the nodes that had been reported as started at each prompt.
        self.begun: list[list[str]] = []
        self.console.on_ask = lambda: self.begun.append(self._begun())
        self.result: TaskResult = simulate(
            wanted,
            executor=SteppingExecutor(self.inner, self.debugger),
            recorder=self.recorder,
            options=stepping_options(RunOptions(), self.debugger),
            cancellation=cancellation,
        )

    def _begun(self) -> list[str]:
        kind = EventKind.NODE_STARTED
        return [(e.node or "")[-1] for e in self.recorder.events if e.kind is kind]

    @property
    def stopped(self) -> list[str]:
        """What was said at every stop."""
        return [text for text in self.console.said if text.startswith("stopped")]

    @property
    def ran(self) -> list[str]:
        """Short names of the nodes that were really run, in order."""
        return [request.nodes[0].rpartition("/")[2] for request in self.inner.requests]


def test_it_stops_before_every_node_and_fuses_none() -> None:
    found = Stepped(CHAIN, "run", "next", "run")
    assert found.stopped == [f"stopped before m/t/{name} on h1, h2" for name in "abc"]
    assert found.ran == ["a", "b", "c"]
    assert found.console.prompts == ["m/t/a> ", "m/t/b> ", "m/t/c> "]
    assert found.result.status is TaskStatus.SUCCEEDED


def test_who_thinks_is_no_node_at_work() -> None:
    """A node begins once it was said that it is to run, and not at all when the task is aborted."""
    found = Stepped(CHAIN, "run", "show", "skip", "abort")
    assert found.begun == [[], ["a"], ["a"], ["a", "b"]]
    assert found._begun() == ["a", "b"]


def test_continue_goes_on_to_the_end() -> None:
    found = Stepped(CHAIN, "continue")
    assert (len(found.stopped), found.ran) == (1, ["a", "b", "c"])


@pytest.mark.parametrize(
    "stops", [Breakpoints(nodes=("m/t/b",)), Breakpoints(nodes=("p/*/b",)), Breakpoints(("*/b",))]
)
def test_it_stops_at_breakpoints_only(stops: Breakpoints) -> None:
    found = Stepped(CHAIN, "continue", stops=stops)
    assert found.stopped == ["stopped before m/t/b on h1, h2"]
    assert found.ran == ["a", "b", "c"]


def test_breakpoints_are_patterns_as_those_of_a_selection() -> None:
    found = Stepped(CHAIN, *["continue"] * 3, stops=Breakpoints(nodes=("m/t",)))
    assert len(found.stopped) == 3


def test_breakpoints_that_would_never_stop_are_refused() -> None:
    Breakpoints(("m/t/b", "*/c"), ("h2",)).check(CHAIN)
    with pytest.raises(InputError) as refused:
        Breakpoints(("m/t/b", "nosuch/*"), ("h2", "h22")).check(CHAIN)
    assert [(d.slug, d.summary) for d in refused.value.diagnostics] == [
        ("selection-matches-nothing", "no node matches `nosuch/*`"),
        ("selection-matches-nothing", "no node runs on host `h22`"),
    ]
    assert refused.value.diagnostics[1].hint == "did you mean `h2`?"


def test_it_stops_at_hosts() -> None:
    wanted = plan({"a": ONE, "b": TWO}, [("a", "b", "barrier")])
    found = Stepped(wanted, "continue", stops=Breakpoints(hosts=("h2",)))
    assert found.stopped == ["stopped before m/t/b on h1, h2"]


def test_run_at_a_breakpoint_stops_before_the_next_node() -> None:
    found = Stepped(CHAIN, "run", "continue", stops=Breakpoints(nodes=("m/t/a",)))
    assert found.stopped == ["stopped before m/t/a on h1, h2", "stopped before m/t/b on h1, h2"]


def test_a_skipped_node_says_so_and_what_comes_after_it_runs() -> None:
    found = Stepped(CHAIN, "skip", "continue")
    assert found.ran == ["b", "c"]
    assert node_statuses(found.result) == {"a": "skipped", "b": "succeeded", "c": "succeeded"}
    node = found.result.nodes[0]
    assert {host.message for host in node.hosts.values()} == {"skipped in the debugger"}


def test_what_was_skipped_or_edited_is_no_success_of_its_inputs() -> None:
    """Without its digest nothing takes it for done."""
    digests = {node_id(name): dict.fromkeys(TWO, "d") for name in "abc"}
    wanted = CHAIN.model_copy(update={"pair_digests": digests})
    found = Stepped(wanted, "skip", "edit x=1", "run", "run")
    ends = [e for e in found.recorder.events if e.kind is EventKind.NODE_FINISHED]
    assert {e.node: {"digest" in h for h in e.result["hosts"].values()} for e in ends} == {
        node_id("a"): {False},
        node_id("b"): {False},
        node_id("c"): {True},
    }


def test_abort_is_a_cancelled_task() -> None:
    found = Stepped(CHAIN, "run", "abort")
    assert found.ran == ["a"]
    assert found.result.status is TaskStatus.CANCELLED
    assert node_statuses(found.result) == {"a": "succeeded", "b": "cancelled", "c": "cancelled"}
    assert hosts_of(found.result, "b") == {"h1": "not-run", "h2": "not-run"}


def test_the_end_of_a_script_aborts() -> None:
    assert Stepped(CHAIN, "run").result.status is TaskStatus.CANCELLED


def test_a_failure_stops_and_is_tried_again_on_the_hosts_that_failed() -> None:
    found = Stepped(
        CHAIN, "continue", "retry", "continue", outcomes={("b", "h2"): ["failed", "failed", "ok"]}
    )
    assert "m/t/b failed on h2" in found.console.said
    assert found.result.status is TaskStatus.PARTIAL
    found = Stepped(
        CHAIN, "continue", "retry", "retry", outcomes={("b", "h2"): ["failed", "failed", "ok"]}
    )
    assert found.result.status is TaskStatus.SUCCEEDED
    assert [(r.nodes[0][-1], r.hosts) for r in found.inner.requests] == [
        ("a", TWO),
        ("b", TWO),
        ("b", ("h2",)),
        ("b", ("h2",)),
        ("c", TWO),
    ]


def test_a_run_that_broke_down_says_why_before_it_is_asked_about() -> None:
    class Broken(SimulatedExecutor):
        def start(self, *_: object) -> RunHandle:
            raise OSError("no room")

    console = Script("run", "abort")
    debugger = Debugger(CHAIN, console, Breakpoints(), cancellation := Cancellation())
    executor = SteppingExecutor(Broken(), debugger)
    options = stepping_options(RunOptions(), debugger)
    simulate(CHAIN, executor=executor, options=options, cancellation=cancellation)
    assert console.said[1] == "m/t/a failed on h1\n  the run could not be started: no room"


def test_a_letter_is_a_word_that_means_something_there() -> None:
    found = Stepped(
        plan({"a": TWO}), "s", "r", "r", "n", outcomes={("a", "h1"): "failed", ("a", "h2"): "ok"}
    )
    assert found.console.said[1].startswith("p/m/t/a\n  does")
    assert [request.hosts for request in found.inner.requests] == [TWO, ("h1",)]
    assert len(found.console.prompts) == 4


def test_a_failure_is_asked_about_once_for_all_hosts() -> None:
    lost = {("a", "h1"): ["failed", "ok"], ("a", "h2"): ["failed", "ok"]}
    found = Stepped(plan({"a": TWO}), "run", "retry", outcomes=lost)
    assert [text for text in found.console.said if "failed" in text] == ["m/t/a failed on h1"]
    assert found.inner.requests[-1].hosts == TWO
    assert found.result.status is TaskStatus.SUCCEEDED


def test_a_failure_may_be_left_at_that() -> None:
    found = Stepped(CHAIN, "run", "next", "run", "run", outcomes={("a", "h2"): "failed"})
    assert hosts_of(found.result, "b") == {"h1": "ok", "h2": "not-run<a"}
    assert found.result.status is TaskStatus.PARTIAL


def test_tries_of_the_policy_come_before_anybody_is_asked() -> None:
    wanted = plan({"a": ONE}, policies={"a": Policy(retries=1, backoff=0)})
    found = Stepped(wanted, "run", outcomes={("a", "h1"): ["failed", "ok"]})
    # The further try stops like every run of a node.
    assert len(found.stopped) == 2
    assert found.result.status is TaskStatus.CANCELLED


def test_an_edited_variable_goes_with_the_node_and_into_the_events() -> None:
    found = Stepped(CHAIN, "edit port=8080", "edit names=[a, b]", "vars", "run", "continue")
    assert found.inner.requests[0].vars == {"port": 8080, "names": ["a", "b"]}
    assert found.inner.requests[1].vars == {}
    said = [e for e in found.recorder.events if e.kind is EventKind.RUN_MESSAGE]
    assert [(e.node, e.message) for e in said] == [
        (node_id("a"), "variables edited in the debugger: port=8080, names=[a, b]")
    ]
    assert "port = 8080  (edited)\nnames = [a, b]  (edited)" in found.console.said


def test_an_edited_variable_holds_for_a_further_try() -> None:
    found = Stepped(
        plan({"a": ONE}), "run", "edit x=2", "retry", outcomes={("a", "h1"): ["failed", "ok"]}
    )
    assert [dict(request.vars) for request in found.inner.requests] == [{}, {"x": 2}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-01", "2026-01-01"),
        ("{when: 2026-01-01, now: on}", {"when": "2026-01-01", "now": True}),
        ("'{{ v }}'", "{{ v }}"),
        ("['$${env:A}']", ["${env:A}"]),
        ("", None),
    ],
)
def test_what_is_edited_is_data_that_a_run_can_be_given(text: str, value: object) -> None:
    assert parse_typed_value(text) == value


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("edit 8080", "use: edit NAME=VALUE, such as edit shop_port=8080"),
        ("edit x=[", "`[` is not valid YAML"),
        ("edit x={{ v }}", "cannot be a key; quote templates, as in '{{ name }}'"),
        ("edit x=${env:PW}", "`${env:PW}` refers to a secret, which cannot be resolved here"),
        ("edit x=[1, '${env:PW']", "refers to a secret"),
        ("edit x=!vault abc", "tags are not supported here"),
        ("edit x=.inf", "`.inf` is not a finite number"),
        ("retry", "`retry` is not possible here; use one of run, next, skip, continue, abort"),
        ("runn", "unknown command `runn`: did you mean `run`?"),
        ("vars h9", "there is no host `h9`"),
        ("vars h1", "h1: address = h1"),
        ("show", "p/m/t/a"),
        ("?", "continue  continue to the next breakpoint or failure"),
    ],
)
def test_what_is_said_at_a_stop_is_answered(line: str, answer: str) -> None:
    """And the prompt stays: nothing was run."""
    found = Stepped(CHAIN, line, "abort")
    [said] = [text for text in found.console.said if answer in text]
    assert "\n" not in said or not line.startswith("edit")
    assert found.ran == []


def test_show_tells_what_a_node_is_about() -> None:
    found = Stepped(CHAIN, "run", "show", "abort")
    assert (
        "p/m/t/b\n  does    command\n  hosts   h1, h2\n  after   m/t/a\n  before  m/t/c"
        in "".join(found.console.said)
    )


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (8080, "8080"),
        ({"a": ["x", True]}, "{a: [x, true]}"),
        ({"content": "one\ntwo\n"}, '{"content": "one\\ntwo\\n"}'),
    ],
)
def test_values_are_shown_on_a_line(value: object, line: str) -> None:
    assert one_line_yaml(value) == line
