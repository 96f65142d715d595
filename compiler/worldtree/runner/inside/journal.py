"""The journal of one attempt: JSON lines that are only appended, and read while they are written.

ansible-playbook imports it too, so imports are kept light.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from worldtree.core.errors import RefusedError
from worldtree.core.journal_events import HEADER_KEY

JOURNAL_FILE = "journal.jsonl"
#: Increased with every change of the fields of a line. Version 1 had no header line;
#: version 2 did not say where the hosts of a play ended.
JOURNAL_VERSION = 3
#: Names the journal of a run to ansible-playbook.
JOURNAL_VARIABLE = "WORLDTREE_JOURNAL"
#: Names the file of what earlier runs learnt of hosts: host -> layer -> name.
HOST_MEMORY_VARIABLE = "WORLDTREE_HOST_MEMORY"
#: The event that closes a journal.
CLOSING_EVENT = "playbook_on_stats"
_TASK_STARTED = "runner_on_start"
_TASK_ENDED = frozenset(
    {"runner_on_ok", "runner_on_failed", "runner_on_unreachable", "runner_on_skipped"}
)
#: Keys of a result that say nothing about the work.
_OMITTED_RESULT_KEYS = frozenset(
    {
        "_ansible_delegated_vars",
        "_ansible_no_log",
        "_ansible_verbose_always",
        "_ansible_verbose_override",
        "invocation",
    }
)
_MASK = "********"
#: Bytes read at a time; a line may be a hundred megabytes long.
_READ_BYTES = 2**20
#: Length of an output above which a faster JSON library is worth its import.
_LARGE = 2**20


class JournalWriter:
    """Appends lines; several processes may do so at once."""

    def __init__(
        self, path: str | Path, redact: Callable[[bytes], bytes] = lambda line: line
    ) -> None:
        self._redact = redact
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def append_header(self) -> None:
        """Append the line with the version, the first of a journal. Raises ``OSError``."""
        self.append({HEADER_KEY: JOURNAL_VERSION})

    def append(self, fields: Mapping[str, Any]) -> None:
        """Append one event. Raises ``OSError``: full disk, quota, read-only file system."""
        line = memoryview(self._redact(_encode(fields)) + b"\n")
        while line:
            line = line[os.write(self._file, line) :]


class JournalReader:
    """Reads lines as they are appended; a line without a newline is not complete yet."""

    def __init__(self, path: Path, after: int = 0) -> None:
        self._path = path
        self._offset = 0
        self._skip = after
        #: Lines read so far, those skipped included.
        self.line = 0
        #: Ansible's events among them.
        self._number = 0
        self._gap: str | None = None
        #: Raised by every read of a journal of a newer version.
        self._refusal: RefusedError | None = None
        self._closed = False
        #: Hosts in the middle of a task, according to the lines read so far.
        self.hosts_in_task: dict[str, None] = {}

    def read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the lines appended since the last call: the line's number, from 1, and fields.

        Raises ``RefusedError`` for a journal of a newer version.
        """
        if self._refusal is not None:
            raise self._refusal
        try:
            file = self._path.open("rb", buffering=_READ_BYTES)
        except FileNotFoundError:
            return
        with file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                self.line += 1
                try:
                    fields = _decode(line)
                except ValueError:
                    self._note(f"line {self.line} is incomplete")
                    continue
                if isinstance(fields, dict) and HEADER_KEY in fields:
                    self._check_version(fields[HEADER_KEY])
                    continue
                self._check(fields)
                if self.line > self._skip:
                    yield self.line, fields

    @property
    def defect(self) -> str | None:
        """What is missing from a journal whose writer has ended; None when it is complete."""
        if self._gap is not None:
            return self._gap
        return None if self._closed else f"it ends after event {self._number}"

    def _check_version(self, version: Any) -> None:
        if not isinstance(version, int) or version > JOURNAL_VERSION:
            msg = f"{self._path} has version {version}, and this program reads up to version"
            hint = "use the version of WorldTree that wrote it, or a newer one"
            self._refusal = RefusedError(
                f"{msg} {JOURNAL_VERSION}", code="format-unreadable", hint=hint
            )
            raise self._refusal

    def _check(self, fields: Mapping[str, Any]) -> None:
        number = fields.get("n")
        if number is None:
            return
        if number != self._number + 1:
            self._note(f"event {self._number + 1} is missing")
        self._number = number
        kind = fields.get("event")
        self._closed = kind == CLOSING_EVENT
        if kind == _TASK_STARTED:
            self.hosts_in_task[fields["host"]] = None
        elif kind in _TASK_ENDED:
            self.hosts_in_task.pop(fields["host"], None)

    def _note(self, gap: str) -> None:
        self._gap = self._gap or gap


def kept_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result of an Ansible task without the call's arguments, and so its items."""
    found = {name: value for name, value in result.items() if name not in _OMITTED_RESULT_KEYS}
    items = found.get("results")
    if isinstance(items, list):
        found["results"] = [kept_result(item) if isinstance(item, dict) else item for item in items]
    return found


def _encode(fields: Mapping[str, Any]) -> bytes:
    result = fields.get("res")
    if not isinstance(result, dict) or not any(map(_is_large, result.values())):
        return _to_json(fields)
    around = _to_json({name: value for name, value in fields.items() if name != "res"})
    items = (_to_json({key: 0})[1:-2] + _encode_value(value) for key, value in result.items())
    return b"".join((around[:-1], b',"res":{', b",".join(items), b"}}"))


def _encode_value(value: Any) -> bytes:
    if _is_large(value):
        with suppress(ValueError):  # It rejects lone surrogates.
            found: bytes = _pydantic_core().to_json(value)
            return found
    return _to_json(value)


def _to_json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, default=_json_fallback, separators=(",", ":"))
    return text.encode(errors="replace")


def _decode(line: bytes) -> Any:
    if _is_large(line):
        with suppress(ValueError):
            return _pydantic_core().from_json(line)
    return json.loads(line)


def _is_large(value: object) -> bool:
    return isinstance(value, str | bytes) and len(value) > _LARGE


def _pydantic_core() -> Any:
    """Return the faster JSON library, which takes a while to load."""
    return importlib.import_module("pydantic_core")


def _json_fallback(value: object) -> Any:
    """Return a JSON form of other values; a vault-encrypted value stays hidden."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date):
        return value.isoformat()
    return _MASK if "Encrypted" in type(value).__name__ else str(value)
