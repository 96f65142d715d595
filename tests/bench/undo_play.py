"""``python -m bench.undo_play ROUNDS``: runs playbooks in turn, as ansible-playbook of ``wt`` does.

Reads a JSON list of [directory, whether modules save states, warm or cold] from standard input and
writes one of [seconds of CPU, module calls], medians over the rounds, to standard output. Each run
is a fork of this process, which has Ansible loaded. Its CPU has that of the modules in it, also
where a server on the host forked them.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from ansible.cli.playbook import PlaybookCLI
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import init_plugin_loader

from worldtree.core.resources import core_collection_dir
from worldtree.runner.inside import joined_snapshots, warm_connections
from worldtree.runner.inside.method_wrapping import wrap_method
from worldtree.runner.process.process_table import adopt_orphans


def main(rounds: int) -> None:
    """Run each playbook once to make its files, then ``rounds`` times."""
    # Loading the plugins has configured it, and so does each run.
    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    runs: list[tuple[str, bool, str]] = [tuple(run) for run in json.load(sys.stdin)]
    init_plugin_loader()
    warm_connections.preload(core_collection_dir())
    samples: list[list[tuple[float, int]]] = [[] for _ in runs]
    for turn in range(rounds + 1):
        for (directory, joined, connection), found in zip(runs, samples, strict=True):
            sample = _measure(Path(directory), joined=joined, warm=connection == "warm")
            if turn > 0:
                found.append(sample)
    print(
        json.dumps([[median(column) for column in zip(*found, strict=True)] for found in samples])
    )


def _measure(directory: Path, *, joined: bool, warm: bool) -> tuple[float, int]:
    """Return the seconds of CPU and the module calls of one run. Raises on a run that fails."""
    calls, output = directory / "calls", directory / "output"
    calls.write_bytes(b"")
    pid = os.fork()
    if pid == 0:
        code = 250
        try:
            os.chdir(directory)
            os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
            code = _run(calls, joined=joined, warm=warm)
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        msg = f"the playbook failed ({status}):\n{output.read_text(errors='replace')[-3000:]}"
        raise RuntimeError(msg)
    return usage.ru_utime + usage.ru_stime, calls.stat().st_size


def _run(calls: Path, *, joined: bool, warm: bool) -> int:
    adopt_orphans()
    _count_calls(calls)
    if warm:
        warm_connections.use_warm_connections(Path.cwd())
    if joined:
        joined_snapshots.join_snapshots()
    python = f"ansible_python_interpreter={sys.executable}"
    line = ["ansible-playbook", "-i", "here,", "-c", "local", "-e", python, "site.yml"]
    code = 0
    try:
        PlaybookCLI.cli_executor(line)
    except SystemExit as end:
        code = int(end.code or 0)
    warm_connections.end_servers()
    try:
        while True:
            os.wait()
    except ChildProcessError:
        return code


def _count_calls(file: Path) -> None:
    """Count what is piped to a Python on the host: with pipelining, each module. One byte each."""

    def execute(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("in_data") is not None:
            with file.open("ab") as stream:
                stream.write(b".")
        return original(*args, **kwargs)

    wrap_method(ActionBase, "_low_level_execute_command", execute)


if __name__ == "__main__":
    main(int(sys.argv[1]))
