"""Copies of files as one value, and the merge of known hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldtree.app.shared_files.local_copies import (
    KNOWN_HOSTS,
    PKI,
    merge_lines,
    read_copy,
    signature,
    write_copy,
)


def test_a_tree_is_written_as_it_was_read(tmp_path: Path) -> None:
    place = tmp_path / "pki" / "shop"
    (place / ".before").mkdir(parents=True)
    (place / "ca.key").write_bytes(b"\x00key")
    (place / "ca.key").chmod(0o600)
    (place / "ca.crt").write_text("crt")
    (place / "ca.crt").chmod(0o644)
    (place / ".before" / "link").symlink_to("../ca.crt")
    copy = read_copy(place, PKI)
    target = tmp_path / "other" / "shop"
    write_copy(target, PKI, copy, tmp_path / ".copy")
    assert read_copy(target, PKI) == copy
    assert (target / "ca.key").read_bytes() == b"\x00key"
    assert (target / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (target / ".before" / "link").read_text() == "crt"
    assert target.stat().st_mode & 0o777 == 0o700
    (target / "new").touch()
    write_copy(target, PKI, copy, tmp_path / ".copy")
    assert read_copy(target, PKI) == copy
    write_copy(target, PKI, None, tmp_path / ".copy")
    write_copy(target, PKI, None, tmp_path / ".copy")
    assert not target.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "pki"]


def test_nothing_is_no_copy(tmp_path: Path) -> None:
    assert read_copy(tmp_path / "missing", PKI) is None
    assert read_copy(tmp_path / "missing", KNOWN_HOSTS) is None
    (tmp_path / "empty").mkdir()
    assert read_copy(tmp_path / "empty", PKI) is None


def test_a_signature_differs_after_each_change(tmp_path: Path) -> None:
    place = tmp_path / "pki"
    seen = [signature(place)]
    place.mkdir()
    seen.append(signature(place))
    (place / "a").write_text("1")
    seen.append(signature(place))
    (place / "b").write_text("1")
    (place / "b").replace(place / "a")
    seen.append(signature(place))
    assert len(set(seen)) == 4
    assert signature(place) == seen[-1]


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        (None, b"a\nb\n", b"b\nc\n", b"b\nc\na\n"),
        (b"a\nb\n", b"b\nd\n", b"a\nb\nc\n", b"b\nc\nd\n"),
        (b"a\n", b"", b"a\nb\n", b"b\n"),
        (b"a\n", b"a\nb", b"", b"b\n"),
    ],
)
def test_known_hosts_are_merged(
    base: bytes | None, mine: bytes, theirs: bytes, merged: bytes
) -> None:
    """What one side added is there, and what one side removed is not."""
    assert merge_lines(base, mine, theirs) == merged
