"""Tells the secrets broker what Ansible decrypts, so that it is redacted wherever it appears.

What `ansible-vault` encrypts is a secret, in whatever text a task puts it. Only the process that
decrypts a value knows it: ansible-playbook, or one of its workers. Imported by ansible-playbook
before it reads its inventory.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ansible.parsing.vault import VaultLib

from worldtree.runner.inside.method_wrapping import wrap_method
from worldtree.secrets.broker_client import BrokerGoneError, SecretsClient


class DecryptedValues:
    """Passes decrypted texts to the broker; works in forks of the process, too."""

    def __init__(self, socket_path: str) -> None:
        self._path = socket_path
        self._passed: set[bytes] = set()
        self._client = SecretsClient(socket_path)
        self._process = os.getpid()

    def install(self) -> None:
        """Have Ansible pass on every text before it gets it."""
        wrap_method(VaultLib, "decrypt_and_get_vault_id", self._decrypt)

    def _decrypt(self, original: Callable[..., Any], vault: Any, vaulttext: Any) -> Any:
        found = original(vault, vaulttext)
        self._pass_on(found[0])
        return found

    def _pass_on(self, plaintext: bytes) -> None:
        if plaintext in self._passed:
            return
        if os.getpid() != self._process:
            # A worker: the connection belongs to its parent.
            self._process, self._client = os.getpid(), SecretsClient(self._path)
        try:
            text = plaintext.decode()
        except UnicodeDecodeError:  # A binary file: no output shows it as it is.
            return
        try:
            self._client.call({"decrypted": text})
        except BrokerGoneError:
            # The journal then hides all texts, and so this one.
            return
        self._passed.add(plaintext)
