"""Watches ansible-runner's events: whether the stream is complete, which hosts are in a task."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TASK_STARTED = "runner_on_start"
_TASK_ENDED = ("runner_on_ok", "runner_on_failed", "runner_on_unreachable", "runner_on_skipped")
_MESSAGE_EVENTS = ("verbose", "error")
#: Lines of Ansible's messages that are kept to explain a run without a play.
_KEPT_LINES = 60

#: Where an error is, by path below the bundle.
_ORIGIN = re.compile(r"^Origin: ([^/\n][^\n]*?)(?::\d+)*$", re.MULTILINE)
#: A message of Ansible's about an error that ended it.
_ERROR = re.compile(r"^(?:\[ERROR\]: |ERROR! )(.+)$", re.MULTILINE)
_ROLE_FILE = re.compile(r"roles/([^/]+)/(.+)")

_STOP_MESSAGES = {
    "cancelled": "cancelled",
    "timeout": "the attempt exceeded its time limit",
    "deadline": "the run was ended because its worker could not reach the database",
}


class RunMonitor:
    """Folds ansible-runner's raw events of a run from the directory ``bundle``."""

    def __init__(self, bundle: str) -> None:
        self._inside_bundle = f"{bundle}/"
        self._began_task = False
        self._stats: Mapping[str, Any] | None = None
        #: Host -> number of tasks that run on it.
        self._open: dict[str, int] = {}
        self._interrupted: dict[str, None] = {}
        self._texts: deque[str] = deque(maxlen=_KEPT_LINES)

    def add(self, raw: Mapping[str, Any]) -> None:
        """Process one event."""
        kind = raw.get("event")
        data = raw.get("event_data") or {}
        if kind == _TASK_STARTED:
            self._began_task = True
            self._open[data["host"]] = self._open.get(data["host"], 0) + 1
        elif kind in _TASK_ENDED:
            self._open[data["host"]] = max(0, self._open.get(data["host"], 0) - 1)
        elif kind == "playbook_on_stats":
            self._stats = data
        elif kind in _MESSAGE_EVENTS:
            text = _ANSI.sub("", str(raw.get("stdout") or "")).replace("\r", "").strip("\n")
            self._texts.extend(text.splitlines() if text.strip() else ())

    @property
    def complete(self) -> bool:
        """Whether Ansible's closing statistics were received."""
        return self._stats is not None

    def cut_off(self) -> None:
        """Record which hosts are in the middle of a task when the run is stopped."""
        self._interrupted.update(dict.fromkeys(h for h, count in self._open.items() if count))

    def end(self, cut_off: str | None, code: int | None, trouble: str) -> dict[str, Any]:
        """Return how the run ended: state, rc, message, complete, interrupted_hosts."""
        complete = self.complete
        message = ""
        if cut_off is not None:
            state = "timeout" if cut_off == "timeout" else "cancelled"
            message = _STOP_MESSAGES[cut_off]
        elif complete:
            state = "finished"
            code = self._code_from_stats() if code is None else code
        else:
            state = "error"
            self.cut_off()
            message = self._explain(code, trouble)
        return {
            "state": state,
            "rc": code,
            "message": message,
            "complete": complete,
            "interrupted_hosts": list(self._interrupted),
        }

    def _code_from_stats(self) -> int:
        stats = self._stats or {}
        return 4 if stats.get("dark") else 2 if stats.get("failures") else 0

    def _explain(self, code: int | None, trouble: str) -> str:
        said = "\n".join(self._texts).strip().replace(self._inside_bundle, "")
        found = list(_ERROR.finditer(said))
        errors = [one[1] for one in found]
        # The first line is the one that tables show.
        why = f": {errors[-1]}" if errors else ""
        # A warning before it may have a place, too.
        origin = _ORIGIN.search(said, found[-1].start() if found else 0)
        if self._began_task:
            what = f"ansible-playbook ended in the middle of the run (exit code {code}){why}"
        elif origin:
            what = f"the run could not start: Ansible rejected {_file_in_words(origin[1])}"
        else:
            what = f"ansible-playbook ended before any task began (exit code {code}){why}"
        # One line of a message is in the first line already.
        rest = "" if len(errors) == 1 and _ERROR.fullmatch(said) else said
        return "\n".join(part for part in (what, trouble, rest) if part)


def plain_text(raw: Mapping[str, Any]) -> str:
    """Return what Ansible displayed, without colours."""
    return _ANSI.sub("", str(raw.get("stdout") or "")).replace("\r\n", "\n").strip()


def _file_in_words(path: str) -> str:
    """Return the file at ``path`` of a bundle in words."""
    directory, _, rest = path.partition("/")
    # The plays have links to what lies beside the document.
    path = rest if directory == "plays" and "/" in rest else path
    found = _ROLE_FILE.fullmatch(path)
    return f"`{found[2]}` of the role `{found[1]}`" if found else f"`{path}`"
