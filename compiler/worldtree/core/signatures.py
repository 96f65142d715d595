"""Checks signatures of files, as ``cosign sign-blob --key`` and ``openssl dgst -sign`` make them.

A signature is one of the sha256 of the whole file, so that the bytes are not read again: ECDSA in
DER, or RSA with PKCS #1 v1.5, as it is or in base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.core.errors import Diagnostic, InputError, Mark

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

#: Bytes of a signature at most; those of cosign have about a hundred.
MAX_SIGNATURE_BYTES = 64 << 10
_MAX_KEY_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with."""

    key: EllipticCurvePublicKey | RSAPublicKey
    #: sha256 of its DER form (SubjectPublicKeyInfo), hex.
    fingerprint: str

    def has_signed(self, digest: str, signature: bytes) -> bool:
        """Whether ``signature`` is one of the bytes with this sha256, hex."""
        return any(self._has_signed(bytes.fromhex(digest), one) for one in _forms(signature))

    def _has_signed(self, digest: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            if isinstance(self.key, RSAPublicKey):
                self.key.verify(signature, digest, PKCS1v15(), Prehashed(SHA256()))
            else:
                self.key.verify(signature, digest, ECDSA(Prehashed(SHA256())))
        except InvalidSignature:
            return False
        return True


def read_public_key(file: Path) -> PublicKey:
    """Return the key in a PEM file. Raises ``InputError`` for what is none that can be used."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_public_key,
    )

    if not file.is_file():  # Reading a named pipe would wait for ever.
        raise _bad_key(file, "there is no such file")
    try:
        with file.open("rb") as stream:
            key = load_pem_public_key(stream.read(_MAX_KEY_BYTES))
    except OSError as error:
        raise _bad_key(file, error.strerror or "it cannot be read") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _bad_key(file, "it is not a public key in PEM") from None
    if not isinstance(key, EllipticCurvePublicKey | RSAPublicKey):
        raise _bad_key(file, "it is neither an ECDSA nor an RSA key")
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(key, hashlib.sha256(der).hexdigest())


def _forms(signature: bytes) -> list[bytes]:
    """Return the signature as it is, and decoded where it is text in base64."""
    try:
        return [signature, base64.b64decode(b"".join(signature.split()), validate=True)]
    except binascii.Error:
        return [signature]


def _bad_key(file: Path, why: str) -> InputError:
    return InputError(
        [
            Diagnostic(
                "bad-public-key",
                f"the public key {file} cannot be used: {why}",
                "Signatures of artifacts are checked with ECDSA and RSA keys.",
                "name the file of the public key, such as `cosign.pub`, in `publicKey`",
                mark=Mark.of_file(str(file)),
            )
        ]
    )
