"""Owner, group and mode of what the module `artifact` unpacks, also where it exists already."""

from __future__ import annotations

import grp
import hashlib
import io
import os
import pwd
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import Run

Unpack = Callable[..., dict[str, Any]]
Given = list[tuple[str, int, int]]
OWNER, GROUP = 54321, 54322


def release() -> bytes:
    """Return an archive with a file in a directory, and a link."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as made:
        entry = tarfile.TarInfo("bin/tool")
        entry.size, entry.mode = 7, 0o755
        made.addfile(entry, io.BytesIO(b"program"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "bin/tool"
        made.addfile(link)
    return buffer.getvalue()


RELEASE = release()
DIGEST = hashlib.sha256(RELEASE).hexdigest()
MARK = ".worldtree-artifact.json"
EVERYTHING = {"opt", "bin", "tool", "link", MARK}


@pytest.fixture
def unpack(run: Run, tmp_path: Path) -> Unpack:
    """Return a function that unpacks what has arrived."""
    part = tmp_path / "store" / "partial" / DIGEST
    part.parent.mkdir(parents=True)
    part.write_bytes(RELEASE)

    def unpacked(**more: Any) -> dict[str, Any]:
        return run(
            "artifact",
            name="tool",
            version="1",
            store=str(tmp_path / "store"),
            offer={"any": {"sha256": DIGEST, "size": len(RELEASE)}},
            unpack=str(tmp_path / "opt"),
            **more,
        )

    return unpacked


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """What is given away, by name: only root may do that, so that it is only noted."""
    found: Given = []

    def chown(path: Any, uid: int, gid: int, *, dir_fd: int, follow_symlinks: bool) -> None:
        assert not follow_symlinks
        assert "/" not in path
        assert dir_fd
        found.append((path, uid, gid))

    def fchown(descriptor: int, uid: int, gid: int) -> None:
        found.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, uid, gid))

    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(os, "fchown", fchown)
    return found


def test_another_owner_is_given_what_was_unpacked_before(
    unpack: Unpack, given: Given, tmp_path: Path
) -> None:
    """Everything in it, links themselves, and the directory last."""
    assert unpack()["changed"]
    assert given == []
    before = (tmp_path / "opt").stat().st_ino
    answer = unpack(owner=str(OWNER), group=str(GROUP))
    assert answer["changed"], answer
    assert answer["diff"]["after"] == f"{tmp_path}/opt: another owner, group or mode\n"
    assert {name for name, *_ in given} == EVERYTHING
    assert given[-1][0] == "opt"
    assert {(uid, gid) for _, uid, gid in given} == {(OWNER, GROUP)}
    assert (tmp_path / "opt").stat().st_ino == before


def test_check_mode_says_it_and_gives_nothing(unpack: Unpack, given: Given) -> None:
    unpack()
    assert unpack(owner=str(OWNER), _ansible_check_mode=True)["changed"]
    assert given == []


def test_what_is_unpacked_is_given_before_others_see_it(
    unpack: Unpack, given: Given, tmp_path: Path
) -> None:
    unpack(owner=str(OWNER))
    assert given[len(EVERYTHING) - 1][0].startswith(".opt.worldtree-")
    assert {(uid, gid) for _, uid, gid in given} == {(OWNER, -1)}
    assert (tmp_path / "opt").stat().st_mode & 0o777 == 0o755


def test_the_owner_that_it_has_is_no_change(unpack: Unpack, given: Given) -> None:
    me = pwd.getpwuid(os.geteuid()).pw_name
    group = grp.getgrgid(os.getegid()).gr_name
    unpack()
    assert not unpack(owner=me, group=group)["changed"]
    assert not unpack(owner=str(os.geteuid()))["changed"]
    assert given == []


def test_another_mode_is_that_of_the_directory(unpack: Unpack, tmp_path: Path) -> None:
    unpack(mode="0750")
    assert (tmp_path / "opt").stat().st_mode & 0o777 == 0o750
    assert not unpack(mode="0750")["changed"]
    assert unpack(mode="0700")["changed"]
    assert (tmp_path / "opt").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "opt" / "bin" / "tool").stat().st_mode & 0o777 == 0o755
    assert unpack(mode="u=rwx,g=rx,o=", _ansible_check_mode=True)["changed"]
    assert (tmp_path / "opt").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("what", ["owner", "group"])
def test_an_owner_that_does_not_exist_is_told_before_anything_is_done(
    unpack: Unpack, tmp_path: Path, what: str
) -> None:
    answer = unpack(**{what: "nobody-of-these-tests"})
    assert answer["failed"]
    kind = "user" if what == "owner" else "group"
    assert answer["msg"] == f"there is no {kind} nobody-of-these-tests"
    assert not (tmp_path / "opt").exists()


def test_a_directory_that_is_exchanged_meanwhile_leads_nowhere(
    unpack: Unpack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner could otherwise have root give away the files of somebody else."""
    unpack()
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "tool").write_text("not to be given away")
    opt, touched, look = tmp_path / "opt", [], os.stat

    def stat(path: Any, **more: Any) -> os.stat_result:
        if path == "tool" and (opt / "bin").is_dir() and not (opt / "bin").is_symlink():
            (opt / "bin").rename(opt / "old")
            (opt / "bin").symlink_to(victim)
        return look(path, **more)

    def chown(path: Any, *_: Any, dir_fd: int | None = None, **more: Any) -> None:
        touched.append(look(path, dir_fd=dir_fd, follow_symlinks=more["follow_symlinks"]).st_ino)

    monkeypatch.setattr(os, "stat", stat)
    monkeypatch.setattr(os, "chown", chown)
    monkeypatch.setattr(os, "fchown", lambda *_: None)
    unpack(owner=str(OWNER))
    assert touched
    assert (victim / "tool").stat().st_ino not in touched
