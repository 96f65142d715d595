"""A directory as data is the same directory again; nothing in it leads out."""

from __future__ import annotations

import tempfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldtree.core.file_trees import FileTree, TreeEntry, read_tree, write_tree

NAMES = st.sampled_from(["a", "b.yml", "c d", "ä", "-x", ".hidden"])
#: Path (of names) -> content of a file, or the target of a link.
FILES = st.dictionaries(
    st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    st.binary(max_size=20) | st.sampled_from(["../gone", "a", "b.yml/c d"]),
    max_size=8,
)


def _make(root: Path, files: dict[tuple[str, ...], bytes | str]) -> dict[str, bytes]:
    contents = {}
    for parts, what in files.items():
        path = root.joinpath(*parts)
        if any(parent.is_file() or parent.is_symlink() for parent in path.parents):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() or path.is_symlink():
            continue
        if isinstance(what, str):
            path.symlink_to(what)
        else:
            path.write_bytes(what)
            path.chmod(0o640 if len(what) % 2 else 0o755)
            contents[sha256(what).hexdigest()] = what
    return contents


@given(FILES)
def test_a_tree_is_written_as_it_was_read(files: dict[tuple[str, ...], bytes | str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        source, target = Path(place) / "source", Path(place) / "target"
        source.mkdir()
        target.mkdir()
        contents = _make(source, files)
        names = sorted(path.name for path in source.iterdir())
        tree = read_tree(source, [*names, "missing"])
        assert FileTree.from_json(tree.to_json()) == tree
        write_tree(tree, target, contents.__getitem__)
        again = read_tree(target, names)
        assert again == tree
        assert again.digest == tree.digest


@pytest.mark.parametrize("path", ["../out", "/etc/passwd", "a/../../out"])
def test_a_path_that_leads_out_is_refused(path: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    tree = FileTree(
        (TreeEntry("a", 0o700), TreeEntry(path, 0o600, content=sha256(b"").hexdigest()))
    )
    with pytest.raises(ValueError, match="leads out"):
        write_tree(tree, place, lambda _digest: b"")
    assert [found.name for found in tmp_path.iterdir()] == ["place"]


def test_a_content_that_is_not_what_its_digest_says_is_refused(tmp_path: Path) -> None:
    tree = FileTree((TreeEntry("a", 0o600, content=sha256(b"right").hexdigest()),))
    with pytest.raises(ValueError, match="the content of a is not"):
        write_tree(tree, tmp_path, lambda _digest: b"wrong")


def test_a_link_is_written_after_nothing_can_go_through_it(tmp_path: Path) -> None:
    """A file below a link would be written where the link leads."""
    outside = tmp_path / "outside"
    outside.mkdir()
    place = tmp_path / "place"
    place.mkdir()
    tree = FileTree(
        (
            TreeEntry("a", 0o777, link=str(outside)),
            TreeEntry("a/b", 0o600, content=sha256(b"").hexdigest()),
        )
    )
    with pytest.raises(ValueError, match="leads out"):
        write_tree(tree, place, lambda _digest: b"")
    assert list(outside.iterdir()) == []
