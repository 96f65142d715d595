"""Runs whole ``wt`` commands in a separate directory with separate state.

``Workspace.wt`` runs a command in a fork and waits for its end (see ``forked_cli``).
``Workspace.start`` starts ``python -m worldtree.cli.entry``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

import homes
from acceptance import forked_cli

COMMAND = (sys.executable, "-m", "worldtree.cli.entry")
#: Prefix that starts a command with SIGINT ignored, as `nohup` and `&` in a shell do.
IGNORING_INTERRUPTS = ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")
ROOT = forked_cli.ROOT
#: Runs a shell line where a test asks only whether and when a task ran. Unlike `shell` and
#: `command` it starts no Python on the host, which takes half of the processor time of a task.
SHELL_LINE = "ansible.builtin.raw"


@dataclass(frozen=True)
class Outcome:
    """Exit code and output of one ``wt`` command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The data on stdout."""
        return json.loads(self.out)

    @property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """The nodes of the result tree by id, without the name of the pipeline."""
        pipeline = self.json["pipeline"]
        plain = json.loads(self.out.replace(f'"{pipeline}/', '"'))
        return {node["id"]: node for node in plain["nodes"]}

    def hosts(self, node: str) -> dict[str, str]:
        """Status by host of one node."""
        return {name: host["status"] for name, host in self.nodes[node]["hosts"].items()}

    @property
    def statuses(self) -> dict[str, str]:
        """Status by node."""
        return {name: node["status"] for name, node in self.nodes.items()}

    @property
    def changed(self) -> list[str]:
        """Each ``node on host`` with a change."""
        return [
            f"{name} on {host}"
            for name, node in self.nodes.items()
            for host, result in node["hosts"].items()
            if result["changed"]
        ]


@dataclass
class Workspace:
    """A directory with a document and WORLDTREE_HOME, in which ``wt`` runs."""

    path: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Its WORLDTREE_HOME."""
        return self.path / "state"

    @property
    def target(self) -> Path:
        """The directory that hosts with a local connection write to."""
        return self.path / "target"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command."""
        own = {"WORLDTREE_HOME": str(self.home), "NO_COLOR": "1"}
        return {**forked_cli.environment(), **own, **self.env}

    def write(self, spec: Mapping[str, Any], name: str = "cluster") -> Path:
        """Write ``cluster.yaml`` with this ``spec``, and prepare the state (see ``homes``)."""
        homes.prepare_for_runs(self.home)
        document = {
            "apiVersion": "worldtree.io/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": name},
            "spec": {"stateDir": str(self.target / "state"), **spec},
        }
        file = self.path / "cluster.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        return file

    def wt(self, *arguments: str | Path, timeout: float = 280) -> Outcome:
        """Run a command and wait for its end."""
        words = [str(word) for word in arguments]
        return Outcome(
            *forked_cli.run(
                words, directory=self.path, environment=self.environment, timeout=timeout
            )
        )

    def ansible_playbook(self, *arguments: str, directory: Path | None = None) -> str:
        """Run plain Ansible in ``directory``, by default where the document is; return its output.

        It has to exit with 0.
        """
        done = subprocess.run(
            [str(Path(sys.executable).with_name("ansible-playbook")), *arguments],
            cwd=directory or self.path,
            env={**self.environment, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(
        self, *arguments: str | Path, stdin: int = subprocess.DEVNULL, prefix: Sequence[str] = ()
    ) -> Running:
        """Start a new interpreter in a new process group, as a shell does.

        ``prefix`` is put in front of the command line.
        """
        return Running(
            [*prefix, *COMMAND, *map(str, arguments)],
            cwd=self.path,
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def texts(self, needle: str) -> list[str]:
        """Files on the control side that contain ``needle``: the document, bundles, all state."""
        files = [p for p in self.path.rglob("*") if p.is_file() and not p.is_symlink()]
        own = [p.relative_to(self.path) for p in files if self.target not in p.parents]
        return [str(p) for p in own if needle.encode() in (self.path / p).read_bytes()]


class Running(subprocess.Popen[str]):
    """A running ``wt`` command."""

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 400) -> None:
        """Wait for ``condition``; AssertionError when the process ends or time is up."""
        end = time.monotonic() + seconds
        while not condition():
            if self.poll() is not None:
                out, err = self.communicate()
                raise AssertionError(f"wt exited with {self.returncode} before {what}: {err}{out}")
            if time.monotonic() > end:
                self.kill()
                raise AssertionError(f"not within {seconds} s: {what}")
            time.sleep(0.05)

    def finish(self, typed: str | None = None, timeout: float = 280) -> Outcome:
        """Wait for the end; send ``typed`` to standard input if that is a pipe."""
        out, err = self.communicate(typed, timeout=timeout)
        return Outcome(self.returncode, out, err)

    def cancel(
        self, number: signal.Signals, left: Callable[[], Sequence[str]]
    ) -> tuple[Outcome, float]:
        """Send a signal to ``wt`` alone.

        Returns the outcome, and the seconds until ``left`` found no more processes.
        """
        began = time.monotonic()
        self.send_signal(number)
        assert wait_until_gone(left, 60) == []
        seconds = time.monotonic() - began
        return self.finish(timeout=60), seconds


def processes(*words: str) -> list[str]:
    """Command lines of the living processes on this machine that contain all ``words``."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().decode(errors="replace").replace("\0", " ").strip()
        except OSError:
            continue
        if all(word in line for word in words) and int(file.parent.name) != os.getpid():
            found.append(line)
    return found


def wait_until_gone(look: Callable[[], Sequence[str]], seconds: float) -> Sequence[str]:
    """Wait until ``look`` returns nothing; return what it still finds after ``seconds``."""
    end = time.monotonic() + seconds
    while (left := look()) and time.monotonic() < end:
        time.sleep(0.1)
    return left
