"""Signs a bundle, and checks signatures: a file ``NAME.sig`` beside it, as ``cosign`` makes it.

``cosign verify-blob --key cosign.pub --signature shop.tar.sig shop.tar`` checks the same, and one
of ``cosign sign-blob`` or ``openssl dgst -sha256 -sign`` is accepted.
"""

from __future__ import annotations

import base64
from pathlib import Path

from worldtree.app.offline.bundle_writer import not_written
from worldtree.core.errors import ExitCode, WorldTreeError
from worldtree.core.fsync import write_durably
from worldtree.core.signatures import MAX_SIGNATURE_BYTES, read_public_key


class BadKeyError(WorldTreeError):
    """A private key that cannot be used."""

    exit_code = ExitCode.INPUT


def signature_file(bundle: Path) -> Path:
    """Return where the signature of a bundle is."""
    return bundle.with_name(f"{bundle.name}.sig")


def sign(digest: str, key_file: Path) -> bytes:
    """Return the signature, in base64, of the file with a sha256 by a private key in PEM.

    It is the same each time. Raises ``BadKeyError``.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
    except OSError as error:
        raise _bad_key(key_file, error.strerror or "it cannot be read") from None
    except TypeError:
        raise _bad_key(key_file, "it is encrypted") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _bad_key(key_file, "it is not a private key in PEM") from None
    hashed = Prehashed(SHA256())
    if isinstance(key, RSAPrivateKey):
        made = key.sign(bytes.fromhex(digest), PKCS1v15(), hashed)
    elif isinstance(key, EllipticCurvePrivateKey):
        try:
            way = ECDSA(hashed, deterministic_signing=True)
        except UnsupportedAlgorithm:  # OpenSSL before 3.2: the signature differs each time.
            way = ECDSA(hashed)
        made = key.sign(bytes.fromhex(digest), way)
    else:
        raise _bad_key(key_file, "it is neither an ECDSA nor an RSA key")
    return base64.b64encode(made) + b"\n"


def write_signature(bundle: Path, signature: bytes) -> None:
    """Write the signature beside a bundle. Raises ``WorldTreeError``."""
    file = signature_file(bundle)
    try:
        write_durably(file, signature, mode=0o644)
    except OSError as error:
        raise not_written(file, error) from error


def check_signature(bundle: Path, digest: str, public_key: Path) -> str:
    """Return the fingerprint of the key that has signed a bundle with this sha256.

    Raises ``WorldTreeError`` where it has not, and ``InputError`` for a key that is none.
    """
    key = read_public_key(public_key)
    file = signature_file(bundle)
    try:
        with file.open("rb") as stream:
            signature = stream.read(MAX_SIGNATURE_BYTES)
    except OSError as error:
        reason = f"{file}: {error.strerror or error}"
    else:
        if key.has_signed(digest, signature):
            return key.fingerprint
        reason = f"{file} is not a signature of it by the key {public_key}"
    raise WorldTreeError(
        f"{bundle} is not signed: {reason}",
        code="offline-bundle-unsigned",
        hint="do not use it before you know why; the signature belongs beside the bundle",
    )


def _bad_key(file: Path, why: str) -> BadKeyError:
    return BadKeyError(
        f"the private key {file} cannot be used: {why}",
        code="signing-key-unusable",
        hint="give a private key of ECDSA or RSA in PEM without a passphrase; or leave out `--key`,"
        " and sign the file with `cosign sign-blob`",
    )
