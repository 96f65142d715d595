"""Turns secret references into lookups, which Ansible resolves when a play runs."""

from __future__ import annotations

from typing import Any

from worldtree.spec.secret_references import SecretRef, substitute
from worldtree.spec.yaml_tags import Unsafe, Vault, decode_tags

#: The lookup of the bundled collection that resolves a reference at the moment of use.
SECRET_LOOKUP = "worldtree.core.secret"


def secret_lookup(reference: SecretRef) -> str:
    """Return the template that Ansible resolves ``reference`` with."""
    text = str(reference).replace("\\", "\\\\").replace("'", "\\'")
    return f"{{{{ lookup('{SECRET_LOOKUP}', '{text}') }}}}"


def with_lookups(value: Any) -> Any:
    """Return plan data in Ansible's form: tags decoded, ``${env:NAME}`` as a lookup."""
    return _lookups(decode_tags(value))


def _lookups(value: Any) -> Any:
    if isinstance(value, str):
        if "${" not in value or isinstance(value, Unsafe | Vault):
            return value
        return substitute(value, secret_lookup)
    if isinstance(value, dict):
        return {key: _lookups(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_lookups(item) for item in value]
    return value
