"""The lock file: what is written is read, and nothing damaged is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from worldtree.artifacts.lock_file import lock_text, write_lock
from worldtree.core.errors import InputError, WorldTreeError
from worldtree.core.format_versions import UnreadableFormatError
from worldtree.plan.artifact_lock import ArtifactLock, LockedArtifact, read_lock

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
_ENTRY = st.builds(
    LockedArtifact,
    kind=st.sampled_from(["binary", "archive", "image"]),
    name=st.sampled_from(["etcd", "shop", "registry.k8s.io/pause"]),
    version=st.sampled_from(["1.2", "3.5.30", "0x10", "1e5", "2020-01-01", "yes", "~", "0o7"]),
    platform=st.sampled_from(["linux", "debian-12"]),
    architecture=st.sampled_from(["amd64", "any", "386"]),
    sha256=st.text("0123456789", min_size=64, max_size=64)
    | st.text("0123456789abcdef", min_size=64, max_size=64),
    size=st.integers(0, 1 << 50),
    trust=st.sampled_from(["signed", "declared", "first-use"]),
    location=_TEXT,
    signed_by=st.none() | st.text("0123456789", min_size=64, max_size=64),
)


@given(entries=st.lists(_ENTRY, max_size=6))
@settings(max_examples=examples(60))
def test_a_lock_file_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, entries: list[LockedArtifact]
) -> None:
    """Texts that look like numbers or dates stay texts; the order of entries does not matter."""
    lock = ArtifactLock.of(entries)
    file = tmp_path_factory.mktemp("lock") / "artifacts.lock"
    assert write_lock(lock, file)
    assert read_lock(file) == lock
    assert not write_lock(lock, file)
    unique = {one.key: one for one in entries}
    assert lock_text(ArtifactLock.of(reversed(list(unique.values())))) == lock_text(lock)


def test_an_absent_file_is_an_empty_lock(tmp_path: Path) -> None:
    """As before the first `wt artifacts lock`."""
    assert list(read_lock(tmp_path / "artifacts.lock")) == []


_ENTRY_TEXT = """\
version: 1
artifacts:
  - {kind: archive, name: shop, version: "1.2", platform: linux, architecture: any,
     sha256: "%s", size: 3, trust: declared, location: "https://x/shop"}
""" % ("a" * 64)


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("- 1\n", "not a mapping", 1),
        ("version: 1\nartifacts: {}\n", "is not a list", 1),
        (_ENTRY_TEXT.replace("a" * 64, "a" * 63), "`sha256`", 3),
        (_ENTRY_TEXT.replace("size: 3", "size: -3"), "`size`", 3),
        (_ENTRY_TEXT.replace("trust: declared", "trust: blind"), "`trust`", 3),
        (_ENTRY_TEXT.replace("size: 3, ", ""), "`size`", 3),
        (_ENTRY_TEXT.replace("size: 3", "size: 3, more: 1"), "`more`", 3),
        (_ENTRY_TEXT + _ENTRY_TEXT.partition("artifacts:\n")[2], "is there twice", 5),
    ],
)
def test_a_wrong_lock_file_is_refused_with_its_place(
    tmp_path: Path, text: str, says: str, line: int
) -> None:
    """Nothing of it is used."""
    file = tmp_path / "artifacts.lock"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_lock(file)
    (found,) = caught.value.diagnostics
    assert found.slug == "bad-artifact-lock"
    assert says in found.summary
    assert found.mark is not None
    assert (found.mark.file, found.mark.line) == (str(file), line)


def test_a_lock_file_of_version_1_is_read(tmp_path: Path) -> None:
    """It has no signatures."""
    file = tmp_path / "artifacts.lock"
    file.write_text(_ENTRY_TEXT, encoding="utf-8")
    (entry,) = read_lock(file)
    assert (entry.sha256, entry.trust, entry.signed_by) == ("a" * 64, "declared", None)


@pytest.mark.parametrize("text", ["", "artifacts: [\n", "\0"])
def test_a_lock_file_that_is_no_yaml_is_refused(tmp_path: Path, text: str) -> None:
    """As documents are."""
    file = tmp_path / "artifacts.lock"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_lock(file)


@pytest.mark.parametrize("text", ["version: 5\nartifacts: []\n", "version: 1\nfiles: []\n"])
def test_a_lock_file_of_a_newer_program_is_refused(tmp_path: Path, text: str) -> None:
    """It may say what this program does not know."""
    file = tmp_path / "artifacts.lock"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFormatError):
        read_lock(file)


def test_a_lock_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The old one stays, and no temporary file is left."""
    (tmp_path / "artifacts.lock").mkdir()
    with pytest.raises(WorldTreeError) as caught:
        write_lock(ArtifactLock.of(()), tmp_path / "artifacts.lock")
    assert caught.value.code == "artifact-lock-not-written"
    assert [path.name for path in tmp_path.iterdir()] == ["artifacts.lock"]
