"""Redacts journal lines as they are written, with all values that the broker knows by then.

Light, since it runs inside ansible-playbook: it imports the standard library, ``broker_client``,
``redact`` and ``event_structure``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from worldtree.core.journal_events import HEADER_KEY
from worldtree.secrets.broker_client import SOCKET_VARIABLE, BrokerGoneError, SecretsClient
from worldtree.secrets.event_structure import clean_result
from worldtree.secrets.redact import MASK, Redactor

#: Replaces texts when it is unknown whether they contain a secret.
HIDDEN = "(hidden: the secrets broker of this task has ended)"
#: Keys of an event, and of the end of a run, whose values are names of the plan or our own words.
#: They stay unredacted even if a secret equals one (``web``, ``finished``): other code reads them.
_EVENT_ENVELOPE = frozenset(
    {
        *("n", "event", "created", "start", "end", "play", "host", "delegate_to", "action"),
        *("role", "path", "stats", "ignored", "last", "reports_end"),
    }
)
_END_ENVELOPE = frozenset({"state", "rc", "complete", "interrupted_hosts", "leftovers"})


class LiveRedactor:
    """Removes secrets from lines of JSON: bytes to bytes, for the writer of a journal.

    The broker knows each value before Ansible gets it, and so before any event can contain it.
    """

    def __init__(self, socket_path: str | None, values: Iterable[str] = ()) -> None:
        self._client = SecretsClient(socket_path) if socket_path else None
        self._redactor = Redactor(values)
        self._known = 0
        self._gone = False

    @classmethod
    def of(cls, environ: Mapping[str, str], values: Iterable[str] = ()) -> LiveRedactor:
        """Return a redactor for ``values`` and those of the broker in ``environ``, if any."""
        return cls(environ.get(SOCKET_VARIABLE), values)

    def __call__(self, line: bytes) -> bytes:
        """Return ``line`` (JSON) without secrets, as JSON.

        Once the broker has ended, all texts of Ansible are hidden: one could contain a value
        that was resolved just before. What other code reads, such as the ends of hosts, stays.
        """
        self._learn()
        if not self._gone and not self._redactor.may_contain_secret(line):
            return line
        try:
            data = json.loads(line)
        except ValueError:
            return json.dumps(HIDDEN if self._gone else MASK).encode()
        clean = self._cleaned_line(data) if isinstance(data, dict) else self._cleaned(data)
        return line if clean == data else json.dumps(clean).encode()

    def hides(self, data: bytes) -> bool:
        """Whether ``data`` (JSON of any shape) has, or may have, a secret."""
        self._learn()
        if not self._gone and not self._redactor.may_contain_secret(data):
            return False
        value = json.loads(data)
        return bool(self._cleaned(value) != value)

    def mask(self, text: str) -> str:
        """Return a name without the values that are known; it is shown without the broker, too."""
        self._learn()
        return self._redactor.text(text)

    def _cleaned_line(self, line: dict[str, Any]) -> Any:
        if line.keys() == {HEADER_KEY}:
            return line
        kept = _envelope_keys(line)
        if not kept:
            return self._cleaned(line)
        clean = {key: item if key in kept else self._cleaned(item) for key, item in line.items()}
        if "res" in line and "event" in line:
            clean["res"] = clean_result(
                line["event"], line["res"], self._cleaned, self._redactor.text
            )
        return clean

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
    """Return the keys of an event or end of a run that are never redacted; none for other lines."""
    if {"event", "created"} <= line.keys():
        return _EVENT_ENVELOPE
    return _END_ENVELOPE - {"leftovers"} if line.keys() >= _END_ENVELOPE else frozenset()


def _with_texts_hidden(value: Any) -> Any:
    """Return ``value`` with every text in it replaced; an empty one holds nothing."""
    if isinstance(value, dict):
        return {key: _with_texts_hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_texts_hidden(item) for item in value]
    return HIDDEN if value and isinstance(value, str) else value
