"""The process around one run of ansible-playbook: streams its events, and can end all of it.

Started by the executor as ``python -m worldtree.ansible.runner.supervisor FD`` in a session of its
own. Single-threaded, since ansible-runner forks a terminal. Imports are kept light: its start-up is
part of every run.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import ansible_runner.runner
import pexpect
from ansible_runner.config.runner import RunnerConfig
from ansible_runner.runner import Runner

from worldtree.ansible.runner import processes
from worldtree.ansible.runner.connections import close_connections
from worldtree.ansible.runner.link import Link
from worldtree.ansible.runner.protocol import Job, event_line
from worldtree.ansible.runner.redact import Redactor
from worldtree.ansible.runner.sweep import sweep_hosts
from worldtree.ansible.runner.watch import StreamWatch

#: Seconds between looks at the socket and the clock; also the longest delay of a cancel.
_TICK = 0.1
#: Seconds after the first signal until the next harder one.
_TERM_AFTER = 0.8
_KILL_AFTER = 1.5
#: Seconds for proving that nothing is left here.
_PROOF_SECONDS = 0.5
#: Everything is to be over this long after the first signal, but hosts get so much at least.
_ALL_SECONDS = 4.5
_SWEEP_SECONDS = 1.5


#: A file system in memory, for what must not reach a disk; None where there is none.
_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK | os.X_OK) else None


class Supervisor:
    """One run from its job to its end."""

    def __init__(self, link: Link, job: Job, artifacts: str) -> None:
        self._link, self._job, self._artifacts = link, job, artifacts
        self._watch = StreamWatch()
        self._redact = Redactor(job.secret_environment.values())
        self._began = time.monotonic()
        #: Why the run has to end: cancelled, timeout, orphaned.
        self._reason: str | None = None
        #: When ansible-playbook was first told to end.
        self._told_at: float | None = None
        self._harder = deque([(_TERM_AFTER, signal.SIGTERM), (_KILL_AFTER, signal.SIGKILL)])

    def run(self) -> dict[str, Any]:
        """Run ansible-playbook to its end and return the ``end`` message."""
        runner = self._runner()
        trouble = ""
        try:
            if not self._must_end():
                runner.run()
        except (
            Exception,
            pexpect.TIMEOUT,
        ) as error:  # Whatever breaks here must be told, not lost.
            trouble = f"{type(error).__name__}: {error}".splitlines()[0]
        leftovers = self._clean_up() if self._told_at is not None or trouble else ()
        return {
            **self._watch.end(self._cut_off(), _exit_code(runner), trouble),
            "leftovers": leftovers,
        }

    def _runner(self) -> Runner:
        job = self._job
        config = RunnerConfig(
            private_data_dir=job.directory,
            project_dir=job.bundle,
            playbook=job.playbook,
            limit=f"@{job.limit_file}",
            cmdline=shlex.join(job.arguments) or None,
            envvars=job.environment,
            fact_cache_type="",
            ident="run",
            quiet=True,
            rotate_artifacts=0,
            artifact_dir=self._artifacts,
        )
        config.prepare()
        # What a settings file would say, without the file; no timeouts but our own.
        config.pexpect_timeout = _TICK
        config.idle_timeout = config.job_timeout = None
        ansible_runner.runner.pexpect.spawn = _spawn_with(job.secret_environment)
        Runner.handle_termination = self._end_playbook
        return Runner(config, cancel_callback=self._must_end, event_handler=self._on_event)

    def _on_event(self, raw: Mapping[str, Any]) -> bool:
        """Queue an event; False keeps ansible-runner from writing it to a file."""
        self._watch.add(raw)
        if self._told_at is not None and raw.get("event") in ("verbose", "error"):
            return False  # How Ansible says that it was interrupted is nobody's news.
        line = event_line(raw)
        if line is not None:
            self._link.send(self._redact(line))
        return False

    def _must_end(self) -> bool:
        """Asked by ansible-runner at every tick."""
        self._link.pump()
        if self._reason is None:
            timeout = self._job.timeout
            if self._link.parent_gone:
                self._reason = "orphaned"
            elif self._link.cancelled:
                self._reason = "cancelled"
            elif timeout is not None and time.monotonic() - self._began > timeout:
                self._reason = "timeout"
        return self._reason is not None

    def _end_playbook(self, pid: int, pidfile: str | None = None) -> None:
        """Called at every tick while ansible-playbook lives though it has to end."""
        del pidfile
        now = time.monotonic()
        if self._told_at is None:
            self._told_at = now
            self._watch.cut_off()
            _signal(pid, signal.SIGINT)
        while self._harder and now - self._told_at >= self._harder[0][0]:
            _, number = self._harder.popleft()
            _signal(pid, number)
        if not self._harder:
            processes.kill_all(self._descendants, _TICK)
        time.sleep(0.01)

    def _clean_up(self) -> tuple[str, ...]:
        """End what the run left, here and on the hosts; return what is still there."""
        processes.kill_all(self._descendants, _PROOF_SECONDS)
        processes.kill_all(self._marked, _PROOF_SECONDS)
        left = {*self._descendants(), *self._marked()}
        here = tuple(processes.describe(pid) for pid in sorted(left))
        since = time.monotonic() - (self._told_at or time.monotonic())
        seconds = max(_SWEEP_SECONDS, _ALL_SECONDS - since)
        left_on_hosts = sweep_hosts(self._job.attempt, self._job.ssh, seconds)
        if self._reason == "orphaned" and self._job.control_dir:
            close_connections(Path(self._job.control_dir))  # Nobody else is there to do it.
        return here + left_on_hosts

    def _descendants(self) -> list[int]:
        return processes.descendants(os.getpid())

    def _marked(self) -> list[int]:
        return processes.marked(f"WORLDTREE_ATTEMPT={self._job.attempt}")

    def _cut_off(self) -> str | None:
        # A run that had come to its end before it was told to end has not been cut off.
        return None if self._told_at is None and self._watch.complete else self._reason


def _spawn_with(secrets: Mapping[str, str]) -> type[pexpect.spawn]:
    class Spawn(pexpect.spawn):  # type: ignore[misc]
        def __init__(self, command: str, args: list[str], **options: Any) -> None:
            # ansible-runner has written the environment to a file by now.
            options["env"] = {**options["env"], **secrets}
            super().__init__(
                command, args, maxread=65536, preexec_fn=processes.die_with_parent, **options
            )

    return Spawn


def _exit_code(runner: Runner) -> int | None:
    # 254 is ansible-runner's own, in place of the exit code.
    return None if runner.canceled or runner.rc is None else int(runner.rc)


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def main() -> None:
    """Read a job from the socket named on the command line, run it, tell the end."""
    link = Link(socket.socket(fileno=int(sys.argv[1])))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: link.request_cancel())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    line = link.read_line()
    if line is None:
        return
    processes.adopt_orphans()
    job = Job.parse(line)
    # ansible-runner hands results over in files, whatever is in them; ours are the events.
    with tempfile.TemporaryDirectory(prefix="wt-", dir=_MEMORY) as artifacts:
        end = Supervisor(link, job, artifacts).run()
    link.finish(end)


if __name__ == "__main__":
    main()
