"""The module `artifact` on a host: what is unpacked, installed and linked, and what is refused."""

from __future__ import annotations

import errno
import hashlib
import io
import platform
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unit.collection.conftest import Run

Member = tuple[str, bytes | str | int]
Put = Callable[..., dict[str, Any]]


def archive(*members: Member) -> bytes:
    """Return a tar.gz: a file per bytes, a link per text, another type per number."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as made:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.mode, entry.mtime = 0o4775, 1_700_000_000
            if isinstance(content, bytes):
                entry.size = len(content)
                made.addfile(entry, io.BytesIO(content))
            elif isinstance(content, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, content
                made.addfile(entry)
            else:
                entry.type = bytes([content])
                entry.linkname = "etcd-3/etcd" if entry.islnk() else ""
                made.addfile(entry)
    return buffer.getvalue()


RELEASE = archive(("etcd-3/etcd", b"the program"), ("etcd-3/doc/README", b"words"))


@pytest.fixture
def put(run: Run, tmp_path: Path) -> Put:
    """Return a function that runs the module with a file that has arrived on the host."""

    def put_one(content: bytes, *, arrived: bytes | None = None, **args: Any) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        received = content if arrived is None else arrived
        if received:
            part = tmp_path / "store" / "partial" / digest
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(received)
            args["received"] = digest
        return run(
            "artifact",
            name="etcd",
            version="3.6.6",
            store=str(tmp_path / "store"),
            offer={"any": {"sha256": digest, "size": len(content), "kind": "archive"}},
            **args,
        )

    return put_one


def test_an_archive_becomes_a_directory_and_its_links(put: Put, tmp_path: Path) -> None:
    link = tmp_path / "bin" / "etcd"
    place = tmp_path / "opt" / "3.6.6"
    args: dict[str, Any] = {
        "unpack": str(place),
        "strip": 1,
        "links": [{"path": str(link), "to": "etcd"}],
    }
    first = put(RELEASE, **args)
    assert first["changed"], first
    assert first["path"] == str(place)
    assert (place / "etcd").read_bytes() == b"the program"
    # Nobody else writes, and nothing runs as another user.
    assert (place / "etcd").stat().st_mode & 0o7777 == 0o755
    assert place.stat().st_mode & 0o777 == 0o755
    assert link.readlink() == place / "etcd"
    assert first["diff"]["after"].splitlines()[1] == f"{link} -> {place}/etcd"
    again = put(RELEASE, arrived=b"", **args)
    assert not again["changed"], again
    assert [p.name for p in place.parent.iterdir()] == ["3.6.6"]


def test_a_changed_file_is_unpacked_again_from_the_store(put: Put, tmp_path: Path) -> None:
    place = tmp_path / "opt"
    put(RELEASE, unpack=str(place), strip=1)
    (place / "etcd").write_bytes(b"changed")
    assert put(RELEASE, arrived=b"", unpack=str(place), strip=1)["changed"]
    assert (place / "etcd").read_bytes() == b"the program"


def test_another_archive_takes_the_place_as_a_whole(put: Put, tmp_path: Path) -> None:
    place = tmp_path / "opt"
    put(RELEASE, unpack=str(place), strip=1)
    put(archive(("x/other", b"new")), unpack=str(place), strip=1)
    assert sorted(p.name for p in place.iterdir()) == [".worldtree-artifact.json", "other"]
    assert not list(tmp_path.glob(".opt*"))


def test_what_a_killed_one_left_is_removed(put: Put, tmp_path: Path) -> None:
    place = tmp_path / "opt"
    left = tmp_path / ".opt.worldtree-abc"
    left.mkdir()
    (left / "half").write_text("half of a file")
    put(RELEASE, unpack=str(place))
    assert not left.exists()
    assert (place / "etcd-3" / "etcd").is_file()


def test_a_file_comes_to_its_place(put: Put, tmp_path: Path) -> None:
    dest, link = tmp_path / "bin" / "runc", tmp_path / "bin" / "r"
    made = put(b"program", dest=str(dest), mode="0750", links=[{"path": str(link)}])
    assert made["changed"], made
    assert dest.read_bytes() == b"program"
    assert dest.stat().st_mode & 0o777 == 0o750
    assert link.readlink() == dest
    again: dict[str, Any] = {"arrived": b"", "dest": str(dest)}
    assert not put(b"program", mode="0750", **again)["changed"]
    assert put(b"program", mode="0700", **again)["changed"]
    assert sorted(p.name for p in dest.parent.iterdir()) == ["r", "runc"]


def test_without_a_place_it_stays_in_the_store(put: Put) -> None:
    made = put(b"an image")
    assert Path(made["path"]).read_bytes() == b"an image"
    assert not put(b"an image", arrived=b"")["changed"]


def test_what_is_missing_is_said(put: Put, tmp_path: Path) -> None:
    answer = put(b"a file", arrived=b"", dest=str(tmp_path / "x"))
    assert answer["missing"]["have"] == 0
    part = Path(answer["missing"]["partial"])
    part.write_bytes(b"a f")
    assert put(b"a file", arrived=b"", dest=str(tmp_path / "x"))["missing"]["have"] == 3
    # Longer than the file: it was another one.
    part.write_bytes(b"a file and more")
    assert put(b"a file", arrived=b"", dest=str(tmp_path / "x"))["missing"]["have"] == 0


def test_wrong_bytes_are_not_used(put: Put, tmp_path: Path) -> None:
    answer = put(b"right", arrived=b"wrong", dest=str(tmp_path / "x"))
    assert answer["failed"]
    assert answer["wrong"]
    assert not (tmp_path / "x").exists()
    assert not list((tmp_path / "store" / "partial").iterdir())


def test_a_file_of_the_store_that_was_damaged_is_not_used(put: Put, tmp_path: Path) -> None:
    stored = Path(put(b"right")["path"])
    stored.chmod(0o600)
    stored.write_bytes(b"wrong")
    assert "missing" in put(b"right", arrived=b"", dest=str(tmp_path / "x"))
    put(b"right", dest=str(tmp_path / "x"))
    assert (tmp_path / "x").read_bytes() == b"right"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([("../x", b"")], "leads out of the directory"),
        ([("/etc/x", b"")], "is not a relative path"),
        ([("a", "/etc"), ("b", b"")], "the link `a` leads to /etc"),
        ([("d/a", "../../x")], "leads out of the directory"),
        ([("d/l", "../y"), ("y/f", b""), ("m", "d/l/../..")], "leads out of the directory"),
        ([("a", "b"), ("a/c", b"")], "is below a link or a file"),
        ([("a", ord(tarfile.CHRTYPE))], "is a device or a pipe"),
        ([("a", ord(tarfile.FIFOTYPE))], "is a device or a pipe"),
        ([("a", ord(tarfile.LNKTYPE))], "which is none"),
        ([], "it has no file"),
    ],
)
def test_archives_that_lead_elsewhere_are_refused(
    put: Put, tmp_path: Path, members: list[Member], words: str
) -> None:
    answer = put(archive(*members), unpack=str(tmp_path / "opt"))
    assert answer["failed"]
    assert words in answer["msg"]
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


@pytest.mark.parametrize(
    "content",
    [b"no archive", RELEASE[:60], RELEASE[:-30], b"\x28\xb5\x2f\xfd"],
    ids=["none", "beginning", "cut", "unknown"],
)
def test_damaged_archives_are_refused(put: Put, tmp_path: Path, content: bytes) -> None:
    answer = put(content, unpack=str(tmp_path / "opt"))
    assert answer["failed"]
    assert "is not unpacked" in answer["msg"]
    assert not (tmp_path / "opt").exists()


def test_zip_archives_are_unpacked(put: Put, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("d/", "")
        entry = zipfile.ZipInfo("d/run")
        entry.external_attr = 0o100755 << 16
        made.writestr(entry, "program")
    put(buffer.getvalue(), unpack=str(tmp_path / "opt"))
    assert (tmp_path / "opt" / "d" / "run").stat().st_mode & 0o777 == 0o755


def test_same_files_and_links_inside_stay(put: Put, tmp_path: Path) -> None:
    members: list[Member] = [
        ("etcd-3/etcd", b"program"),
        ("etcd-3/other", ord(tarfile.LNKTYPE)),
        ("etcd-3/sub/up", "../etcd"),
    ]
    put(archive(*members), unpack=str(tmp_path / "opt"), strip=1)
    assert (tmp_path / "opt" / "other").samefile(tmp_path / "opt" / "etcd")
    assert (tmp_path / "opt" / "sub" / "up").read_bytes() == b"program"


def test_what_others_made_is_not_replaced(put: Put, tmp_path: Path) -> None:
    place, link = tmp_path / "opt", tmp_path / "link"
    place.mkdir()
    (place / "mine").write_text("mine")
    answer = put(RELEASE, unpack=str(place))
    assert answer["failed"]
    assert "was not unpacked from an artifact" in answer["msg"]
    link.mkdir()
    links = [{"path": str(link), "to": "etcd"}]
    answer = put(RELEASE, unpack=str(tmp_path / "other"), links=links)
    assert "no link takes its place" in answer["msg"]
    assert not (tmp_path / "other").exists()


def test_a_link_to_nothing_is_refused(put: Put, tmp_path: Path) -> None:
    links = [{"path": str(tmp_path / "l"), "to": "none"}]
    answer = put(RELEASE, unpack=str(tmp_path / "opt"), links=links)
    assert "is not there" in answer["msg"]
    assert not (tmp_path / "l").is_symlink()


def test_check_mode_changes_nothing(put: Put, tmp_path: Path) -> None:
    links = [{"path": str(tmp_path / "l"), "to": "etcd"}]
    args: dict[str, Any] = {"unpack": str(tmp_path / "opt"), "links": links}
    answer = put(RELEASE, arrived=b"", _ansible_check_mode=True, **args)
    assert answer["changed"]
    assert "missing" not in answer
    assert str(tmp_path / "l") in answer["diff"]["after"]
    assert not list(tmp_path.iterdir())


def test_the_machine_decides_on_the_file(run: Run, tmp_path: Path) -> None:
    answer = run(
        "artifact",
        name="x",
        version="1",
        offer={"s390x": {"sha256": "0" * 64}},
        store=str(tmp_path),
    )
    if platform.machine() != "s390x":
        assert "has no file for this host" in answer["msg"]


def test_undo_is_the_former_link(put: Put, run: Run, tmp_path: Path) -> None:
    link = tmp_path / "bin" / "etcd"
    for version in ("1", "2"):
        if version == "2":
            run("snapshot", files=[str(link)])
        put(
            archive((f"v{version}/etcd", version.encode())),
            unpack=str(tmp_path / version),
            strip=1,
            links=[{"path": str(link), "to": "etcd"}],
        )
    assert link.read_text() == "2"
    run("restore")
    assert link.read_text() == "1"
    assert link.readlink() == tmp_path / "1" / "etcd"


def test_a_disk_without_space_is_told_before_anything_is_sent(run: Run, tmp_path: Path) -> None:
    answer = run(
        "artifact",
        name="etcd",
        version="1",
        store=str(tmp_path / "store"),
        offer={"any": {"sha256": "0" * 64, "size": 1 << 60}},
    )
    assert answer["failed"]
    assert f"the disk of {tmp_path}/store is full: etcd 1 needs {1 << 60} bytes" in answer["msg"]


def test_a_disk_that_becomes_full_leaves_nothing(
    put: Put, tmp_path: Path, plugins: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(plugins("module_utils.artifact_archive").shutil, "copyfileobj", full)
    answer = put(RELEASE, unpack=str(tmp_path / "opt"))
    assert "the disk of" in answer["msg"]
    assert "is full" in answer["msg"]
    assert [one.name for one in tmp_path.iterdir()] == ["store"]
