"""After an end that left work, the command that continues is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.conftest import ScriptedExecutor, Wt, shop_spec, write_document
from worldtree.core.errors import ExitCode

PAGE = "create-cluster/app/files/page"


@pytest.mark.parametrize("output", ["table", "json"])
def test_a_partial_end_says_how_to_continue(
    output: str, wt: Wt, shop: Path, simulated: type[ScriptedExecutor]
) -> None:
    simulated.outcomes = {(PAGE, "web2"): "failed"}
    ran = wt("apply", "-f", str(shop), "--yes", "-o", output)
    assert ran.code == ExitCode.PARTIAL
    task = wt("tasks", "list", "-o", "json").json["items"][0]["id"]
    assert ran.err.splitlines()[-1] == f"continue: wt resume {task}"
    simulated.outcomes = {}
    assert "continue:" not in wt("resume", "--yes").err


@pytest.mark.parametrize(
    ("policy", "more"),
    [({}, ("--check",)), ({"onFailure": "rollback"}, ())],
    ids=["check", "undone"],
)
def test_what_cannot_be_resumed_names_no_command(
    policy: dict[str, str],
    more: tuple[str, ...],
    wt: Wt,
    tmp_path: Path,
    simulated: type[ScriptedExecutor],
) -> None:
    simulated.outcomes = {(PAGE, "web2"): "failed"}
    write_document(tmp_path / "cluster.yaml", {**shop_spec(), "policy": policy})
    ran = wt("apply", "--yes", *more)
    assert ran.code != ExitCode.OK
    assert "continue:" not in ran.err
