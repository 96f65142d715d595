"""Diffs of files as people see them."""

from __future__ import annotations

import click

from worldtree.cli.file_diffs import coloured_diff, result_diffs
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, NodeResult, PlayTaskResult, TaskResult


def test_lines_are_coloured_by_side() -> None:
    result = {"diff": {"prepared": "+a\n-b\n c"}}
    assert list(coloured_diff(result)) == [
        click.style("+a", fg="green"),
        click.style("-b", fg="red"),
        " c",
    ]


def test_a_file_with_a_secret_is_named_without_its_diff() -> None:
    """Only for actions that report diffs, and only when the task changed something."""

    def host(action: str, *, changed: bool = True) -> HostResult:
        name = f"ansible.builtin.{action}"
        task = PlayTaskResult(
            name="x", action=name, status="ok", changed=changed, result={"censored": "hidden"}
        )
        return HostResult(status=HostStatus.CHANGED, tasks=(task,))

    hosts = {"h1": host("template"), "h2": host("command"), "h3": host("copy", changed=False)}
    node = NodeResult(id="p/m/t/sec", status=NodeStatus.SUCCEEDED, hosts=hosts)
    result = TaskResult(
        task_id="t", cluster="c", pipeline="p", status=TaskStatus.SUCCEEDED, nodes=(node,)
    )
    lines = [click.unstyle(line) for line in result_diffs(result)]
    assert lines == ["", "m/t/sec on h1: diff hidden, it contains a secret"]
