"""Runs a bundle's plays through ansible-runner, one supervisor process per attempt."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import worldtree
from worldtree.ansible.inventory.emission import connection_vars
from worldtree.ansible.runner import processes
from worldtree.ansible.runner.connections import close_connections
from worldtree.ansible.runner.environment import (
    passed_environment,
    run_environment,
    secret_environment,
)
from worldtree.ansible.runner.protocol import CANCEL, Job
from worldtree.ansible.runner.run_files import arguments_of, write_run_files
from worldtree.ansible.runner.sweep import sweep_hosts
from worldtree.ansible.runner.translate import translate
from worldtree.ansible.ssh import SshOptions, ssh_command, ssh_hosts
from worldtree.plan.plan import Plan
from worldtree.results.events import Event
from worldtree.results.run import RunOutcome, RunRequest

#: The node that gathers facts for all others.
_FACTS = "/facts/gather/setup"
#: Above this many bytes a socket's path does not fit (104 of them, less ssh's own part).
_LONGEST_CONTROL_DIR = 40
_SWEEP_SECONDS = 3.0


class RunnerExecutor:
    """An ``Executor`` for one task; close it when the task is over (it is a context manager).

    ``directory`` is the task's own; ``known_hosts`` the cluster's file, or None for the user's.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        directory: Path,
        known_hosts: Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        environ = os.environ if environ is None else environ
        self._passed = passed_environment(environ)
        self._secrets = secret_environment(plan, environ)
        self._facts_dir = directory / "facts"
        self._facts_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.ssh = SshOptions(_short_directory(), known_hosts)
        by_name = {host.name: host for host in plan.hosts}
        self._ssh_commands = {
            host.name: list(
                ssh_command(
                    host,
                    {**connection_vars(host, by_name), **host.vars},
                    self.ssh,
                    ("-o", "ConnectTimeout=2", "-o", "ControlMaster=no"),
                )
            )
            for host in ssh_hosts(plan)
        }
        self._spare: _Supervisor | None = None

    def prepare(self) -> None:
        """Start the first run's supervisor already, beside whatever else is to be done."""
        if self._spare is None:
            self._spare = _Supervisor(self._passed)

    def start(
        self,
        request: RunRequest,
        on_event: Callable[[Event], None],
        on_end: Callable[[RunOutcome], None],
    ) -> _RunnerRun:
        """Start ansible-playbook on the request's plays (see ``engine.executor.Executor``)."""
        supervisor = self._spare or _Supervisor(self._passed)
        self._spare = None
        playbook, limit_file = write_run_files(request)
        # A run's tasks may be delegated to hosts that are not its own.
        names = dict.fromkeys([*request.hosts, *self._ssh_commands])
        job = Job(
            attempt=request.attempt,
            directory=str(request.directory),
            bundle=str(request.bundle),
            playbook=playbook,
            limit_file=str(limit_file),
            environment=run_environment(
                self._passed,
                attempt=request.attempt,
                bundle=request.bundle,
                ssh=self.ssh,
                facts_dir=self._facts_dir,
                gathers_facts=any(node.endswith(_FACTS) for node in request.nodes),
                secrets=self._secrets,
            ),
            secret_environment=self._secrets,
            arguments=arguments_of(request),
            timeout=request.timeout,
            hosts=request.hosts,
            control_dir=str(self.ssh.control_dir),
            ssh={n: self._ssh_commands[n] for n in names if n in self._ssh_commands},
        )
        return _RunnerRun(supervisor, job, on_event, on_end)

    def close(self) -> None:
        """End the shared connections and an unused supervisor, remove the sockets' directory."""
        if self._spare is not None:
            self._spare.end()
            self._spare = None
        close_connections(self.ssh.control_dir)

    def __enter__(self) -> RunnerExecutor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Supervisor:
    """A supervisor process that waits for its job."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.channel, theirs = socket.socketpair()
        package = str(Path(worldtree.__file__).parents[1])
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "worldtree.ansible.runner.supervisor", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env={**environment, "PYTHONPATH": package},
                start_new_session=True,
            )

    def end(self) -> str:
        """Hang up, wait for the end, and return what the process complained of."""
        self.channel.close()
        _, said = self.process.communicate()
        return said.decode(errors="replace").strip()


class _RunnerRun:
    """The parent's side of one run."""

    def __init__(
        self,
        supervisor: _Supervisor,
        job: Job,
        on_event: Callable[[Event], None],
        on_end: Callable[[RunOutcome], None],
    ) -> None:
        self._supervisor, self._job = supervisor, job
        self._on_event, self._on_end = on_event, on_end
        self._outcome: RunOutcome | None = None
        self._thread = threading.Thread(target=self._follow, name=f"run {job.attempt}", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask the supervisor to end the run."""
        try:
            self._supervisor.channel.send(CANCEL)
        except OSError:
            return  # It has ended already.

    def wait(self, timeout: float | None = None) -> RunOutcome | None:
        """Block until the run ended."""
        self._thread.join(timeout)
        return self._outcome

    def _follow(self) -> None:
        end: dict[str, Any] | None = None
        trouble = ""
        try:
            self._supervisor.channel.sendall(self._job.line())
            with self._supervisor.channel.makefile("rb") as lines:
                for line in lines:
                    message = json.loads(line)
                    end = message.get("end")
                    if end is None:
                        self._forward(message["event"])
        except (OSError, ValueError) as error:
            trouble = str(error)
        said = self._supervisor.end()
        if end is None:
            self._outcome = self._lost(trouble or said)
        else:
            fields = {**end, "interrupted_hosts": tuple(end["interrupted_hosts"])}
            self._outcome = RunOutcome(**{**fields, "leftovers": tuple(end["leftovers"])})
        self._on_end(self._outcome)

    def _forward(self, raw: Mapping[str, Any]) -> None:
        event = translate(raw, self._job.attempt)
        if event is not None:
            self._on_event(event)

    def _lost(self, why: str) -> RunOutcome:
        """The supervisor is gone without a word: end what it left, here and on the hosts."""

        def find() -> list[int]:
            return processes.marked(f"WORLDTREE_ATTEMPT={self._job.attempt}")

        left = tuple(processes.describe(pid) for pid in processes.kill_all(find, 1.0))
        left += sweep_hosts(self._job.attempt, self._job.ssh, _SWEEP_SECONDS)
        code = self._supervisor.process.returncode
        message = f"the supervisor of this run ended unexpectedly (exit code {code})"
        return RunOutcome(
            "error",
            message=f"{message}\n{why}".strip(),
            interrupted_hosts=self._job.hosts,
            leftovers=left,
        )


def _short_directory() -> Path:
    """Return a new private directory with a path that leaves room for a socket's name."""
    base = tempfile.gettempdir()
    return Path(
        tempfile.mkdtemp(
            prefix="wt-", dir=base if len(base) < _LONGEST_CONTROL_DIR - 12 else "/tmp"
        )
    )
