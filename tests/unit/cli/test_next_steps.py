"""Every next step that an error can carry is a command of `wt` that exists."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest

import worldtree
from worldtree.cli.error_output import show_error
from worldtree.cli.main import cli
from worldtree.cli.next_steps import COMMANDS, command_line
from worldtree.core.errors import WorldTreeError
from worldtree.core.next_steps import NextAction, NextStep

PACKAGE = Path(worldtree.__file__).parent


def options_of(command: str) -> set[str]:
    """Return the options of a command; raises where it does not exist."""
    found: click.Command = cli
    for name in command.split()[1:]:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), name)
        assert inner is not None, command
        found = inner
    return {name for option in found.params for name in option.opts}


def options_named() -> Iterator[tuple[str, str]]:
    """Yield (action, option) of the next steps that the code creates."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NextStep":
                if not node.args:
                    continue  # One that was stored or sent.
                action, *_, last = node.args
                if isinstance(action, ast.Constant) and isinstance(last, ast.Dict):
                    for key in last.keys:
                        if isinstance(key, ast.Constant):
                            yield action.value, key.value


def test_every_action_has_a_command_that_takes_its_target() -> None:
    assert set(COMMANDS) == set(get_args(NextAction))
    for command, form, _placeholder in COMMANDS.values():
        if command.startswith("wt "):
            assert set(form.split()[:-1]) <= options_of(command)


def test_options_of_next_steps_exist() -> None:
    named = set(options_named())
    assert ("resume", "file") in named
    for action, option in named:
        assert f"--{option}" in options_of(COMMANDS[action][0]), (action, option)  # type: ignore[index]


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (NextStep("resume", "t1", "", {"replan": True, "file": None}), "--replan --file FILE"),
        (NextStep("retry", "t1", "", {"node": "a b"}), "wt retry t1 --node 'a b'"),
        (NextStep("apply", "my cluster.yaml", ""), "wt apply -f 'my cluster.yaml'"),
        (NextStep("unlock", "", ""), "wt unlock CLUSTER"),
        (NextStep("list-tasks", "", ""), "wt tasks list"),
        (NextStep("list-tasks", "shop", ""), "wt tasks list --cluster shop"),
        (NextStep("wait", "shop", ""), "--wait"),
    ],
)
def test_a_step_is_a_command_that_can_be_copied(step: NextStep, line: str) -> None:
    assert command_line(step).endswith(line)


def test_each_step_has_a_line_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [NextStep("cancel", "t1", "cancel it"), NextStep("unlock", "shop", "release it")]
    show_error(WorldTreeError("locked", code="is-locked", hint="wait", next_steps=steps))
    assert click.unstyle(capsys.readouterr().err).splitlines() == [
        "error: locked [is-locked]",
        "  help: wait",
        "  help: cancel it: `wt cancel t1`",
        "  help: release it: `wt unlock shop`",
    ]
