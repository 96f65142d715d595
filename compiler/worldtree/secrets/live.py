"""Redacts lines as they are written, with every value that the broker knows at that moment.

Light, for use within ansible-playbook: standard library, and the two modules that stand alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from worldtree.secrets.client import SOCKET_VARIABLE, BrokerGoneError, SecretsClient
from worldtree.secrets.redact import Redactor

#: Stands in place of a text when nobody can say any more whether a secret is in it.
HIDDEN = "(not shown: the process that knew this task's secrets has ended)"
#: Where events and results have texts that come from the work.
_PAYLOAD = frozenset({"res", "result", "stdout", "stderr", "msg", "message", "task_args"})


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
        if not self._gone:
            return self._redactor.json_line(line)
        try:
            data = _hidden(json.loads(line))
        except ValueError:
            return json.dumps(HIDDEN).encode()
        return self._redactor.json_line(json.dumps(data).encode())

    def _learn(self) -> None:
        if self._client is None or self._gone:
            return
        try:
            values, self._known = self._client.values(self._known)
        except BrokerGoneError:
            self._gone = True
        else:
            self._redactor.add(values)


def _hidden(value: Any, *, within: bool = False) -> Any:
    if isinstance(value, dict):
        return {k: _hidden(v, within=within or k in _PAYLOAD) for k, v in value.items()}
    if isinstance(value, list):
        return [_hidden(item, within=within) for item in value]
    return HIDDEN if within and isinstance(value, str) else value
