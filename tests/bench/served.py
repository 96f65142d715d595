"""A real ``wt serve`` for measurements, with the token of an administrator."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from bench.measure import PROGRAMS, environment

#: Seconds that the service has for its start.
_START_TIMEOUT = 60.0
_POLICY = "[policy]\nlocal_work = true\n"


@dataclass(frozen=True)
class Served:
    """A running service."""

    client: httpx2.Client
    #: Of the address ``http://127.0.0.1:PORT/api/v1``.
    port: int
    header: str
    pid: int

    @property
    def resident(self) -> int:
        """KiB of memory of its process, without its tasks."""
        return resident(self.pid)


def resident(pid: int) -> int:
    """Return the KiB of memory of a process without its children. Raises ``RuntimeError``."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    if found is None:
        raise RuntimeError(f"process {pid} has ended")
    return int(found[1])


@contextmanager
def served(
    directory: Path, *options: str, variables: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """Run a service with its state in ``directory`` until the end of the block."""
    env = {**environment(directory / "home"), **(variables or {})}
    wt = str(PROGRAMS / "wt")

    def command(*words: str) -> str:
        done = subprocess.run(
            [wt, *words], cwd=directory, env=env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    command("user", "create", "bench")
    command("user", "grant", "bench", "admin", "--all-projects")
    header = f"Bearer {command('token', 'create', '--user', 'bench')}"
    (directory / "policy.toml").write_text(_POLICY, encoding="utf-8")
    log = directory / "serve.log"
    with log.open("w", encoding="utf-8") as file:
        running = subprocess.Popen(
            # Its limit of requests is not what is measured.
            [wt, "serve", "--port", "0", "--rate-limit", "0", "--policy", "policy.toml", *options],
            cwd=directory,
            env=env,
            stderr=file,
        )
    try:
        url = _address(running, log)
        port = int(url.rpartition(":")[2].partition("/")[0])
        with httpx2.Client(
            base_url=url, headers={"Authorization": header}, trust_env=False, timeout=60
        ) as client:
            yield Served(client, port, header, running.pid)
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait()


def _address(running: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < end:
        text = log.read_text(encoding="utf-8")
        if found := re.search(r"serving (\S+)\n", text):
            return found[1]
        if running.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"the service did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")
