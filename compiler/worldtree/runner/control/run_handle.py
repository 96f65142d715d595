"""The parent's side of one run: follows its journal, reports its outcome."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.results.events import Event
from worldtree.results.run import RunOutcome
from worldtree.runner.connect.remote_cleanup import clean_up_hosts
from worldtree.runner.control.output_events import output_events
from worldtree.runner.control.translate import translate
from worldtree.runner.inside import journal
from worldtree.runner.inside.journal import JournalReader
from worldtree.runner.process import process_table
from worldtree.runner.process.protocol import CANCEL_REQUEST, OUTCOME_FILE, SUPERVISOR_LOG, Job
from worldtree.runner.process.run_records import (
    OUTCOME_FORMAT,
    create_supervisor_file,
    other_fields,
    read_outcome,
    read_supervisor,
)

_CLEANUP_SECONDS = 3.0
#: Seconds in which killed processes of a lost run end; a busy machine needs more than one.
_KILL_SECONDS = 10.0
#: Seconds between reads of an adopted run's journal, which sends no notifications.
_POLL_SECONDS = 0.1
#: Free bytes of a disk below which it is taken for full: supervisors write some kilobytes.
_LEAST_SPACE = 2**20

OnEvent = Callable[[Event], None]
OnEnd = Callable[[RunOutcome], None]


class RunnerRunHandle:
    """A run in progress, followed by a thread of its own (see ``engine.executor.RunHandle``).

    Without ``channel`` another process started the run: its journal is followed after line
    ``after``, and what is left of the run is ended when its supervisor is gone.
    """

    def __init__(
        self,
        channel: socket.socket | None,
        job: Job,
        on_event: OnEvent,
        on_end: OnEnd,
        *,
        launcher_log: Path,
        after: int = 0,
    ) -> None:
        self._channel, self._job = channel, job
        self._on_event, self._on_end = on_event, on_end
        self._directory = Path(job.directory)
        self._launcher_log = launcher_log
        self._journal = JournalReader(self._directory / journal.JOURNAL_FILE, after)
        self._outcome: RunOutcome | None = None
        self._thread = threading.Thread(target=self._follow, name=f"run {job.attempt}", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask the supervisor to stop the run."""
        with suppress(OSError):  # It has ended already.
            if self._channel is not None:
                self._channel.send(CANCEL_REQUEST)
            elif (
                supervisor := supervisor_process(self._directory)
            ) is not None and supervisor.alive:
                os.kill(supervisor.pid, signal.SIGTERM)

    def wait(self, timeout: float | None = None) -> RunOutcome | None:
        """Block until the run ended."""
        self._thread.join(timeout)
        return self._outcome

    def is_alive(self) -> bool:
        """Whether the thread that reports the outcome still runs."""
        return self._thread.is_alive()

    def _follow(self) -> None:
        trouble = ""
        try:
            self._read_until_end()
        except Exception as error:  # It becomes part of the outcome.
            trouble = _in_words(error)
        try:
            outcome = _outcome_on_disk(self._directory, self._journal, trouble)
            if outcome is None:
                outcome = self._lost(trouble)
            outcome = _with_reboot_doubt(outcome, self._journal, self._directory, self._job.hosts)
        except Exception as error:  # Without an outcome the scheduler waits for ever.
            outcome = _unreadable_outcome(error, self._journal)
        self._outcome = outcome
        self._on_end(outcome)

    def _read_until_end(self) -> None:
        if self._channel is None:
            prevent_start(self._directory)
            supervisor = supervisor_process(self._directory)
            while supervisor is not None and supervisor.alive:
                self._read()
                time.sleep(_POLL_SECONDS)
        else:
            with self._channel, suppress(BrokenPipeError, ConnectionResetError):
                self._channel.sendall(self._job.line())
                while self._channel.recv(65536):
                    self._read()
        self._read()

    def _read(self) -> None:
        for line, fields in self._journal.read():
            event = translate(fields, self._job.attempt, line)
            if event is not None:
                for output in output_events(event):
                    self._on_event(output)
                self._on_event(event)

    def _lost(self, trouble: str) -> RunOutcome:
        """The supervisor is gone without an outcome: end what it left, here and on the hosts."""

        def find() -> list[int]:
            return process_table.attempt_processes(self._job.attempt)

        left = tuple(
            process_table.describe(pid) for pid in process_table.kill_all(find, _KILL_SECONDS)
        )
        job = self._job
        left += clean_up_hosts(
            job.attempt, job.host_access, _CLEANUP_SECONDS, job.broker_environment
        )
        with suppress(OSError):  # What the run wrote until it was killed just now.
            self._read()
        return _unreported_outcome(self._journal, trouble or self._last_words(), left)

    def _last_words(self) -> str:
        """Return the logged errors of the processes around the run."""
        logs = [self._directory / SUPERVISOR_LOG, self._launcher_log]
        texts = [log.read_text(errors="replace").strip() for log in logs if log.exists()]
        # On a full disk they could write none.
        return "\n".join(filter(None, texts))[-2000:] or full_disk_text(self._directory)


