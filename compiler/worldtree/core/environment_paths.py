"""Paths in environment variables, made absolute where a program is started in another directory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

#: Variables that hold one path each.
_PATHS = (
    "ANSIBLE_VAULT_PASSWORD_FILE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "VAULT_CACERT",
    "BAO_CACERT",
)
#: Variables that hold paths with ``:`` between them.
_PATH_LISTS = ("SSL_CERT_DIR",)
VAULT_IDENTITIES = "ANSIBLE_VAULT_IDENTITY_LIST"
#: Question for a vault password on the terminal, and the variable that can answer it.
VAULT_QUESTION = "Vault password"
VAULT_ANSWER = "WORLDTREE_PROMPT_VAULT_PASSWORD"
#: Stand in a list of vault identities for a question on the terminal.
_QUESTIONS = frozenset({"prompt", "prompt_ask_vault_pass"})


def vault_identities(written: str) -> list[tuple[str, str]]:
    """Return label and source of each entry of a list of vault identities; a label may be empty."""
    entries = (entry.strip().partition("@") for entry in written.split(","))
    found = (
        (label, source) if at and label else ("", source if at else label)
        for label, at, source in entries
    )
    return [(label, source) for label, source in found if source]


def is_question(source: str) -> bool:
    """Whether the source of a vault identity is the terminal."""
    return source in _QUESTIONS


def with_absolute_paths(environ: Mapping[str, str], directory: Path) -> dict[str, str]:
    """Return ``environ`` with relative paths resolved from ``directory``, the working directory."""
    found = dict(environ)
    for name in _PATHS:
        if environ.get(name):
            found[name] = _absolute(environ[name], directory)
    for name in _PATH_LISTS:
        parts = environ.get(name, "").split(os.pathsep)
        if any(parts):
            found[name] = os.pathsep.join(_absolute(part, directory) for part in parts if part)
    if identities := vault_identities(environ.get(VAULT_IDENTITIES, "")):
        entries = (_identity(label, source, directory) for label, source in identities)
        found[VAULT_IDENTITIES] = ",".join(entries)
    return found


def _identity(label: str, source: str, directory: Path) -> str:
    place = source if is_question(source) else _absolute(source, directory)
    # Without a label, what is in front of an `@` of the path would become one.
    label = label or ("default" if "@" in place else "")
    return f"{label}@{place}" if label else place


def _absolute(written: str, directory: Path) -> str:
    """Return the absolute path; one with ``~`` or a variable is left to the program."""
    return written if written.startswith(("~", "$")) else str(directory / written)
