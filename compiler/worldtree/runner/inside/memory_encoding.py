"""Encodes values of Ansible's memory as JSON data, and decodes them with all that Ansible knows.

The form is that of Ansible's own cache of facts: whether a text may be a template, and values that
`ansible-vault` encrypted, survive. Used within ansible-playbook.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible._internal._datatag._tags import TrustedAsTemplate
from ansible._internal._json._profiles import _cache_persistence
from ansible.parsing.vault import EncryptedString

_TYPE = "__ansible_type"
#: The only key of a mapping that stands for an encrypted text; Ansible's decoder has no such.
_VAULTED_KEY = "__worldtree_vaulted"
#: The only key of a mapping that stands for one with keys that are no texts: a list of pairs.
_PAIRS_KEY = "__worldtree_pairs"
_RESERVED_KEYS = frozenset({_TYPE, _VAULTED_KEY, _PAIRS_KEY})
#: Says where a value was written; long, and of no effect.
_ORIGIN_TAG = "Origin"
#: Has the encrypted text of a decrypted value.
_VAULTED_TAG = "VaultedValue"
#: Marks a value of a file that is encrypted as a whole.
_FROM_ENCRYPTED_FILE_TAG = "SourceWasEncrypted"


class SecretValueError(Exception):
    """The value must not be written down."""


def encode(value: Any, *, hidden: bool = False) -> Any:
    """Return ``value`` as JSON data; a vaulted text is encrypted again.

    ``hidden`` data is never written down, and may have values of encrypted files. Raises
    ``SecretValueError`` for one of them in other data, and ``TypeError`` or ``ValueError`` for what
    Ansible cannot cache.
    """
    text = json.dumps(_with_pairs(value), cls=_cache_persistence.Encoder)
    return _reduced(json.loads(text), hidden)


def decode(text: str) -> Any:
    """Return what ``text``, JSON with encoded values, stands for."""
    found = json.loads(text, cls=_cache_persistence.Decoder)
    return _restored(found) if _VAULTED_KEY in text or _PAIRS_KEY in text else found


def unavailable(reason: str) -> str:
    """Return a value that fails with ``reason`` where it is used.

    An undefined one would let the filter `default` and conditions go on without it.
    """
    text = f"{{{{ undef() | ansible.builtin.mandatory({json.dumps(reason)}) }}}}"
    template: str = TrustedAsTemplate().tag(text)
    return template


def _reduced(data: Any, hidden: bool) -> Any:
    """Return encoded ``data`` without origins and without decrypted texts."""
    if isinstance(data, list):
        return [_reduced(item, hidden) for item in data]
    if not isinstance(data, dict):
        return data
    tags = data.get("tags")
    if _TYPE not in data or not isinstance(tags, list):
        return {name: _reduced(item, hidden) for name, item in data.items()}
    kept = [tag for tag in tags if tag[_TYPE] != _ORIGIN_TAG]
    kinds = {tag[_TYPE]: tag for tag in kept}
    if _VAULTED_TAG in kinds:
        return {_VAULTED_KEY: kinds[_VAULTED_TAG]["ciphertext"]}
    if data[_TYPE] == "EncryptedString":
        return {_VAULTED_KEY: data["value"]}
    if _FROM_ENCRYPTED_FILE_TAG in kinds and not hidden:
        raise SecretValueError
    value = _reduced(data["value"], hidden)
    return {**data, "value": value, "tags": kept} if kept else value


def _with_pairs(value: Any) -> Any:
    """Return ``value`` with lists of pairs for mappings that JSON would give other keys.

    And for those with a key that means something to a decoder: a run must not make, by a mapping of
    that form, a trusted template or an encrypted text of what is none.
    """
    if isinstance(value, Mapping):
        found = {key: _with_pairs(item) for key, item in value.items()}
        if not all(isinstance(key, str) and key not in _RESERVED_KEYS for key in found):
            return {_PAIRS_KEY: [list(pair) for pair in found.items()]}
        return found if any(found[key] is not value[key] for key in found) else value
    if isinstance(value, list | tuple):
        items = [_with_pairs(item) for item in value]
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value


def _restored(data: Any) -> Any:
    """Return decoded ``data`` with the encrypted texts and the mappings with other keys in it."""
    if isinstance(data, list):
        return [_restored(item) for item in data]
    if not isinstance(data, dict):
        return data
    if data.keys() == {_VAULTED_KEY}:
        return EncryptedString(ciphertext=data[_VAULTED_KEY])
    if data.keys() == {_PAIRS_KEY}:
        return {key: _restored(item) for key, item in data[_PAIRS_KEY]}
    return {name: _restored(item) for name, item in data.items()}
