"""Values that must not be written down, kept for later runs in the memory of the secrets broker."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from worldtree.runner.inside.memory_encoding import SecretValueError, decode, encode
from worldtree.secrets.broker_client import BrokerGoneError, SecretsClient


class KeptValues:
    """Keeps values by key while the task lasts; without a broker it keeps none."""

    def __init__(self, socket_path: str | None) -> None:
        self._client = SecretsClient(socket_path) if socket_path else None
        self._new: dict[str, str] = {}

    def keep(self, key: str, value: Any) -> None:
        """Have ``store`` keep a value; one that Ansible cannot cache is not kept."""
        try:
            self._new[key] = json.dumps(encode(value, hidden=True))
        except (SecretValueError, TypeError, ValueError):
            self._new.pop(key, None)

    def store(self) -> None:
        """Keep the values of ``keep``, in one call."""
        if self._client is not None and self._new:
            self._call({"keep": self._new})
        self._new = {}

    def find(self, keys: Iterable[str]) -> Mapping[str, Any]:
        """Return the values of those ``keys`` that earlier runs of this task kept."""
        wanted = list(keys)
        if self._client is None or not wanted:
            return {}
        found = self._call({"kept": wanted}).get("values", {})
        return {key: decode(text) for key, text in found.items()}

    def _call(self, request: dict[str, Any]) -> Mapping[str, Any]:
        assert self._client is not None
        try:
            return self._client.call(request)
        except BrokerGoneError:
            # A value is then missing; the task that needs it fails with the reason.
            return {}
