"""The key of sealed files: made once, private, and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from worldtree.app.shared_files.store_key import StoreKey, make_key, read_key
from worldtree.core.errors import RefusedError
from worldtree.store.cluster_files import SealedFile

_TEXT = b"a private key " * 100


def _sealed(key: StoreKey, cluster: str = "shop") -> SealedFile:
    return SealedFile("default", cluster, "pki", key.seal("default", "shop", "pki", _TEXT), "")


def test_a_key_is_made_once_for_this_user(tmp_path: Path) -> None:
    path = tmp_path / "home" / "store.key"
    assert read_key(path) is None
    key = make_key(path)
    made = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert make_key(path).open(_sealed(key)) == _TEXT
    assert path.read_bytes() == made
    assert [one.name for one in path.parent.iterdir()] == ["store.key"]


def test_a_second_key_still_opens_what_it_sealed(tmp_path: Path) -> None:
    """To change the key, a new one is written above the old one."""
    path = tmp_path / "store.key"
    old = _sealed(make_key(path))
    first = path.read_bytes()
    path.write_bytes(Fernet.generate_key() + b"\n" + first)
    key = read_key(path)
    assert key is not None
    assert key.open(old) == _TEXT
    path.write_bytes(first)
    with pytest.raises(ValueError, match="another key"):
        make_key(path).open(_sealed(key))


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"secret-word", b"\xff" * 44])
def test_a_file_without_a_valid_key_is_refused(content: bytes, tmp_path: Path) -> None:
    """The message does not have what is in the file."""
    path = tmp_path / "store.key"
    path.write_bytes(content)
    with pytest.raises(RefusedError, match="no valid key") as caught:
        read_key(path)
    assert (caught.value.code, caught.value.__cause__) == ("store-key-invalid", None)
    assert "secret-word" not in f"{caught.value!r} {caught.value.hint}"


def test_what_is_sealed_for_one_cluster_is_not_that_of_another(tmp_path: Path) -> None:
    """Who can write to the database can neither change nor exchange files."""
    key = make_key(tmp_path / "store.key")
    with pytest.raises(ValueError, match="another place"):
        key.open(_sealed(key, cluster="bank"))
    good = _sealed(key)
    assert _TEXT[:10] not in good.content
    with pytest.raises(ValueError, match="changed"):
        key.open(good._replace(content=good.content[:-8] + b"AAAAAAA="))
