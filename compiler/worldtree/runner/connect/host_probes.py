"""Short programs that query hosts: with a time limit, and stopped at once on request."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from worldtree.core.environment_allowlist import allowed_environment


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The output of a program."""

    #: Its exit code; None when it did not end in time or was not started.
    code: int | None = None
    out: str = ""
    error: str = ""


class HostProbes:
    """Runs programs, from any thread."""

    def __init__(self) -> None:
        self._stopped = False
        self._running: set[subprocess.Popen[bytes]] = set()

    def stop(self) -> None:
        """Kill all programs and start no other. Takes no lock: signal handlers may call it."""
        self._stopped = True
        for process in tuple(self._running):
            _kill(process)

    def run(
        self,
        command: Sequence[str],
        seconds: float,
        environment: Mapping[str, str],
        line: str | None = None,
    ) -> ProbeResult:
        """Run ``command`` for ``seconds`` at most, with one line of input; return its output."""
        if self._stopped:
            return ProbeResult()
        # Files, since a shared connection that stays open may hold the other end of a pipe.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL if line is None else subprocess.PIPE,
                stdout=out,
                stderr=error,
                # The allow-listed environment, which Ansible's own ssh gets too.
                env={**allowed_environment(os.environ), **environment, "LC_ALL": "C"},
                start_new_session=True,
            )
            self._running.add(process)
            if self._stopped:  # Between the check above and the start.
                _kill(process)
            if process.stdin is not None:
                with process.stdin, suppress(BrokenPipeError):
                    process.stdin.write(f"{line}\n".encode())
            try:
                code: int | None = process.wait(seconds)
            except subprocess.TimeoutExpired:
                _kill(process)
                process.wait()
                code = None
            finally:
                self._running.discard(process)
            out.seek(0)
            error.seek(0)
            texts = [file.read().decode(errors="replace") for file in (out, error)]
        return ProbeResult(code, *texts)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its children, such as ssh's connection to a bastion."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
