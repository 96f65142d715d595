"""What the supervisor and its parent say to each other.

The parent sends one job as a JSON line and later perhaps ``cancel``. The supervisor sends one byte
whenever there is something new in the journal, and closes the socket at its end. All that must not
be lost stands in the attempt's directory: who supervises it (``SUPERVISOR_FILE``), what happens
(``worldtree.runner.inside.journal``), how it ended (``OUTCOME_FILE``). Imports are kept light.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from worldtree.core.fsync import sync_directory

CANCEL_REQUEST = b"cancel\n"
JOURNAL_GREW = b"."
#: The identity of the process that supervises the attempt; there from before Ansible's start on.
#: Whoever writes it first decides: without an identity, nobody ever starts the attempt.
SUPERVISOR_FILE = "supervisor.json"
#: How the attempt ended: the fields of a ``RunOutcome``. There when all is over, never before.
OUTCOME_FILE = "end.json"
#: What the supervisor complains of when it breaks down.
SUPERVISOR_LOG = "supervisor.log"


@dataclass(frozen=True)
class HostAccess:
    """How a host is got to, and what opens it."""

    #: The ssh command line.
    ssh: list[str]
    #: References to the passwords of the login and of sudo.
    password: str | None = None
    become_password: str | None = None


@dataclass(frozen=True)
class Job:
    """One run, as the supervisor needs it."""

    attempt: str
    #: ansible-runner's private directory: the attempt's own.
    directory: str
    bundle: str
    playbook: str
    #: File of host names, one per line.
    limit_file: str
    #: What ansible-playbook's environment has beyond the launcher's, without secrets.
    environment: dict[str, str]
    #: What is added to it in memory only.
    secret_environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    timeout: float | None = None
    hosts: tuple[str, ...] = ()
    #: Host name -> how to get there, for ending what is left on it.
    ways: dict[str, HostAccess] = field(default_factory=dict)
    #: What tells programs how to ask for secrets; nothing in it is secret.
    secrets: dict[str, str] = field(default_factory=dict)

    def line(self) -> bytes:
        """Return the job as it goes over the socket."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Job:
        """Return the job of a line."""
        data = json.loads(line)
        ways = {host: HostAccess(**way) for host, way in data.pop("ways").items()}
        return cls(**data, ways=ways)


def write_atomically(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON so that the file is there whole, and on disk, or not at all."""
    _write_temporary(path, data).replace(path)
    sync_directory(path.parent)


def create_atomically(path: Path, data: Mapping[str, Any]) -> bool:
    """Do the same unless the file is there already; return whether this was the first."""
    part = _write_temporary(path, data)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        part.unlink()
    sync_directory(path.parent)
    return True


def _write_temporary(path: Path, data: Mapping[str, Any]) -> Path:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with part.open("w") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    return part


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what ``write_atomically`` wrote; None when it did not come to that."""
    try:
        data: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return data
