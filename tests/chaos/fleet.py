"""Workers as machines of their own: each in a PID namespace, with a home and a proxy of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from chaos.proxy import Proxy
from unit.store import postgres

#: Reaps what its children leave, as the first process of a machine does.
_FIRST = '"$@" & wait $!; wait'
_POLICY = "[policy]\nlocal_work = true\n"


class WorkerMachine:
    """One machine with one worker; root only."""

    def __init__(
        self,
        path: Path,
        socket: Path,
        database: str,
        *,
        outage: float,
        tasks: int,
        policy: str = _POLICY,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        path.mkdir(parents=True)
        self.path, self._tasks = path, tasks
        self.proxy = Proxy(socket)
        (path / "policy.toml").write_text(policy, encoding="utf-8")
        self._environ = {
            **environ,
            "WORLDTREE_HOME": str(path / "home"),
            "WORLDTREE_DATABASE_URL": postgres.tcp_url(self.proxy.port, database),
            "WORLDTREE_WORKER_OUTAGE": str(outage),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the machine with its worker."""
        worker = [sys.executable, "-m", "worldtree.cli.entry", "worker", "--log-format", "text"]
        worker += ["--tasks", str(self._tasks), "--policy", str(self.path / "policy.toml")]
        namespace = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child"]
        with (self.path / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*namespace, "sh", "-c", _FIRST, "sh", *worker],
                env=self._environ,
                cwd=self.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End every process of the machine at once, as a power failure does."""
        if self._process is not None:
            self._signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stop every process of the machine, as a host of virtual machines may."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let a stopped machine go on."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End the machine."""
        self.kill()
        self.proxy.close()

    def namespace(self) -> str:
        """Return the name of its PID namespace; empty while it is off."""
        first = self._first()
        return "" if first is None else _namespace(first)

    def log(self) -> str:
        """Return what its worker and tasks have logged."""
        return (self.path / "log").read_text(encoding="utf-8", errors="replace")

    def _signal(self, number: int) -> None:
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _processes(self) -> list[int]:
        """Return the ids of all processes in its PID namespace."""
        first = self._first()
        if first is None:
            return []
        namespace = _namespace(first)
        pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
        return [pid for pid in pids if namespace and _namespace(pid) == namespace]

    def _first(self) -> int | None:
        if self._process is None or self._process.poll() is not None:
            return None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for _ in range(100):
            with suppress(OSError, IndexError):
                return int(children.read_text().split()[0])
            time.sleep(0.05)
        return None


def _namespace(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""
