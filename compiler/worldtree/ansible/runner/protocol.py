"""What the supervisor and its parent say to each other: JSON lines over a socket.

The parent sends one job line and later perhaps ``cancel``; closing the socket says that it is gone.
The supervisor sends ``{"event": …}`` per event and ``{"end": …}`` last. Imports are kept light.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

CANCEL = b"cancel\n"

#: The events that the translation knows; others stay with the supervisor.
WANTED = frozenset(
    {
        "playbook_on_play_start",
        "playbook_on_no_hosts_remaining",
        "playbook_on_no_hosts_matched",
        "playbook_on_stats",
        "runner_on_start",
        "runner_on_ok",
        "runner_on_failed",
        "runner_on_unreachable",
        "runner_on_skipped",
        "runner_item_on_ok",
        "runner_item_on_failed",
        "runner_item_on_skipped",
        "runner_retry",
        "verbose",
        "warning",
        "deprecated",
        "system_warning",
        "error",
    }
)


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
    #: The environment of ansible-playbook, without secrets; it is written to disk.
    environment: dict[str, str]
    #: What is added to it in memory only.
    secret_environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    timeout: float | None = None
    hosts: tuple[str, ...] = ()
    #: Directory of the sockets of the task's shared connections.
    control_dir: str = ""
    #: Host name -> ssh command line, for ending what is left on it.
    ssh: dict[str, list[str]] = field(default_factory=dict)

    def line(self) -> bytes:
        """Return the job as it goes over the socket."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Job:
        """Return the job of a line."""
        return cls(**json.loads(line))


def event_line(raw: Mapping[str, Any]) -> bytes | None:
    """Return ansible-runner's event as it goes over the socket; None when nobody wants it."""
    if raw.get("event") not in WANTED:
        return None
    data = raw.get("event_data") or {}
    slim = {key: raw[key] for key in ("event", "created") if key in raw}
    slim["event_data"] = data
    # What Ansible displayed repeats the result, but for messages, hidden results and delegation.
    result = data.get("res") or {}
    if "task" not in data or "censored" in result or "_ansible_delegated_vars" in result:
        slim["stdout"] = raw.get("stdout")
    return json.dumps({"event": slim}).encode() + b"\n"
