"""Random sequences of pipelines, resumes and rollbacks against a model of what is on the hosts.

Some of them are killed: the journal of the run is then read by the resume, if there is one.

The laws: what a task calls done is on the hosts, and a rollback undoes no later task's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from unit.cli.pipeline_world import PAIRS, Command, Pair, world
from worldtree.core.errors import ExitCode

FAILURES = st.lists(st.tuples(st.sampled_from(PAIRS), st.booleans()), max_size=1).map(tuple)


def commands(killing: st.SearchStrategy[Any]) -> st.SearchStrategy[Command]:
    """Draw commands; ``killing`` draws where they are killed."""
    return st.builds(
        Command,
        st.sampled_from(
            ["apply", "changed", "destroy", "verify", "resume", "resume", "roll_back", "edit"]
        ),
        FAILURES,
        st.integers(0, 2),
        st.sampled_from(sorted({step for step, _ in PAIRS})),
        killing,
    )


COMMANDS = commands(st.just(()))
KILLED_COMMANDS = commands(FAILURES)


def try_sequence(commands: Sequence[Command]) -> None:
    """Run commands one after the other in a new directory, after an apply."""
    with world() as made:
        for command in (Command("apply", commands[0].failing), *commands):
            command.run(made)


@pytest.mark.slow
@pytest.mark.once
@settings(max_examples=examples(40))
@given(st.lists(COMMANDS, min_size=3, max_size=7))
def test_what_is_done_is_known_to_all_pipelines(commands: list[Command]) -> None:
    """Whatever was applied, removed, undone and resumed before."""
    try_sequence(commands)


@pytest.mark.parametrize("killed", [(), ((("web/t/install", "h1"), False),)])
def test_a_repetition_hides_no_work_of_another_task(killed: tuple[tuple[Pair, bool], ...]) -> None:
    """Neither one that changed nothing, nor one that was cut off before it changed something."""
    written = ((("web/t/install", "h1"), True),)
    with world() as made:
        Command("apply", killing=written).run(made)
        Command("destroy").run(made)
        Command("apply", killing=written).run(made)
        first, second = made.made
        made.hosts.killing = dict(killed)
        made.wt("resume", first)
        assert "create-cluster/web/t/install" in made.hosts.ran
        code, _, said = made.wt("rollback", first)
        assert (code, "work-overtaken" in said, second in said) == (ExitCode.REFUSED, True, True)


def test_a_cut_off_repetition_of_what_was_unchanged_hides_no_work_either() -> None:
    """The state that a rollback would restore is that of the first run, before the other task."""
    with world() as made:
        Command("apply").run(made)
        Command("apply", failing=((("web/t/install", "h1"), False),)).run(made)
        Command("destroy").run(made)
        second = made.made[-1]
        made.hosts.failing = {}
        made.hosts.killing = {("proxy/t/install", "h1"): False}
        made.wt("resume", second)
        assert "create-cluster/proxy/t/install" in made.hosts.ran
        code, _, said = made.wt("rollback", second)
        assert (code, "work-overtaken" in said) == (ExitCode.REFUSED, True), said


@pytest.mark.long
@pytest.mark.once
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(20))
@settings(max_examples=50)
@given(commands=st.lists(KILLED_COMMANDS, min_size=3, max_size=12))
def test_a_thousand_sequences(part: int, commands: list[Command]) -> None:
    """Some commands of which are killed. In parts, so that the workers of pytest share them."""
    del part
    try_sequence(commands)
