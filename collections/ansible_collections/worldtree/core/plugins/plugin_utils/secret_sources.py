# Copyright: WorldTree contributors
# Apache License 2.0 (see LICENSE)
"""Resolves references in a run by hand, with Ansible alone."""

from __future__ import annotations

import json
import os
import re

from ansible.errors import AnsibleError
from ansible.utils.encrypt import do_encrypt
from ansible_collections.worldtree.core.plugins.plugin_utils import secret_vault
from ansible_collections.worldtree.core.plugins.plugin_utils.secret_error import CannotResolve


class Sources:
    """The providers that resolve references."""

    def __init__(self, loader, settings, directory):
        #: Ansible's own loader, which has the passwords of encrypted files.
        self._loader = loader
        #: C(spec.secrets) of the document.
        self._settings = settings
        self._directory = directory
        self._providers = {
            "ansible-vault": self._ansible_vault,
            "env": self._env,
            "file": self._file,
            "prompt": self._prompt,
            "vault": self._vault,
        }

    def resolve(self, reference):
        """Return the secret that C(reference) names; raises C(CannotResolve)."""
        provider, colon, rest = reference.partition(":")
        ask = self._providers.get(provider)
        if ask is None or not colon or not rest:
            raise CannotResolve(
                "a reference is provider:rest, with one of the providers "
                "{0}; others need wt".format(", ".join(sorted(self._providers)))
            )
        return ask(rest)

    def _path(self, written):
        return os.path.join(self._directory, os.path.expanduser(written))

    def _env(self, rest):
        value = os.environ.get(rest, "")
        if not value:
            state = "empty" if rest in os.environ else "not set"
            raise CannotResolve(
                "the environment variable {0} is {1} on the control node; "
                "set it before the run".format(rest, state)
            )
        return value

    def _file(self, rest):
        """Return the text of a file, without one newline at its end."""
        path = self._path(rest)
        try:
            with open(path, encoding="utf-8") as stream:
                text = stream.read()
        except UnicodeDecodeError:
            raise CannotResolve("the file {0} is not UTF-8 text".format(path)) from None
        except OSError as problem:
            raise CannotResolve(
                "the file {0} cannot be read on the control node: {1}".format(
                    path, problem.strerror
                )
            ) from None
        return text[:-1] if text.endswith("\n") else text

    def _prompt(self, rest):
        variable = "WORLDTREE_PROMPT_" + re.sub(r"[^A-Z0-9]+", "_", rest.upper()).strip("_")
        questions = (self._settings.get("prompt") or {}).get("questions") or {}
        settings = questions.get(rest) or {}
        value = os.environ.get(variable) or settings.get("default")
        if value is None:
            raise CannotResolve(
                "Ansible cannot prompt in the middle of a run; set {0}".format(variable)
            )
        if not settings.get("encrypt"):
            return value
        if not settings.get("salt"):
            raise CannotResolve(
                "each task would encrypt the answer with another salt; "
                "set spec.secrets.prompt.questions.{0}.salt, or run it with wt".format(rest)
            )
        try:
            return do_encrypt(value, settings["encrypt"], salt=settings["salt"])
        except AnsibleError as problem:
            raise CannotResolve(
                "the answer cannot be encrypted: {0}".format(problem.message)
            ) from None

    def _ansible_vault(self, rest):
        written, _, key = rest.partition("#")
        path = self._path(written)
        if not os.path.isfile(path):
            raise CannotResolve("there is no file {0}".format(path))
        try:
            if not key:
                text = self._loader.get_text_file_contents(path)
                return str(text[:-1] if text.endswith("\n") else text)
            value = _at(self._loader.load_from_file(path, cache="none"), key)
            # A value that is encrypted on its own is decrypted here.
            text = str(value) if isinstance(value, str) else json.dumps(value)
        except AnsibleError:
            raise CannotResolve(
                "{0} cannot be decrypted; give Ansible the right password, for example with "
                "ANSIBLE_VAULT_PASSWORD_FILE".format(path)
            ) from None
        if value is None:
            raise CannotResolve("{0} has no key {1}".format(path, key))
        return text

    def _vault(self, rest):
        def credential(reference):
            return self.resolve(reference)

        return secret_vault.read(rest, self._settings.get("vault") or {}, credential)


def _at(data, key):
    """Return the value at C(key): as one key, else part by part; None if there is none."""
    if not isinstance(data, dict):
        return None
    if key in data:
        return data[key]
    head, dot, rest = key.partition(".")
    return _at(data[head], rest) if dot and head in data else None
