"""A document that was applied and did not end well, to be continued by tests of `wt resume`."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from unit.cli.conftest import CommandResult, ScriptedExecutor, Wt, shop_spec, write_document
from worldtree.core.errors import ExitCode

HOME = "create-cluster/app/files/home"
PAGE = "create-cluster/app/files/page"
READY = "create-cluster/other/check/ready"
NEXT = "create-cluster/app/files/next"

Simulated = type[ScriptedExecutor]


class Shop:
    """A document that was applied, with web2 failing in the last step."""

    def __init__(self, wt: Wt, file: Path, simulated: Simulated) -> None:
        self.wt, self.file, self.simulated = wt, file, simulated
        simulated.outcomes = {(PAGE, "web2"): "failed"}
        ran = wt("apply", "-f", str(file), "--yes", "-o", "json")
        assert ran.code == ExitCode.PARTIAL
        self.task: str = ran.json["task_id"]
        simulated.outcomes = {}
        self.spec = copy.deepcopy(shop_spec())

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The steps of the document, to be changed."""
        steps: list[dict[str, Any]] = self.spec["modules"][0]["tasks"][0]["steps"]
        return steps

    def write(self, name: str = "shop") -> None:
        """Write the document as it is now."""
        write_document(self.file, self.spec, name)

    def resume(self, *more: str) -> CommandResult:
        """Go on with the task."""
        return self.wt("resume", self.task, "--yes", "-o", "json", *more)

    def tasks(self) -> list[dict[str, Any]]:
        """All tasks, newest first."""
        items: list[dict[str, Any]] = self.wt("tasks", "list", "-o", "json").json["items"]
        return items


def hosts(ran: CommandResult, node: str) -> dict[str, str]:
    """Status by host of a node of the result."""
    [found] = [one for one in ran.json["nodes"] if one["id"] == node]
    return {name: host["status"] for name, host in found["hosts"].items()}
