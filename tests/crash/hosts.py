"""The hosts of trials: this machine under three names, or three lab hosts over SSH."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from acceptance import lab_documents
from crash.workload import HOSTS
from lab import labs, tools
from lab.handle import LabHandle

#: Directory on lab hosts in which steps leave their files.
_TARGET = Path("/var/tmp/crash-traces")


class LabUnavailableError(Exception):
    """This machine cannot run a lab; the message says why."""


class LocalHosts:
    """This machine, on local connections."""

    def __init__(self, target: Path) -> None:
        #: The directory on the hosts in which each step leaves a file.
        self.target = target

    @property
    def spec(self) -> dict[str, Any]:
        """The part of the document's spec that describes the hosts."""
        return {"hosts": [{"name": name, "connection": "local"} for name in HOSTS]}

    def clean(self) -> None:
        """Remove the files of all steps."""
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir(parents=True)

    def effects(self) -> Counter[str]:
        """Return how often each step had its effect on each host, by file name."""
        files = sorted(self.target.iterdir())
        return Counter({file.name: len(file.read_text().splitlines()) for file in files})

    def has_effect(self, node: str, host: str) -> bool:
        """Return whether a step without a guard had its effect on a host."""
        return f"bare-{node.replace('/', '.')}-{host}" in self.effects()

    def left(self) -> list[str]:
        """Describe the processes of a run on other machines; none here."""
        return []


class LabHosts(LocalHosts):
    """Lab hosts, over SSH."""

    def __init__(self, handle: LabHandle) -> None:
        super().__init__(_TARGET)
        self._lab = handle
        self._hosts = dict(zip(HOSTS, handle.hosts, strict=True))

    @property
    def spec(self) -> dict[str, Any]:
        """The hosts and their SSH settings."""
        hosts = [{"name": name, "address": host.address} for name, host in self._hosts.items()]
        return {"ssh": lab_documents.ssh(self._lab), "hosts": hosts}

    def clean(self) -> None:
        """Remove the files of all steps, on every host."""
        self._all(f"rm -rf {self.target}; mkdir -p {self.target}")

    def effects(self) -> Counter[str]:
        """Return the number of lines of each file on all hosts; names end with the host name."""
        counted = self._all(f"cd {self.target} && grep -cH '' -- * || true")
        found = (line.rpartition(":") for lines in counted.values() for line in lines)
        return Counter({name: int(number) for name, _, number in found})

    def left(self) -> list[str]:
        """Describe the processes of Ansible and of steps on the hosts."""
        found = self._all("pgrep -af '[A]nsiballZ|[c]rash-traces|[s]leep 313.7' || true")
        return [f"on {name}: {line[:200]}" for name, lines in found.items() for line in lines]

    def _all(self, line: str) -> dict[str, list[str]]:
        return {
            name: host.exec(["sh", "-c", line]).stdout.splitlines()
            for name, host in self._hosts.items()
        }


@contextmanager
def lab() -> Iterator[LabHosts]:
    """Start the lab ``crash``, and take it down at the end. Raises ``LabUnavailableError``."""
    if (why := tools.unavailable()) is not None:
        raise LabUnavailableError(why)
    labs.down("crash")
    try:
        yield LabHosts(LabHandle(labs.up("crash", labs.numbered(len(HOSTS)))))
    finally:
        labs.down("crash")
