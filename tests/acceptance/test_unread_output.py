"""A reader that closes the output of ``wt`` does not affect the hosts."""

from __future__ import annotations

import re
from pathlib import Path

from unit.cli.conftest import write_document
from unit.cli.test_main import without_reader
from worldtree.core.errors import ExitCode


def test_a_closed_output_does_not_change_the_result(tmp_path: Path) -> None:
    """The task continues, and the exit code is that of the task."""
    steps = {name: [{"name": name, "assert": {"that": [name]}}] for name in ("false", "true")}
    spec = {
        "hosts": [{"name": "here", "connection": "local"}],
        "modules": [
            {"name": name, "tasks": [{"name": name, "hosts": "all", "steps": steps[name]}]}
            for name in steps
        ],
    }
    write_document(tmp_path / "cluster.yaml", spec)
    done = without_reader("apply", "--yes", "--events", "jsonl", cwd=tmp_path)
    assert done.returncode == ExitCode.PARTIAL
    # Nothing is reported of the closed output, only how to continue the task.
    assert re.fullmatch(r"continue: wt resume \S+\n", done.stderr)
