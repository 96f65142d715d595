"""``${ansible-vault:path#key}``: a YAML file encrypted by ansible-vault, as a whole or in parts."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from worldtree.core.environment_paths import (
    VAULT_IDENTITIES,
    VAULT_QUESTION,
    is_question,
    vault_identities,
)
from worldtree.secrets.errors import SecretError
from worldtree.secrets.provider import Provider
from worldtree.secrets.providers.files import read_text
from worldtree.secrets.providers.prompt import answer_variable

#: Question on the terminal if no file contains the password.
PASSWORD_QUESTION = VAULT_QUESTION
_HEADER = "$ANSIBLE_VAULT"
_HELP = (
    "set ANSIBLE_VAULT_PASSWORD_FILE, or `spec.secrets.ansibleVault.passwordFile`, to a file with"
    " the right password"
)


def has_password(settings: Mapping[str, Mapping[str, Any]], environ: Mapping[str, str]) -> bool:
    """Whether the settings or the environment provide the password, so no question is needed."""
    names = (
        "ANSIBLE_VAULT_PASSWORD_FILE",
        VAULT_IDENTITIES,
        answer_variable(PASSWORD_QUESTION),
    )
    given = settings.get("ansibleVault", {}).get("passwordFile")
    return bool(given) or any(environ.get(name) for name in names)


class AnsibleVault(Provider):
    """Values of encrypted files, decrypted in memory with Ansible's library."""

    def resolve(self, rest: str) -> str:
        """Return the value at the key (``a.b`` is nested), or the whole text without a key."""
        written, _, key = rest.partition("#")
        text = read_text(self.context, written)
        path = self.context.path(written)
        if text.lstrip().startswith(_HEADER):
            text = self._decrypt(text, path)
        if not key:
            return text[:-1] if text.endswith("\n") else text
        value = _value_at(self._parsed(text, path), key)
        if value is None:
            raise SecretError(
                "secret-not-found",
                f"{path} has no key `{key}`",
                "",
                "correct the key after `#`; `a.b` is the key `b` of the mapping `a`",
            )
        return value if isinstance(value, str) else json.dumps(value)

    def _parsed(self, text: str, path: Path) -> Any:
        class Loader(yaml.SafeLoader):
            pass

        def vaulted(_: yaml.SafeLoader, node: yaml.Node) -> str:
            return self._decrypt(str(node.value), path)

        Loader.add_constructor("!vault", vaulted)
        Loader.add_constructor("!unsafe", lambda _, node: str(node.value))
        try:
            return yaml.load(text, Loader)
        except yaml.YAMLError:
            raise SecretError(
                "secret-unreadable",
                f"{path} is not valid YAML",
                "",
                "correct the file with `ansible-vault edit`",
            ) from None

    def texts(self, path: Path) -> Iterator[tuple[str, bool]]:
        """Yield what is encrypted in the YAML file ``path``, and whether the whole file is.

        Of such a file each value, else its text. Raises ``SecretError`` without the password, and
        ``OSError``.
        """
        text = path.read_text(encoding="utf-8", errors="replace")
        whole = text.startswith(_HEADER)
        vault = self._vault(path)  # A program that gives a password runs once per file.
        if whole:
            text = self._decrypt(text, path, vault)
        try:
            nodes = list(yaml.compose_all(text, yaml.SafeLoader))
        except yaml.YAMLError:
            nodes = []
        leaves = [leaf for node in nodes if node is not None for leaf in _leaves(node)]
        if whole and not leaves:
            yield text, True
        for leaf in leaves:
            if leaf.tag == "!vault":
                yield self._decrypt(str(leaf.value), path, vault), False
            elif whole:
                yield str(leaf.value), True

    def _decrypt(self, text: str, path: Path, vault: Any = None) -> str:
        from ansible.errors import AnsibleError

        try:
            plain: bytes = (vault or self._vault(path)).decrypt(text.strip().encode())
        except AnsibleError:
            raise SecretError(
                "secret-denied", f"no given vault password decrypts {path}", "", _HELP
            ) from None
        return plain.decode()

    def _vault(self, path: Path) -> Any:
        """Return Ansible's vault with all passwords; raises ``SecretError`` if there is none."""
        # Ansible is slow to import, and only tasks with something encrypted need it.
        from ansible.parsing.vault import VaultLib, VaultSecret

        passwords = list(self._passwords())
        if not passwords:
            raise SecretError(
                "secret-unanswered",
                f"no vault password for {path}",
                "No file, variable or answer provides it.",
                f"{_HELP}, or set {answer_variable(PASSWORD_QUESTION)}",
            )
        for _, password in passwords:
            self.context.conceal(password)
        return VaultLib([(name, VaultSecret(word.encode())) for name, word in passwords])

    def _passwords(self) -> Iterator[tuple[str, str]]:
        environ = self.context.environ
        files = [("default", str(self.context.settings.get("passwordFile") or ""))]
        files.append(("default", environ.get("ANSIBLE_VAULT_PASSWORD_FILE", "")))
        identities = vault_identities(environ.get(VAULT_IDENTITIES, ""))
        files.extend((label or "default", source) for label, source in identities)
        for label, file in files:
            if file and not is_question(file):
                yield label, self._password(file, label)
        answer = self.context.answers.get(PASSWORD_QUESTION) or environ.get(
            answer_variable(PASSWORD_QUESTION)
        )
        if answer:
            yield "default", answer

    _lock = threading.Lock()

    def _password(self, written: str, label: str) -> str:
        """Return the password in a file, or the output of a password program."""
        path = self.context.path(written)
        if not (path.is_file() and os.access(path, os.X_OK)):
            return read_text(self.context, written).strip()
        command = [str(path)]
        if path.stem.endswith("-client"):
            command += ["--vault-id", label]
        with self._lock:  # It may prompt, so run one at a time.
            done = subprocess.run(
                command,
                env=dict(self.context.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise SecretError(
                "secret-denied",
                f"the password program {path} ended with exit code {done.returncode}",
                "",
                "run it in a terminal to see the error",
            )
        return done.stdout.strip()


def _leaves(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Yield the values below ``node``, not the keys."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _leaves(value)
    else:
        for item in node.value:
            yield from _leaves(item)


def _value_at(data: Any, key: str) -> Any:
    """Return the value at ``key``, taken literally or else split at dots; None if missing."""
    if isinstance(data, dict):
        if key in data:
            return data[key]
        head, dot, rest = key.partition(".")
        if dot and head in data:
            return _value_at(data[head], rest)
    return None
