"""Checks for ``meta: clear_host_errors``, which takes no failure of an earlier step back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from worldtree.ansible.content.roles.play_info import PlayInfo
from worldtree.ansible.content.roles.role_task import clears_host_errors
from worldtree.compile.role_checks.context import CheckContext, path_in_step
from worldtree.compile.role_checks.earlier_steps import EarlierSteps
from worldtree.core.errors import Diagnostic, Severity
from worldtree.plan.ids import without_pipeline


def check_cleared_errors(context: CheckContext) -> Iterator[Diagnostic]:
    """Yield a warning for each file of tasks that clears errors after a step on the same hosts."""
    earlier = EarlierSteps(context.graph)
    reported: set[tuple[str, str]] = set()
    for node, role in context.steps:
        for member in context.closure(role).roles:
            for file, tasks in member.tasks.files.items():
                key = (str(member.path), file)
                if key in reported or not any(map(clears_host_errors, tasks)):
                    continue
                before = earlier.on_hosts_of(node)
                if before is None:
                    continue
                reported.add(key)
                path = Path(file) if isinstance(member, PlayInfo) else member.path / file
                yield Diagnostic(
                    "errors-not-cleared",
                    "`meta: clear_host_errors` takes no host back that failed in an earlier step",
                    detail=f"A host that fails in `{without_pipeline(before.id)}` is not in this "
                    "step's play; in a playbook it would do the plays that follow. Written in "
                    f"{context.place(path, 'clear_host_errors')}.",
                    hint="where a failure is expected, handle it in the task that fails: "
                    "`rescue` or `ignore_errors`",
                    severity=Severity.WARNING,
                    path=path_in_step(node),
                )
