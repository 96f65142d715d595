"""Signatures of real tools: right ones are accepted, and nothing else is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from unit.artifacts.artifacts_of_tests import Fetching, artifact, sha256
from unit.artifacts.fault_server import FileServer
from unit.artifacts.keys_of_tests import ECDSA, ED25519, RSA, SigningKey
from worldtree.core.errors import InputError, WorldTreeError
from worldtree.core.signatures import read_public_key

BODY = b"shop" * 1000


@pytest.mark.parametrize("options", [ECDSA, RSA])
def test_signatures_of_bytes_by_their_key_are_right(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    """In both forms; not of other bytes, by another key, cut, empty, or any text."""
    signer = SigningKey(tmp_path, options=options)
    key = read_public_key(signer.public)
    assert key.has_signed(sha256(BODY), signer.signature(BODY))
    assert key.has_signed(sha256(BODY), signer.text(BODY))
    wrong = SigningKey(tmp_path, "other", options).signature(BODY)
    for signature in (signer.text(b"other"), wrong, signer.signature(BODY)[:-1], b"", b"no\n"):
        assert not key.has_signed(sha256(BODY), signature)


def test_the_fingerprint_is_that_of_the_key(tmp_path: Path) -> None:
    """As `openssl pkey -pubin -in KEY -outform DER | sha256sum` prints it."""
    signer = SigningKey(tmp_path)
    command = ["openssl", "pkey", "-pubin", "-in", str(signer.public), "-outform", "DER"]
    der = subprocess.run(command, capture_output=True, check=True).stdout
    assert read_public_key(signer.public).fingerprint == sha256(der)


def test_what_is_no_usable_key_is_reported(tmp_path: Path) -> None:
    """With the file and the reason."""
    (tmp_path / "text").write_text("no key", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    edward = SigningKey(tmp_path, "edward", ED25519).public
    for file, reason in (
        (tmp_path / "none", "no such file"),
        (tmp_path, "no such file"),
        (tmp_path / "pipe", "no such file"),
        (tmp_path / "text", "not a public key in PEM"),
        (tmp_path / "edward.key", "not a public key in PEM"),
        (edward, "neither an ECDSA nor an RSA key"),
    ):
        with pytest.raises(InputError) as caught:
            read_public_key(file)
        assert str(file) in caught.value.message
        assert reason in caught.value.message


def test_a_file_is_fetched_with_its_signature(server: FileServer, tmp_path: Path) -> None:
    """A wrong or absent signature is an error, also of a file that is in the cache already."""
    signer = SigningKey(tmp_path)
    server.add("/shop", BODY)
    server.add("/shop.sig", signer.text(BODY), statuses=[503])
    fetching = Fetching(tmp_path / "cache")
    signature = {"location": f"{server.url}/shop.sig", "public_key": str(signer.public)}
    wanted = artifact(f"{server.url}/shop", signature=signature)
    found = fetching.fetcher.fetch(wanted, fetching.told.append)
    assert found.digest == sha256(BODY)
    assert found.signed_by == read_public_key(signer.public).fingerprint
    server.files["/shop.sig"].content = signer.text(b"other")
    known = artifact(f"{server.url}/shop", signature=signature, sha256=sha256(BODY))
    with pytest.raises(WorldTreeError) as caught:
        fetching.fetch(known)
    assert caught.value.code == "artifact-signature-invalid"
    del server.files["/shop.sig"]
    with pytest.raises(WorldTreeError, match="404"):
        fetching.fetch(known)
    server.add("/shop.sig", bytes(100_000))
    with pytest.raises(WorldTreeError, match="larger than"):
        fetching.fetch(known)
