"""The cache by content: nothing damaged is given out, and it stays within its size."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import examples
from unit.artifacts.artifacts_of_tests import sha256
from worldtree.artifacts.cache import ArtifactCache
from worldtree.artifacts.cache_check import CheckState, check_files
from worldtree.artifacts.cache_prune import locked_digests, prune_cache, register_lock_file
from worldtree.artifacts.digests_in_use import digests_in_use, used_digests
from worldtree.artifacts.lock_file import write_lock
from worldtree.artifacts.partial_file import ResumePoint
from worldtree.core.errors import InputError, WorldTreeError
from worldtree.plan.artifact_lock import ArtifactLock, LockedArtifact


def put(cache: ArtifactCache, content: bytes, used: float | None = None) -> str:
    """Put a file into the cache, used at that time; return its sha256."""
    digest = sha256(content)
    partial = cache.partial(digest)
    with cache.held(digest), partial.writing(ResumePoint()) as stream:
        stream.write(content)
    path = cache.adopt(partial, digest)
    if used is not None:
        os.utime(path, (used, used))
    return digest


def test_files_are_read_only_and_found_by_their_sha256(tmp_path: Path) -> None:
    """In directories by the first two digits."""
    cache = ArtifactCache(tmp_path / "cache")
    digest = put(cache, b"shop")
    path = cache.find(digest)
    assert path == tmp_path / "cache" / "sha256" / digest[:2] / digest
    assert path.stat().st_mode & 0o777 == 0o444
    assert cache.find("0" * 64) is None
    assert list((tmp_path / "cache" / "partial").iterdir()) == []
    with pytest.raises(ValueError, match="not a sha256"):
        cache.path("../../etc/passwd")


@pytest.mark.parametrize("damage", [b"", b"shoq", b"shop and more"])
def test_a_damaged_file_is_removed_when_it_is_verified(tmp_path: Path, damage: bytes) -> None:
    """A cut one also where the size is known; the right one is not removed for a wrong size."""
    cache = ArtifactCache(tmp_path)
    digest = put(cache, b"shop")
    assert cache.find(digest, size=5) is not None
    path = cache.path(digest)
    path.unlink()
    path.write_bytes(damage)
    known = {} if len(damage) == 4 else {"size": 4}
    assert cache.find(digest, verify=not known, **known) is None
    assert not path.exists()


def test_a_link_is_no_file_of_the_cache(tmp_path: Path) -> None:
    """It could become another file at any time."""
    cache = ArtifactCache(tmp_path / "cache")
    digest = put(cache, b"shop")
    (tmp_path / "other").write_bytes(b"shop")
    cache.path(digest).unlink()
    cache.path(digest).symlink_to(tmp_path / "other")
    assert cache.find(digest) is None
    assert (tmp_path / "other").read_bytes() == b"shop"


def test_a_check_reads_everything(tmp_path: Path) -> None:
    """It removes what is damaged, and follows no link."""
    cache = ArtifactCache(tmp_path / "cache")
    sound, bad, linked, absent = (put(cache, one) for one in (b"sound", b"bad", b"link", b"gone"))
    cache.path(bad).chmod(0o600)
    cache.path(bad).write_bytes(b"BAD")
    (tmp_path / "other").write_bytes(b"link")
    cache.path(linked).unlink()
    cache.path(linked).symlink_to(tmp_path / "other")
    cache.path(absent).unlink()
    assert [cache.has(one) for one in (sound, bad, linked, absent)] == [True, True, False, False]
    assert check_files(cache, {sound, bad, linked, absent}) == {
        sound: CheckState.VERIFIED,
        bad: CheckState.DAMAGED,
        linked: CheckState.DAMAGED,
        absent: CheckState.MISSING,
    }
    # Nobody waits for the command that downloads it now.
    with cache.held(absent):
        assert check_files(cache, [absent]) == {absent: CheckState.MISSING}
    assert check_files(cache, [bad, linked]) == dict.fromkeys([bad, linked], CheckState.MISSING)
    assert (tmp_path / "other").exists()


def test_a_partial_file_with_strange_modes_is_written_again(tmp_path: Path) -> None:
    """A process ended after it made the file read-only."""
    partial = ArtifactCache(tmp_path).partial("x")
    with partial.writing(ResumePoint()) as stream:
        stream.write(b"old")
    partial.path.chmod(0o444)
    with partial.writing(ResumePoint(2, "here", '"1"')) as stream:
        stream.write(b"new")
    assert partial.path.read_bytes() == b"olnew"
    assert partial.resume_point("here") == ResumePoint(5, "here", '"1"')
    assert partial.resume_point("elsewhere") == ResumePoint()
    partial.path.with_name("x.json").write_text("{", encoding="utf-8")
    assert partial.resume_point("here") == ResumePoint()


def test_a_directory_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """With the path, and what to do."""
    (tmp_path / "sha256").write_text("", encoding="utf-8")
    with pytest.raises(WorldTreeError) as caught:
        put(ArtifactCache(tmp_path), b"shop")
    assert str(tmp_path) in caught.value.message


@given(
    files=st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=12),
    max_size=st.integers(0, 1500),
    in_use=st.sets(st.integers(0, 11), max_size=3),
)
@settings(max_examples=examples(60))
def test_the_cache_is_no_larger_than_its_bound_and_what_is_in_use(
    tmp_path_factory: pytest.TempPathFactory,
    files: list[tuple[int, bool]],
    max_size: int,
    in_use: set[int],
) -> None:
    """What a lock file names, or somebody works with, stays; of the rest what was used last."""
    cache = ArtifactCache(tmp_path_factory.mktemp("cache"))
    contents = [index.to_bytes(2, "big") + bytes(size) for index, (size, _) in enumerate(files)]
    digests = [put(cache, content, float(place)) for place, content in enumerate(contents)]
    keep = {digests[place] for place, (_, is_kept) in enumerate(files) if is_kept}
    used = {digests[place] for place in in_use if place < len(digests)}
    held = [cache.held(digest) for digest in sorted(used)]
    for lock in held:
        lock.__enter__()
    found = prune_cache(cache, max_size, keep)
    for lock in held:
        lock.__exit__(None, None, None)
    left = {entry.digest: entry.size for entry in cache.entries()}
    needed = sum(left[digest] for digest in keep | used)
    assert keep | used <= set(left)
    assert found.size == sum(left.values()) <= max(max_size, needed)
    assert found.freed == sum(map(len, contents)) - found.size
    # No file was removed for one that was used before it.
    removed = [place for place, digest in enumerate(digests) if digest not in left]
    free = [p for p, digest in enumerate(digests) if digest in left and digest not in keep | used]
    assert not removed or not free or max(removed) < min(free)


def test_partial_files_count_and_go_too(tmp_path: Path) -> None:
    """Unless somebody downloads into them."""
    cache = ArtifactCache(tmp_path)
    for name in ("a" * 64, "b" * 64):
        with cache.partial(name).writing(ResumePoint()) as stream:
            stream.write(bytes(1000))
    with cache.held("a" * 64):
        found = prune_cache(cache, 0, ())
    assert (found.freed, found.size, found.kept) == (1000, 1000, 1000)
    assert sorted(path.name for path in (tmp_path / "partial").iterdir()) == [
        "a" * 64,
        "a" * 64 + ".json",
    ]


def test_what_registered_lock_files_name_is_kept(tmp_path: Path) -> None:
    """Of all documents; a lock file that is gone keeps nothing, a damaged one everything."""
    cache = ArtifactCache(tmp_path / "cache")
    entry = LockedArtifact(
        kind="archive",
        name="shop",
        version="1.2",
        platform="linux",
        architecture="any",
        sha256="a" * 64,
        size=3,
        trust="declared",
        location="https://x/shop",
    )
    place = tmp_path / "documents"
    place.mkdir()
    files = [place / "one.lock", place / "two.lock"]
    for file in files:
        write_lock(ArtifactLock.of([entry]), file)
        register_lock_file(cache, file)
        register_lock_file(cache, file)
    assert locked_digests(cache) == {"a" * 64}
    files[0].unlink()
    files[1].write_text("version: 1\nartifacts: 3\n", encoding="utf-8")
    with pytest.raises(InputError):
        locked_digests(cache)
    files[1].unlink()
    assert locked_digests(cache) == frozenset()
    # Version control removes and writes files: it is known when it is there again.
    write_lock(ArtifactLock.of([entry]), files[0])
    assert locked_digests(cache) == {"a" * 64}
    shutil.rmtree(place)
    assert locked_digests(cache) == frozenset()
    assert list((cache.directory / "lock-files").iterdir()) == []


def test_what_a_command_uses_is_kept_until_it_ends(tmp_path: Path) -> None:
    """However it ends: a file whose lock nobody holds says nothing."""
    cache = ArtifactCache(tmp_path)
    digest = put(cache, b"shop")
    with digests_in_use(cache) as use:
        use(digest)
        assert prune_cache(cache, 0, ()).kept == 4
        # As a killed command leaves it.
        (tmp_path / "in-use" / "dead").write_text("b" * 64, encoding="utf-8")
        assert used_digests(cache) == {digest}
        assert not (tmp_path / "in-use" / "dead").exists()
    assert prune_cache(cache, 0, ()).removed == (digest,)
    assert list((tmp_path / "in-use").iterdir()) == []
