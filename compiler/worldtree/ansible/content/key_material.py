"""Recognises files with private keys and passwords, which a bundle gets only on request."""

from __future__ import annotations

import re
from pathlib import Path

from worldtree.ansible.content.yaml_files import VAULT_HEADER

_NAMES = re.compile(
    r"(?:id_[^.]+|.*\.key|.*\.(?:p12|pfx|jks|keystore|kdbx|ppk)|\.?vault[-_.]?pass.*|\.netrc)",
    re.IGNORECASE,
)
_PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")
#: Bytes that are searched for a key; certificates may be in front of it.
_SEARCHED = 1_000_000


def is_key_material(path: Path) -> bool:
    """Whether a file has a private key or password, by name or content; not an encrypted one.

    Raises ``OSError`` for a file that cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_SEARCHED)
    if start.startswith(VAULT_HEADER.encode()):
        return False
    return bool(_NAMES.fullmatch(path.name)) or _PRIVATE_KEY.search(start) is not None