def full_disk_text(directory: Path) -> str:
    """Return what to do where the disk of a directory is full; nothing where it is not."""
    if shutil.disk_usage(directory).free >= _LEAST_SPACE:
        return ""
    return f"the disk of {directory} is full: free some space and continue the task"


def inspect_run(
    directory: Path, attempt: str, hosts: Sequence[str], after: int
) -> tuple[list[Event], RunOutcome | None]:
    """Return the events of a run's journal after line ``after``, and the run's outcome.

    Changes nothing. The outcome is None while the supervisor lives; otherwise it is the one that
    adopting the run would report.
    """
    reader = JournalReader(directory / journal.JOURNAL_FILE, after)
    supervisor = supervisor_process(directory)
    is_over = supervisor is None or not supervisor.alive
    translated = (translate(fields, attempt, line) for line, fields in reader.read())
    events = [event for event in translated if event is not None]
    if not is_over:
        return events, None
    try:
        outcome = _outcome_on_disk(directory, reader) or _unreported_outcome(reader)
    except RefusedError as error:
        outcome = _unreadable_outcome(error, reader)
    return events, _with_reboot_doubt(outcome, reader, directory, hosts)


def _outcome_on_disk(
    directory: Path, reader: JournalReader, trouble: str = ""
) -> RunOutcome | None:
    """Return the outcome that the supervisor wrote, None without one.

    An incomplete journal makes it an error. Raises ``RefusedError`` when it cannot be read.
    """
    end = read_outcome(directory)
    if end is None:
        return None
    try:
        outcome = RunOutcome(
            **{
                **end,
                "interrupted_hosts": tuple(end["interrupted_hosts"]),
                "leftovers": tuple(end["leftovers"]),
            }
        )
    except (KeyError, TypeError) as problem:
        raise other_fields(OUTCOME_FORMAT, directory / OUTCOME_FILE) from problem
    trouble = trouble or (reader.defect if outcome.state == "finished" else "") or ""
    if not trouble:
        return outcome
    return replace(
        outcome,
        state="error",
        message=f"the journal of this run is incomplete: {trouble}",
        complete=False,
        interrupted_hosts=tuple(reader.hosts_in_task),
    )


def _unreadable_outcome(error: Exception, reader: JournalReader) -> RunOutcome:
    """Return the outcome of a run whose own one cannot be read."""
    return RunOutcome(
        "error",
        message=f"the outcome of this run cannot be read: {_in_words(error)}",
        interrupted_hosts=tuple(reader.hosts_in_task),
    )


def _in_words(error: Exception) -> str:
    if isinstance(error, WorldTreeError):
        return f"{error.message}; {error.hint}" if error.hint else error.message
    return f"{type(error).__name__}: {error}"


def _unreported_outcome(
    reader: JournalReader, trouble: str = "", left: tuple[str, ...] = ()
) -> RunOutcome:
    """Return the outcome of a run whose supervisor is gone without writing one."""
    if reader.defect is None:  # The run finished; only its outcome was not written.
        return RunOutcome("finished", complete=True, leftovers=left)
    message = "the supervisor of this run ended unexpectedly"
    return RunOutcome(
        "error",
        message=f"{message}\n{trouble}".strip(),
        interrupted_hosts=tuple(reader.hosts_in_task),
        leftovers=left,
    )


def _with_reboot_doubt(
    outcome: RunOutcome, reader: JournalReader, directory: Path, hosts: Sequence[str]
) -> RunOutcome:
    """Mark the outcome as unknown where lines of the journal may be lost or are elsewhere.

    A crash of the machine may have lost some; those of another machine's run are not here.
    """
    is_whole = _is_of_this_machine(directory) and not machine_rebooted(directory)
    if reader.defect is None or is_whole:
        return outcome
    return replace(outcome, unknown=True, interrupted_hosts=tuple(hosts))


def supervisor_process(directory: Path) -> process_table.ProcessRef | None:
    """Return the process that supervises or supervised the attempt; None when it never started."""
    return read_supervisor(directory)


def machine_rebooted(directory: Path) -> bool:
    """Whether the machine was rebooted since the attempt of that directory started."""
    supervisor = supervisor_process(directory)
    return supervisor is not None and supervisor.boot != process_table.boot_id()


def _is_of_this_machine(directory: Path) -> bool:
    """Whether the directory of the attempt's task exists: it is made before the task."""
    return directory.parent.parent.is_dir()


def prevent_start(directory: Path) -> None:
    """Ensure that an attempt that has not started never starts.

    One of another machine cannot start here, where its task has no directory.
    """
    if not _is_of_this_machine(directory):
        return
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_supervisor_file(directory, None)
