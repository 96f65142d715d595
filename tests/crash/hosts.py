"""Where hosts of trials are: this machine under three names, or three of a lab, over SSH."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from acceptance import lab_documents
from crash.work import HOSTS
from lab import labs, tools
from lab.handle import LabHandle

#: Where steps leave their traces on hosts of a lab.
_TARGET = Path("/var/tmp/crash-traces")


class NoLabError(Exception):
    """A lab cannot be had here; says why."""


class LocalHosts:
    """This machine, on local connections: what works on it is found like all the rest."""

    def __init__(self, target: Path) -> None:
        #: The directory in which steps leave a file each, on the host that they run on.
        self.target = target

    @property
    def spec(self) -> dict[str, Any]:
        """What a document's spec says of the hosts."""
        return {"hosts": [{"name": name, "connection": "local"} for name in HOSTS]}

    def clean(self) -> None:
        """Forget all traces."""
        shutil.rmtree(self.target, ignore_errors=True)
        self.target.mkdir(parents=True)

    def effects(self) -> Counter[str]:
        """Return how often each step had its effect on each host, by its file."""
        files = sorted(self.target.iterdir())
        return Counter({file.name: len(file.read_text().splitlines()) for file in files})

    def has_effect(self, node: str, host: str) -> bool:
        """Look whether a step without a guard had its effect on a host."""
        return f"bare-{node.replace('/', '.')}-{host}" in self.effects()

    def left(self) -> list[str]:
        """Return what works on hosts, in words, other than on this machine."""
        return []


class LabHosts(LocalHosts):
    """Hosts of their own, over SSH."""

    def __init__(self, handle: LabHandle) -> None:
        super().__init__(_TARGET)
        self._lab = handle
        self._hosts = dict(zip(HOSTS, handle.hosts, strict=True))

    @property
    def spec(self) -> dict[str, Any]:
        """The hosts, and how they are reached."""
        hosts = [{"name": name, "address": host.address} for name, host in self._hosts.items()]
        return {"ssh": lab_documents.ssh(self._lab), "hosts": hosts}

    def clean(self) -> None:
        """Forget all traces, on every host."""
        self._all(f"rm -rf {self.target}; mkdir -p {self.target}")

    def effects(self) -> Counter[str]:
        """Count the lines of the files on all hosts; their names end with the host's."""
        counted = self._all(f"cd {self.target} && grep -cH '' -- * || true")
        found = (line.rpartition(":") for lines in counted.values() for line in lines)
        return Counter({name: int(number) for name, _, number in found})

    def left(self) -> list[str]:
        """Return the processes that Ansible, or a step, has on hosts."""
        found = self._all("pgrep -af '[A]nsiballZ|[c]rash-traces|[s]leep 313.7' || true")
        return [f"on {name}: {line[:200]}" for name, lines in found.items() for line in lines]

    def _all(self, line: str) -> dict[str, list[str]]:
        return {
            name: host.exec(["sh", "-c", line]).stdout.splitlines()
            for name, host in self._hosts.items()
        }


@contextmanager
def lab() -> Iterator[LabHosts]:
    """Switch on a lab of our own and off again. Raises ``NoLabError`` where there can be none."""
    if (why := tools.unavailable()) is not None:
        raise NoLabError(why)
    labs.down("crash")
    try:
        yield LabHosts(LabHandle(labs.up("crash", labs.numbered(len(HOSTS)))))
    finally:
        labs.down("crash")
