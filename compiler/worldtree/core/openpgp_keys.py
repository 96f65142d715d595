"""Files with OpenPGP public keys, as ``gpg --export`` writes them: binary, or armored as text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from worldtree.core.errors import Diagnostic, InputError, Mark

_ARMOR = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
_PRIVATE = b"-----BEGIN PGP PRIVATE KEY BLOCK-----"
#: First byte of a packet with a public key, in the old format and in the new one.
_PUBLIC_PACKETS = (0x98, 0x99, 0x9A, 0xC6)
#: The same of a private key.
_PRIVATE_PACKETS = (0x94, 0x95, 0x96, 0xC5)
_MAX_BYTES = 4 << 20


def read_keys(file: Path) -> tuple[bytes, bool]:
    """Return the bytes of a key file, and whether they are armored.

    Raises ``InputError`` for a file that cannot be read, or has no public keys.
    """
    try:
        content = file.read_bytes() if file.stat().st_size <= _MAX_BYTES else b""
    except OSError as error:
        raise _unusable(file, error.strerror or "it cannot be read") from None
    text = content.lstrip()
    if text.startswith(_PRIVATE) or (content[:1] and content[0] in _PRIVATE_PACKETS):
        raise _unusable(file, "it has a private key, which belongs to those who sign only")
    if text.startswith(_ARMOR):
        return content, True
    if content and content[0] in _PUBLIC_PACKETS:
        return content, False
    raise _unusable(file, "it does not have OpenPGP public keys")


def keys_fingerprint(files: Iterable[Path]) -> str:
    """Return the sha256, hex, of the contents of key files, in whichever order they are given.

    Raises ``InputError``.
    """
    found = sorted({hashlib.sha256(read_keys(file)[0]).hexdigest() for file in files})
    return hashlib.sha256("\n".join(found).encode()).hexdigest()


def _unusable(file: Path, reason: str) -> InputError:
    return InputError(
        [
            Diagnostic(
                "bad-repository-key",
                "the keys of a repository cannot be used",
                f"{reason[0].upper()}{reason[1:]}.",
                "write the keys with `gpg --export KEYID > keys.gpg`, or take the file that the"
                " distribution has in /usr/share/keyrings",
                mark=Mark.of_file(str(file)),
            )
        ]
    )
