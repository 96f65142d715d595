"""Parses secret references in texts, such as ``${env:NAME}``; ``$${`` is a literal ``${``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from worldtree.core.errors import DocPath
from worldtree.plugins import has_entry
from worldtree.spec.yaml_tags import UNSAFE_KEY, VAULT_KEY, Unsafe, Vault

#: The built-in providers, and what follows their name.
PROVIDERS = {
    "ansible-vault": "the path of an encrypted file, optionally with `#key`",
    "env": "the name of an environment variable",
    "file": "the path of a file",
    "prompt": "the question to ask",
    "vault": "mount/path#key",
}
#: Entry point group of the providers of other packages; only the names are used here.
_GROUP = "worldtree.secret_providers"

_TOKEN = re.compile(r"\$\$\{|\$\{([a-z][a-z0-9_-]*):([^}\n]*)(\}?)")
# Shell expansions look similar: ${name:-default} (and = ? +), and ${name:0:3} for other names.
_SHELL = re.compile(r"[-=?+]")
_SHELL_OF_OTHERS = re.compile(r"[0-9 ]|\Z")
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class SecretRef:
    """A reference in a text; ``str()`` returns ``provider:rest``."""

    provider: str
    rest: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.rest}"


@dataclass(frozen=True, slots=True)
class BadReference:
    """An invalid reference, and the reason."""

    text: str
    provider: str
    reason: str


@lru_cache
def is_provider(name: str) -> bool:
    """Whether ``name`` is a provider: built-in or of an installed package."""
    return name in PROVIDERS or has_entry(_GROUP, name)


def split_references(text: str) -> list[str | SecretRef | BadReference]:
    """Return ``text`` as literals (unescaped) and references, in order."""
    if "${" not in text:
        return [text]
    parts: list[str | SecretRef | BadReference] = []
    end, literal = 0, ""
    for match in _TOKEN.finditer(text):
        provider, rest = match.group(1), match.group(2)
        if provider and _is_shell(provider, rest):
            continue
        literal += text[end : match.start()]
        end = match.end()
        if match.group() == "$${":
            literal += "${"
            continue
        if literal:
            parts.append(literal)
            literal = ""
        parts.append(_reference(match))
    literal += text[end:]
    if literal or not parts:
        parts.append(literal)
    return parts


def substitute(text: str, render: Callable[[SecretRef], str]) -> str:
    """Return ``text`` unescaped, with each reference replaced by the result of ``render``."""
    return "".join(
        render(part)
        if isinstance(part, SecretRef)
        else part.text
        if isinstance(part, BadReference)
        else part
        for part in split_references(text)
    )


def escape_references(text: str) -> str:
    """Return ``text`` so that ``substitute`` gives it back unchanged: it has no references."""
    return _TOKEN.sub(_escaped, text) if "${" in text else text


def _escaped(match: re.Match[str]) -> str:
    provider, rest = match.group(1), match.group(2)
    shell = provider and _is_shell(provider, rest)
    return match.group() if shell else f"${match.group()}"


def find_references(value: Any) -> list[SecretRef]:
    """Return all references in ``value``, in order; tagged strings contain none."""
    return [
        part
        for text in texts_in(value)
        if "${" in text
        for part in split_references(text)
        if isinstance(part, SecretRef)
    ]


def has_secret(value: Any) -> bool:
    """Whether ``value`` contains a reference."""
    return any(
        isinstance(part, SecretRef)
        for text in texts_in(value)
        if "${" in text
        for part in split_references(text)
    )


def walk_texts(value: Any, path: DocPath = ()) -> Iterator[tuple[DocPath, str]]:
    """Yield (path, text) of every string in ``value`` that may contain a template or reference."""
    if isinstance(value, str):
        if not isinstance(value, Unsafe | Vault):
            yield path, value
    elif isinstance(value, dict):
        if len(value) == 1 and (UNSAFE_KEY in value or VAULT_KEY in value):
            return
        for key, item in value.items():
            yield from walk_texts(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from walk_texts(item, (*path, index))


def texts_in(value: Any) -> list[str]:
    """Return the texts that ``walk_texts`` yields, without their paths: in a third of the time."""
    found: list[str] = []
    _add_texts(value, found)
    return found


def _add_texts(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        if not isinstance(value, Unsafe | Vault):
            found.append(value)
    elif isinstance(value, dict):
        if len(value) != 1 or not (UNSAFE_KEY in value or VAULT_KEY in value):
            for item in value.values():
                _add_texts(item, found)
    elif isinstance(value, list | tuple):
        for item in value:
            _add_texts(item, found)


def _is_shell(provider: str, rest: str) -> bool:
    if _SHELL.match(rest):
        return True
    return _SHELL_OF_OTHERS.match(rest) is not None and not is_provider(provider)


def _reference(match: re.Match[str]) -> SecretRef | BadReference:
    provider, rest, closed = match.groups()
    if not is_provider(provider):
        return BadReference(match.group(), provider, "unknown provider")
    if not closed:
        return BadReference(match.group(), provider, "the closing `}` is missing")
    if provider == "env" and not _ENV_NAME.match(rest):
        return BadReference(match.group(), provider, "the name of the variable is invalid")
    if not rest.strip():
        what = PROVIDERS.get(provider, "what follows the colon")
        return BadReference(match.group(), provider, f"{what} is missing")
    if provider == "vault" and not rest.partition("#")[2]:
        return BadReference(match.group(), provider, "the key after `#` is missing")
    return SecretRef(provider, rest)
