"""The process around one run of ansible-playbook: keeps its journal going, and can end all of it.

A fork of the launcher, in a session of its own. Single-threaded, since ansible-runner forks a
terminal. It does not need the process that asked for the run: when that is gone, the run goes on to
its end, for whoever resumes the task.
"""

from __future__ import annotations

import json
import os
import re
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
from worldtree.runner.connect.remote_cleanup import clean_up_hosts
from worldtree.runner.inside import journal
from worldtree.runner.inside.journal import JournalWriter
from worldtree.runner.process import process_table
from worldtree.runner.process.playbook_fork import playbook_process_class
from worldtree.runner.process.protocol import (
    OUTCOME_FILE,
    SUPERVISOR_FILE,
    SUPERVISOR_LOG,
    Job,
    create_atomically,
    write_atomically,
)
from worldtree.runner.process.run_monitor import RunMonitor
from worldtree.runner.process.supervisor_channel import SupervisorChannel
from worldtree.secrets.live_redactor import LiveRedactor

#: Seconds between looks at the socket and the clock; also the longest delay of a cancel.
_POLL_SECONDS = 0.1
#: Seconds after the first signal until the next harder one.
_TERM_AFTER = 0.8
_KILL_AFTER = 1.5
#: Seconds for proving that nothing is left here.
_KILL_SECONDS = 0.5
#: Everything is to be over this long after the first signal, but hosts get so much at least.
_STOP_SECONDS = 4.5
_CLEANUP_SECONDS = 1.5
#: What Ansible says outside of its events: ansible-runner's names for it.
_MESSAGE_EVENTS = frozenset({"verbose", "warning", "deprecated", "system_warning", "error"})
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Supervisor:
    """One run from its job to its end."""

    def __init__(self, link: SupervisorChannel, job: Job, artifacts: str) -> None:
        self._channel, self._job, self._artifacts = link, job, artifacts
        self._watch = RunMonitor()
        self._journal_file = Path(job.directory) / journal.JOURNAL_FILE
        self._redact = LiveRedactor.of(os.environ, job.secret_environment.values())
        self._journal = JournalWriter(self._journal_file, self._redact)
        self._notified_size = 0
        self._began = time.monotonic()
        #: Why the run has to end: cancelled, timeout.
        self._reason: str | None = None
        #: When ansible-playbook was first told to end.
        self._stopping_since: float | None = None
        self._pending_signals = deque(
            [(_TERM_AFTER, signal.SIGTERM), (_KILL_AFTER, signal.SIGKILL)]
        )

    def run(self) -> dict[str, Any]:
        """Run ansible-playbook to its end and return how that was: a ``RunOutcome``'s fields."""
        runner = self._runner()
        trouble = ""
        try:
            if not self._should_stop():
                runner.run()
        except (
            Exception,
            pexpect.TIMEOUT,
        ) as error:  # Whatever breaks here must be told, not lost.
            trouble = f"{type(error).__name__}: {error}".splitlines()[0]
        leftovers = self._clean_up() if self._stopping_since is not None or trouble else ()
        end = self._watch.end(self._cut_off(), _exit_code(runner), trouble)
        text = json.dumps({**end, "leftovers": leftovers}).encode()
        found: dict[str, Any] = json.loads(self._redact(text))
        return found

    def _runner(self) -> Runner:
        job = self._job
        config = RunnerConfig(
            private_data_dir=job.directory,
            project_dir=job.bundle,
            playbook=job.playbook,
            limit=f"@{job.limit_file}",
            cmdline=shlex.join(job.arguments) or None,
            envvars={**job.environment, journal.JOURNAL_VARIABLE: str(self._journal_file)},
            fact_cache_type="",
            ident="run",
            quiet=True,
            rotate_artifacts=0,
            artifact_dir=self._artifacts,
        )
        config.prepare()
        # What a settings file would say, without the file; no timeouts but our own.
        config.pexpect_timeout = _POLL_SECONDS
        config.idle_timeout = config.job_timeout = None
        mark = process_table.process_name(job.attempt)
        ansible_runner.runner.pexpect.spawn = playbook_process_class(mark, job.secret_environment)
        Runner.handle_termination = self._stop_playbook
        return Runner(config, cancel_callback=self._should_stop, event_handler=self._on_event)

    def _on_event(self, raw: Mapping[str, Any]) -> bool:
        """Take in what Ansible displayed; False keeps ansible-runner from writing it to a file.

        What happened on hosts stands in the journal already; here come the words around it.
        """
        self._watch.add(raw)
        # How Ansible says that it was interrupted is nobody's news.
        if raw.get("event") in _MESSAGE_EVENTS and self._stopping_since is None:
            text = plain_text(raw)
            if text:
                play = (raw.get("event_data") or {}).get("play")
                words = {"event": raw["event"], "created": time.time(), "play": play, "text": text}
                self._journal.append(words)
        self._tell()
        return False

    def _tell(self) -> None:
        """Wake the parent when the journal has grown."""
        size = self._journal_file.stat().st_size
        if size != self._notified_size:
            self._notified_size = size
            self._channel.tell()

    def _should_stop(self) -> bool:
        """Asked by ansible-runner at every tick."""
        self._tell()
        self._channel.listen()
        if self._reason is None:
            timeout = self._job.timeout
            if self._channel.cancelled:
                self._reason = "cancelled"
            elif timeout is not None and time.monotonic() - self._began > timeout:
                self._reason = "timeout"
        return self._reason is not None

    def _stop_playbook(self, pid: int, pidfile: str | None = None) -> None:
        """Called at every tick while ansible-playbook lives though it has to end."""
        del pidfile
        now = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since = now
            self._watch.cut_off()
            # The one that Ansible ends by; it ignores SIGINT where this process does.
            _send_signal(pid, ending_signals()[0])
        while self._pending_signals and now - self._stopping_since >= self._pending_signals[0][0]:
            _, number = self._pending_signals.popleft()
            _send_signal(pid, number)
        if not self._pending_signals:
            process_table.kill_all(self._descendants, _POLL_SECONDS)
        time.sleep(0.01)

    def _clean_up(self) -> tuple[str, ...]:
        """End what the run left, here and on the hosts; return what is still there."""
        process_table.kill_all(self._descendants, _KILL_SECONDS)
        process_table.kill_all(self._attempt_processes, _KILL_SECONDS)
        left = {*self._descendants(), *self._attempt_processes()}
        here = tuple(process_table.describe(pid) for pid in sorted(left))
        since = time.monotonic() - (self._stopping_since or time.monotonic())
        seconds = max(_CLEANUP_SECONDS, _STOP_SECONDS - since)
        return here + clean_up_hosts(self._job.attempt, self._job.ways, seconds, self._job.secrets)

    def _descendants(self) -> list[int]:
        return process_table.descendants(os.getpid())

    def _attempt_processes(self) -> list[int]:
        return process_table.attempt_processes(self._job.attempt)

    def _cut_off(self) -> str | None:
        # A run that had come to its end before it was told to end has not been cut off.
        return None if self._stopping_since is None and self._watch.complete else self._reason


def plain_text(raw: Mapping[str, Any]) -> str:
    """Return what Ansible displayed, without colours."""
    return _ANSI.sub("", str(raw.get("stdout") or "")).replace("\r\n", "\n").strip()


def _exit_code(runner: Runner) -> int | None:
    # 254 is ansible-runner's own, in place of the exit code.
    return None if runner.canceled or runner.rc is None else int(runner.rc)


def _send_signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _redirect_stderr(path: Path) -> None:
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 2)
    os.close(log)


def main(channel: socket.socket, memory_dir: str) -> None:
    """Read a job from ``channel``, run it, and write down how it ended."""
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
    myself = process_table.ProcessRef.of(os.getpid())
    if not create_atomically(
        directory / SUPERVISOR_FILE, {} if myself is None else myself.as_dict()
    ):
        return  # It was given up before it came to its start.
    # ansible-runner hands results over in files, whatever is in them; ours are in the journal.
    with tempfile.TemporaryDirectory(prefix="run-", dir=memory_dir) as artifacts:
        end = Supervisor(link, job, artifacts).run()
    write_atomically(directory / OUTCOME_FILE, end)
    link.close()
