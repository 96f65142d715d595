"""Redacts lines as they are written, with every value that the broker knows at that moment.

Light, for use within ansible-playbook: standard library, and the two modules that stand alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from worldtree.secrets.broker_client import SOCKET_VARIABLE, BrokerGoneError, SecretsClient
from worldtree.secrets.redact import MASK, Redactor

#: Stands in place of a text when nobody can say any more whether a secret is in it.
HIDDEN = "(not shown: the process that knew this task's secrets has ended)"
#: What an event, and the end of a run, say by themselves: names of the plan and words of ours. A
#: secret that is such a word (``web``, ``finished``) must not take it from those who act upon it.
_EVENT_ENVELOPE = frozenset(
    {
        *("n", "event", "created", "start", "end", "play", "host", "delegate_to", "action"),
        *("role", "path", "stats", "ignored"),
    }
)
_END_ENVELOPE = frozenset({"state", "rc", "complete", "interrupted_hosts", "leftovers"})


class LiveRedactor:
    """Takes secrets out of lines of JSON: bytes to bytes, for a journal's writer.

    A value is known to the broker before Ansible gets it, and so before any event can hold it.
    """

    def __init__(self, socket_path: str | None, values: Iterable[str] = ()) -> None:
        self._client = SecretsClient(socket_path) if socket_path else None
        self._redactor = Redactor(values)
        self._known = 0
        self._gone = False

    @classmethod
    def of(cls, environ: Mapping[str, str], values: Iterable[str] = ()) -> LiveRedactor:
        """Return one for the broker that ``environ`` names, if any; it knows ``values`` too."""
        return cls(environ.get(SOCKET_VARIABLE), values)

    def __call__(self, line: bytes) -> bytes:
        """Return ``line`` (JSON) without secrets; it stays JSON.

        Once the broker is gone, texts of the work are hidden: one of them might hold a value that
        was resolved just before.
        """
        self._learn()
        if not self._gone and not self._redactor.may_contain_secret(line):
            return line
        try:
            data = json.loads(line)
        except ValueError:
            return json.dumps(HIDDEN if self._gone else MASK).encode()
        kept = _envelope_keys(data) if isinstance(data, dict) else frozenset()
        clean = (
            {key: item if key in kept else self._cleaned(item) for key, item in data.items()}
            if kept
            else self._cleaned(data)
        )
        return line if clean == data else json.dumps(clean).encode()

    def _cleaned(self, value: Any) -> Any:
        return self._redactor.data(_with_texts_hidden(value) if self._gone else value)

    def _learn(self) -> None:
        if self._client is None or self._gone:
            return
        try:
            values, self._known = self._client.values(self._known)
        except BrokerGoneError:
            self._gone = True
        else:
            self._redactor.add(values)


def _envelope_keys(line: dict[str, Any]) -> frozenset[str]:
    """Return the keys of a line that are nobody's secret; none where it is something else."""
    if {"event", "created"} <= line.keys():
        return _EVENT_ENVELOPE
    return _END_ENVELOPE - {"leftovers"} if line.keys() >= _END_ENVELOPE else frozenset()


def _with_texts_hidden(value: Any) -> Any:
    """Return ``value`` with every text in it replaced."""
    if isinstance(value, dict):
        return {key: _with_texts_hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_texts_hidden(item) for item in value]
    return HIDDEN if isinstance(value, str) else value
