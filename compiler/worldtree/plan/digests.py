"""Content digests: sha256 over canonical JSON, the same on every machine and Python."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel


def _to_json_value(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, frozenset | set):
        return sorted(value)
    msg = f"{type(value).__name__} has no canonical form"
    raise TypeError(msg)


#: As ``json.dumps``, which makes an encoder for each call with an option.
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_to_json_value
)


def canonical(value: object) -> bytes:
    """Return ``value`` as canonical JSON: sorted keys, no spaces, UTF-8; raises ``TypeError``."""
    return _ENCODER.encode(value).encode()


def digest(value: object) -> str:
    """Return the sha256 of ``value``'s canonical JSON as 64 hex digits."""
    return hashlib.sha256(canonical(value)).hexdigest()
