"""Keys and signatures as OpenSSL makes them, which are those of ``cosign sign-blob --key``."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

#: Options of `openssl genpkey`; the first is the kind that cosign makes.
ECDSA = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
RSA = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
ED25519 = ("-algorithm", "ED25519")


class SigningKey:
    """A private key, with its public key at ``public``."""

    def __init__(
        self, directory: Path, name: str = "shop", options: tuple[str, ...] = ECDSA
    ) -> None:
        self._private, self.public = directory / f"{name}.key", directory / f"{name}.pub"
        _openssl("genpkey", *options, "-out", str(self._private))
        _openssl("pkey", "-in", str(self._private), "-pubout", "-out", str(self.public))

    def signature(self, content: bytes) -> bytes:
        """Return the signature as OpenSSL writes it."""
        return _openssl("dgst", "-sha256", "-sign", str(self._private), content=content)

    def text(self, content: bytes) -> bytes:
        """Return the signature as cosign writes it: base64 with a line feed."""
        return base64.b64encode(self.signature(content)) + b"\n"


def _openssl(*arguments: str, content: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *arguments], input=content, capture_output=True, check=True)
    return done.stdout
