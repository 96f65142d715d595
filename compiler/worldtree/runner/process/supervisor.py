"""The supervisor: the process around one run of ansible-playbook, which can stop all of it.

It is a fork of the launcher, in a session of its own, and single-threaded, since ansible-runner
forks a terminal. It does not need the process that requested the run: when that is gone, the run
continues to its end, and ``wt resume`` reads its outcome.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
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

from worldtree.core.signals import ending_signals
from worldtree.runner.connect.process_names import process_name
from worldtree.runner.connect.remote_cleanup import clean_up_hosts
from worldtree.runner.inside import journal, run_deadline, warm_connections
from worldtree.runner.inside.journal import JournalWriter
from worldtree.runner.process import process_table
from worldtree.runner.process.playbook_fork import playbook_process_class
from worldtree.runner.process.protocol import SUPERVISOR_LOG, Job
from worldtree.runner.process.run_monitor import RunMonitor, plain_text
from worldtree.runner.process.run_records import create_supervisor_file, write_outcome
from worldtree.runner.process.supervisor_channel import SupervisorChannel
from worldtree.secrets.live_redactor import LiveRedactor

#: Seconds between checks of the socket and the clock; also the longest delay of a cancel.
_POLL_SECONDS = 0.1
#: Seconds after SIGINT until SIGTERM and until SIGKILL.
_TERM_AFTER = 0.8
_KILL_AFTER = 1.5
#: Seconds to kill what is left on this machine.
_KILL_SECONDS = 0.5
#: Seconds after the first signal in which everything ends, and those that hosts get at least.
_STOP_SECONDS = 4.5
_CLEANUP_SECONDS = 1.5
#: Events of ansible-runner that carry Ansible's messages.
_MESSAGE_EVENTS = frozenset({"verbose", "warning", "deprecated", "system_warning", "error"})


class Supervisor:
    """One run from its job to its end."""

    def __init__(self, link: SupervisorChannel, job: Job, artifacts: str) -> None:
        self._channel, self._job, self._artifacts = link, job, artifacts
        self._monitor = RunMonitor(job.bundle)
        self._journal_file = Path(job.directory) / journal.JOURNAL_FILE
        self._redact = LiveRedactor.of(os.environ, job.secret_environment.values())
        self._journal = JournalWriter(self._journal_file, self._redact)
        self._journal.append_header()
        self._notified_size = 0
        self._began = time.monotonic()
        #: Why the run must stop: ``cancelled``, ``timeout``, ``deadline``.
        self._reason: str | None = None
        #: When ansible-playbook got the first signal.
        self._stopping_since: float | None = None
        self._pending_signals = deque(
            [(_TERM_AFTER, signal.SIGTERM), (_KILL_AFTER, signal.SIGKILL)]
        )

    def run(self) -> dict[str, Any]:
        """Run ansible-playbook to its end and return the fields of its ``RunOutcome``."""
        runner = self._runner()
        trouble = ""
        was_killed = False
        try:
            if not self._should_stop():
                runner.run()
                # By a signal: it left what it had started, here and on hosts.
                was_killed = runner.rc is None
        except (
            Exception,
            pexpect.TIMEOUT,
        ) as error:  # Any failure becomes part of the outcome.
            trouble = f"{type(error).__name__}: {error}".splitlines()[0]
        is_cut_off = self._stopping_since is not None or was_killed or bool(trouble)
        leftovers = self._clean_up() if is_cut_off else ()
        end = self._monitor.end(self._cut_off(), _exit_code(runner), trouble)
        text = json.dumps({**end, "leftovers": leftovers}).encode()
        found: dict[str, Any] = json.loads(self._redact(text))
        return found

    def _runner(self) -> Runner:
        job = self._job
        config = RunnerConfig(
            private_data_dir=job.directory,
            project_dir=job.bundle,
            playbook=job.playbook,
            limit=f"@{job.limit_file}" if job.limit_file else None,
            cmdline=shlex.join(job.arguments) or None,
            envvars={**job.environment, journal.JOURNAL_VARIABLE: str(self._journal_file)},
            fact_cache_type="",
            ident="run",
            quiet=True,
            rotate_artifacts=0,
            artifact_dir=self._artifacts,
        )
        config.prepare()
        # Settings without a settings file; the only timeout is our own.
        config.pexpect_timeout = _POLL_SECONDS
        config.idle_timeout = config.job_timeout = None
        mark = process_name(job.attempt)
        ansible_runner.runner.pexpect.spawn = playbook_process_class(
            mark, job.secret_environment, job.caller_environment
        )
        Runner.handle_termination = self._stop_playbook
        return Runner(config, cancel_callback=self._should_stop, event_handler=self._on_event)

    def _on_event(self, raw: Mapping[str, Any]) -> bool:
        """Process what Ansible displayed; returns False, so ansible-runner writes no file.

        The journal already has what happened on hosts; this adds Ansible's messages.
        """
        self._monitor.add(raw)
        # Ansible's message that it was interrupted is of no use to anybody.
        if raw.get("event") in _MESSAGE_EVENTS and self._stopping_since is None:
            text = plain_text(raw)
            if text:
                play = (raw.get("event_data") or {}).get("play")
                words = {"event": raw["event"], "created": time.time(), "play": play, "text": text}
                self._journal.append(words)
        self._notify_parent()
        return False

    def _notify_parent(self) -> None:
        """Notify the parent when the journal has grown."""
        size = self._journal_file.stat().st_size
        if size != self._notified_size:
            self._notified_size = size
            self._channel.notify()

    def _should_stop(self) -> bool:
        """Whether the run must stop; ansible-runner asks every ``_POLL_SECONDS``."""
        self._notify_parent()
        self._channel.receive()
        if self._reason is None:
            timeout = self._job.timeout
            if self._channel.cancelled:
                self._reason = "cancelled"
            elif timeout is not None and time.monotonic() - self._began > timeout:
                self._reason = "timeout"
            elif run_deadline.is_over(Path(self._job.directory)):
                self._reason = "deadline"
        return self._reason is not None

    def _stop_playbook(self, pid: int, pidfile: str | None = None) -> None:
        """Send the next signal; called every ``_POLL_SECONDS`` while ansible-playbook lives."""
        del pidfile
        now = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since = now
            self._monitor.cut_off()
            # Ansible ends by this signal; it ignores SIGINT where this process does.
            _send_signal(pid, ending_signals()[0])
        while self._pending_signals and now - self._stopping_since >= self._pending_signals[0][0]:
            _, number = self._pending_signals.popleft()
            _send_signal(pid, number)
        if not self._pending_signals:
            process_table.kill_all(self._descendants, _POLL_SECONDS)
        time.sleep(0.01)

    def _clean_up(self) -> tuple[str, ...]:
        """End what the run left on this machine and the hosts; return what is still there."""
        process_table.kill_all(self._descendants, _KILL_SECONDS)
        process_table.kill_all(self._attempt_processes, _KILL_SECONDS)
        warm_connections.remove_directories(process_name(self._job.attempt))
        left = {*self._descendants(), *self._attempt_processes()}
        here = tuple(process_table.describe(pid) for pid in sorted(left))
        since = time.monotonic() - (self._stopping_since or time.monotonic())
        seconds = max(_CLEANUP_SECONDS, _STOP_SECONDS - since)
        return here + clean_up_hosts(
            self._job.attempt, self._job.host_access, seconds, self._job.broker_environment
        )

    def _descendants(self) -> list[int]:
        return process_table.descendants(os.getpid())

    def _attempt_processes(self) -> list[int]:
        return process_table.attempt_processes(self._job.attempt)

    def _cut_off(self) -> str | None:
        # A run that ended by itself before the first signal was not stopped.
        return None if self._stopping_since is None and self._monitor.complete else self._reason


def _exit_code(runner: Runner) -> int | None:
    # ansible-runner puts 254 in place of the exit code of a cancelled run.
    return None if runner.canceled or runner.rc is None else int(runner.rc)


def _send_signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _redirect_stderr(path: Path) -> None:
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 2)
    os.close(log)


def main(channel: socket.socket, memory_dir: str) -> None:
    """Read a job from ``channel``, run it, and write its outcome to a file."""
    link = SupervisorChannel(channel)
    for number in ending_signals():
        signal.signal(number, lambda *_: link.request_cancel())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    line = link.read_line()
    if line is None:
        return
    process_table.adopt_orphans()
    job = Job.parse(line)
    directory = Path(job.directory)
    _redirect_stderr(directory / SUPERVISOR_LOG)
    if not create_supervisor_file(directory, process_table.ProcessRef.of(os.getpid())):
        return  # The attempt was given up before it started.
    # ansible-runner writes results to files, secrets included; they go to memory and are removed.
    with tempfile.TemporaryDirectory(prefix="run-", dir=memory_dir) as artifacts:
        end = Supervisor(link, job, artifacts).run()
    write_outcome(directory, end)
    link.close()
