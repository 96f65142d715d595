"""Kills applies of roles: each resume knows what they learnt, notified and did not finish."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from crash import invariants, processes, roles_workload
from crash.databases import SqliteFile
from crash.harness import remove_state
from crash.hosts import LocalHosts
from crash.kill_sequence import KillSequence, Trial
from crash.program import Program
from worldtree.results.events import EventKind
from worldtree.results.node_status import is_success


class Roles:
    """Crashes applies of the document of ``roles_workload``."""

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self._hosts = LocalHosts(directory / "target")
        self._program = Program(directory, environ, directory / "state")
        spec = roles_workload.write(directory, self._hosts.target)
        self._program.write({**self._hosts.spec, **spec})
        self._clean()
        began = time.monotonic()
        said = self._program.run(*self._program.apply())
        self._length = time.monotonic() - began
        if said.code != 0:
            raise RuntimeError(f"the apply without crashes exited with {said.code}: {said.text}")
        if wrong := [*self._not_at_the_end(), *roles_workload.violations(self._hosts.target)]:
            raise RuntimeError(f"the apply without crashes: {wrong}")

    def trial(self, seed: int, most: int) -> Trial:
        """Crash one apply and the resumes after it, up to ``most`` times."""
        found = Trial(seed, SqliteFile.name)
        self._clean()
        chain = KillSequence(
            self._program,
            SqliteFile(),
            length=self._length,
            nodes=roles_workload.length(),
            has_effect=self._hosts.has_effect,
            check=self._not_at_the_end,
        )
        began = time.monotonic()
        try:
            chain.run(found, self._program.apply(), most)
        except subprocess.TimeoutExpired as hung:
            found.wrong.append(f"a command hangs: {hung}")
            processes.kill_everything(self._program.directory)
        found.wrong += roles_workload.violations(self._hosts.target)
        found.wrong += invariants.leftover_processes(self._program.directory, self._hosts)
        found.wrong += invariants.stream_violations(self._program)
        found.seconds = time.monotonic() - began
        return found

    def _not_at_the_end(self) -> Iterator[str]:
        """Yield the hosts that count as done without having reached the end of a node."""
        task, _ = self._program.last()
        if not task:
            return
        with self._program.store() as store:
            nodes, events = store.result(task).nodes, list(store.events(task))
        done = [
            (node.id, name)
            for node in nodes
            for name, host in node.hosts.items()
            if is_success(host.status)
        ]
        notified = {
            (event.node, event.host)
            for event in events
            if event.kind is EventKind.HOST_TASK_FINISHED
            and (event.name, event.status) == (roles_workload.NOTIFIES, "changed")
        }
        yield from roles_workload.not_at_the_end(self._hosts.target, done, notified)

    def _clean(self) -> None:
        remove_state(self._program, self._hosts, SqliteFile())
