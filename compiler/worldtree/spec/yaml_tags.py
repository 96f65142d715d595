"""Strings with an Ansible tag (``!unsafe``, ``!vault``), kept from the document to the bundle."""

from __future__ import annotations

from typing import Any

#: Key of the JSON form of a string that must never be templated.
UNSAFE_KEY = "__ansible_unsafe"
#: Key of the JSON form of a vaulted string.
VAULT_KEY = "__ansible_vault"


class Unsafe(str):
    """Text written with ``!unsafe``: data, never a template."""

    __slots__ = ()


class Vault(str):
    """Text written with ``!vault``: encrypted by ansible-vault, decrypted by Ansible."""

    __slots__ = ()


def encode_tags(value: Any) -> Any:
    """Return ``value`` as plain JSON data, tagged strings as one-key mappings.

    ``Unsafe("x")`` becomes ``{"__ansible_unsafe": "x"}`` and ``Vault("x")`` becomes
    ``{"__ansible_vault": "x"}``, so that a plan keeps them through JSON and a digest tells
    tagged from plain text. Lists and mappings are copied.
    """
    if type(value) is str:
        return value  # Most values; first, since each further question costs as much.
    if isinstance(value, Unsafe):
        return {UNSAFE_KEY: str(value)}
    if isinstance(value, Vault):
        return {VAULT_KEY: str(value)}
    if isinstance(value, dict):
        return {key: encode_tags(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode_tags(item) for item in value]
    return value


def decode_tags(value: Any) -> Any:
    """Return ``value`` with the mappings of ``encode_tags`` turned back into tagged strings."""
    if type(value) is str:
        return value
    if isinstance(value, dict):
        if len(value) == 1:
            if isinstance(value.get(UNSAFE_KEY), str):
                return Unsafe(value[UNSAFE_KEY])
            if isinstance(value.get(VAULT_KEY), str):
                return Vault(value[VAULT_KEY])
        return {key: decode_tags(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [decode_tags(item) for item in value]
    return value
