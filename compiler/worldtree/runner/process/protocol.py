"""Messages and files by which a supervisor and its parent communicate.

The parent sends one job as a JSON line and later perhaps ``cancel``. The supervisor sends one byte
whenever the journal has grown, and closes the socket when it ends. What must survive both is in the
attempt's directory: who supervises it (``SUPERVISOR_FILE``), what happens
(``worldtree.runner.inside.journal``), how it ended (``OUTCOME_FILE``). Imports are kept light.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from worldtree.core.errors import RefusedError
from worldtree.core.fsync import sync_directory
from worldtree.runner.connect.host_access import HostAccess

#: Increased with every change of the fields of a ``Job``.
JOB_VERSION = 3
CANCEL_REQUEST = b"cancel\n"
JOURNAL_GREW = b"."
#: The launcher's first byte: Ansible is loaded, or is a release that WorldTree cannot work with.
READY = b"+"
UNSUPPORTED = b"-"
#: File with the identity of the supervisor, written before Ansible starts. It is written once:
#: a file without an identity means that the attempt must never start.
SUPERVISOR_FILE = "supervisor.json"
#: File with the outcome of the attempt, the fields of a ``RunOutcome``, written at its very end.
OUTCOME_FILE = "end.json"
#: File with the errors of the supervisor itself.
SUPERVISOR_LOG = "supervisor.log"


@dataclass(frozen=True)
class Job:
    """One run, as the supervisor needs it."""

    attempt: str
    #: ansible-runner's private directory: the attempt's own.
    directory: str
    bundle: str
    playbook: str
    #: File of host names, one per line; empty where the plays name them.
    limit_file: str
    #: Environment variables of ansible-playbook besides the launcher's; no secrets.
    environment: dict[str, str]
    #: Environment variables that are added in memory only, and hidden in all output.
    secret_environment: dict[str, str] = field(default_factory=dict)
    #: Environment variables that are added in memory only, where no other has the name.
    caller_environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    timeout: float | None = None
    hosts: tuple[str, ...] = ()
    #: Host name -> how to reach it, for ending what is left on it.
    host_access: dict[str, HostAccess] = field(default_factory=dict)
    #: Environment variables by which programs find the secrets broker; none of them is secret.
    broker_environment: dict[str, str] = field(default_factory=dict)

    def line(self) -> bytes:
        """Return the job as it goes over the socket."""
        return json.dumps({"version": JOB_VERSION, **asdict(self)}).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Job:
        """Return the job of a line. Raises ``RefusedError`` for a job of another version.

        A job lives as long as its socket, so no other version is ever read on purpose: it means
        that the program was replaced while the process that sent the job was running.
        """
        data = json.loads(line)
        if (found := data.pop("version", 1)) != JOB_VERSION:
            msg = f"the job has version {found}, and the supervisor reads version {JOB_VERSION}"
            raise RefusedError(
                msg,
                code="format-unreadable",
                hint="WorldTree was upgraded meanwhile: start `wt` again",
            )
        access = {host: HostAccess(**one) for host, one in data.pop("host_access").items()}
        return cls(**data, host_access=access)


def write_atomically(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON so that the file exists complete and on disk, or not at all."""
    _write_temporary(path, data).replace(path)
    sync_directory(path.parent)


def create_atomically(path: Path, data: Mapping[str, Any]) -> bool:
    """Do the same unless the file exists; return whether this call created it."""
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
