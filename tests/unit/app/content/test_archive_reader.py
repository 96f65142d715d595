"""Archives of strangers: what they may have, and what each attack gets for an answer."""

from __future__ import annotations

import errno
import gzip
import io
import os
import re
import stat
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from worldtree.app.content import archive_problems, archive_writer
from worldtree.app.content.archive_content import plain_content
from worldtree.app.content.archive_limits import ArchiveLimits
from worldtree.app.content.archive_reader import unpack_archive
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.private_directories import StoreError

SMALL = ArchiveLimits(
    sent_bytes=100_000, total_bytes=3_000_000, file_bytes=2_000_000, entries=20, ratio=10
)


def _tar(*entries: tarfile.TarInfo | tuple[str, bytes], compressed: bool = True) -> IO[bytes]:
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w:gz" if compressed else "w") as archive:
        for one in entries:
            if isinstance(one, tarfile.TarInfo):
                archive.addfile(one, io.BytesIO(b"x" * one.size))
            else:
                entry = tarfile.TarInfo(one[0])
                entry.size = len(one[1])
                archive.addfile(entry, io.BytesIO(one[1]))
    return found


def _entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **more: int) -> IO[bytes]:
    return _tar(_info(name, kind, link, **more))


def _info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", **more: int) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, link
    for key, value in more.items():
        setattr(found, key, value)
    return found


def _with_headers(name: str, **headers: str) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.pax_headers = headers
    return found


def _gnu_tar(*entries: tarfile.TarInfo) -> IO[bytes]:
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w:gz", format=tarfile.GNU_FORMAT) as archive:
        for one in entries:
            archive.addfile(one)
    return found


def _tar_with_shared_headers(count: int) -> IO[bytes]:
    """A tar with headers for all of its entries, as git makes one with the commit."""
    found, headers = io.BytesIO(), {f"a{number}": "b" for number in range(count)}
    with tarfile.open(fileobj=found, mode="w", pax_headers=headers) as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return found


def _zip(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> IO[bytes]:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return found


def _zip_entry(name: str, mode: int, content: bytes = b"") -> IO[bytes]:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return _zip((entry, content))


def _encrypted() -> IO[bytes]:
    found = _zip(("a", b"x"))
    data = bytearray(found.getvalue())  # type: ignore[attr-defined]  # It is a BytesIO.
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return io.BytesIO(bytes(data))


def _sparse() -> IO[bytes]:
    found = _info("a", tarfile.GNUTYPE_SPARSE)
    return _tar(found)


def _escape_by_two_links() -> IO[bytes]:
    """`deep/up` leads to the top; `deep/out` goes up once more from there."""
    return _tar(
        _info("deep", tarfile.DIRTYPE),
        _info("deep/up", tarfile.SYMTYPE, ".."),
        _info("deep/out", tarfile.SYMTYPE, "up/.."),
    )


#: Name -> an archive, and a part of the answer.
REFUSED: dict[str, tuple[Callable[[], IO[bytes]], str]] = {
    "absolute": (lambda: _entry("/etc/x"), "`/etc/x` has an absolute path"),
    "absolute zip": (lambda: _zip(("/etc/x", b"")), "absolute path"),
    "parent": (lambda: _entry("roles/../../x"), "`roles/../../x` has `..`"),
    "parent zip": (lambda: _zip(("../x", b"")), "has `..`"),
    "backslash": (lambda: _zip(("a\\..\\x", b"")), "backslash"),
    "control": (lambda: _entry("a\nb"), "`a?b` has a name with control characters"),
    "bytes": (lambda: _entry("a\udcff"), "control characters"),
    "long": (lambda: _entry("a" * 501), "path that is too long"),
    "long part": (lambda: _entry("a/" + "b" * 256), "path that is too long"),
    "long with headers": (lambda: _entry("a/" * 20_000), "path that is too long"),
    "long link": (lambda: _entry("a", tarfile.SYMTYPE, "a/" * 20_000), "not a relative path"),
    "deep": (lambda: _entry("/".join("a" * 31)), "path that is too long"),
    "link out": (lambda: _entry("a", tarfile.SYMTYPE, "../x"), "a link that leads out"),
    "absolute link": (lambda: _entry("a", tarfile.SYMTYPE, "/etc"), "not a relative path"),
    "links in a circle": (
        lambda: _tar(_info("a", tarfile.SYMTYPE, "b"), _info("b", tarfile.SYMTYPE, "a")),
        "through too many links",
    ),
    "two links": (_escape_by_two_links, "`deep/out` is a link that leads out"),
    "link zip": (lambda: _zip_entry("a", stat.S_IFLNK | 0o777, b"../x"), "leads out"),
    "through a link": (
        lambda: _tar(_info("d", tarfile.SYMTYPE, "."), ("d/x", b"")),
        "`d/x` lies below a file or a link",
    ),
    "below a file": (lambda: _tar(("d", b""), ("d/x", b"")), "lies below a file"),
    "hard link": (lambda: _entry("a", tarfile.LNKTYPE, "b"), "`a` is a hard link"),
    "device": (lambda: _entry("a", tarfile.CHRTYPE), "is a device"),
    "block device": (lambda: _entry("a", tarfile.BLKTYPE), "is a device"),
    "pipe": (lambda: _entry("a", tarfile.FIFOTYPE), "is a device, a pipe"),
    "device zip": (lambda: _zip_entry("a", stat.S_IFCHR), "is a device"),
    "sparse": (_sparse, "special file"),
    "twice": (lambda: _tar(("a", b"1"), ("./a", b"2")), "`./a` is in the archive twice"),
    "file and link": (
        lambda: _tar(_info("a", tarfile.SYMTYPE, "b"), ("a", b"x")),
        "is in the archive twice",
    ),
    "setuid": (lambda: _entry("a", mode=0o4755), "`a` has a setuid"),
    "setgid zip": (lambda: _zip_entry("a", stat.S_IFREG | 0o2755), "has a setuid, setgid"),
    "encrypted": (_encrypted, "is encrypted"),
    "no archive": (lambda: io.BytesIO(b"neither of them" * 100), "cannot be read"),
    "empty": (lambda: io.BytesIO(b""), "cannot be read"),
    "half a gzip": (lambda: io.BytesIO(gzip.compress(os.urandom(5000))[:-900]), "cannot be read"),
    "half a zip": (lambda: io.BytesIO(b"PK\x03\x04" + b"x" * 50), "cannot be read"),
}
TOO_LARGE: dict[str, tuple[Callable[[], IO[bytes]], str]] = {
    "sent": (lambda: io.BytesIO(b"x" * 100_001), "has 100001 bytes"),
    "entries": (lambda: _tar(*((str(n), b"") for n in range(21))), "more than 20 entries"),
    "paths": (
        lambda: _tar(*((f"{n}/b/c/d/e/f", b"") for n in range(4))),
        "more than 20 entries, with the directories",
    ),
    "file": (lambda: _tar(("a", bytes(2_000_001))), "unpacks to more"),
    "file zip": (lambda: _zip(("a", b"ab" * 1_000_001)), "than 10 times its size"),
    "ratio": (lambda: _zip(*((str(n), bytes(600_000)) for n in range(2))), "10 times its size"),
    "headers": (lambda: _tar(_with_headers("a", comment="x" * 100_000)), "too many attributes"),
    "long name": (lambda: _entry("a/" * 50_000), "too long a name"),
    "long gnu name": (lambda: _gnu_tar(_info("a/" * 50_000)), "too long a name"),
    "long gnu link": (
        lambda: _gnu_tar(_info("a", tarfile.SYMTYPE, "a/" * 50_000)),
        "too long a name",
    ),
    "all headers": (
        lambda: _tar(*(_with_headers(str(n), comment="x" * 60_000) for n in range(3))),
        "too many attributes of its entries",
    ),
    "shared headers": (lambda: _tar_with_shared_headers(101), "too many attributes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_plain_file_is_refused(name: str, tmp_path: Path) -> None:
    """The answer names the entry and the rule, and nothing is written beside the directory."""
    make, words = REFUSED[name]
    place = tmp_path / "in"
    place.mkdir()
    with pytest.raises(RefusedError, match=r"^the archive ") as caught:
        unpack_archive(make(), place, SMALL)
    assert caught.value.code == "archive-invalid"
    assert words in caught.value.message
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("name", TOO_LARGE)
def test_limits_stop_archives_that_grow(name: str, tmp_path: Path) -> None:
    """No more is unpacked than the limits say, headers among it."""
    make, words = TOO_LARGE[name]
    with pytest.raises(RefusedError) as caught:
        unpack_archive(make(), tmp_path, SMALL)
    assert caught.value.code == "archive-too-large"
    assert words in caught.value.message
    assert sum(one.stat().st_size for one in tmp_path.rglob("*")) < 4_000_000


def test_one_large_file_is_refused(tmp_path: Path) -> None:
    """A file has a limit of its own, also where all together may be larger."""
    limits = ArchiveLimits(file_bytes=1000)
    with pytest.raises(RefusedError, match="the file `a` of over 1000 bytes"):
        unpack_archive(_tar(("a", os.urandom(1001))), tmp_path, limits)


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_plain_files_and_inner_links_are_unpacked(kind: str, tmp_path: Path) -> None:
    """All kinds give the same; of the modes only whether a file is a program remains."""
    if kind == "zip":
        program = zipfile.ZipInfo("roles/web/files/run")
        program.external_attr = (stat.S_IFREG | 0o700) << 16
        link = zipfile.ZipInfo("roles/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        sent = _zip(("roles/web/tasks/main.yml", b"[]"), (program, b"#!"), (link, b"web"))
    else:
        sent = _tar(
            _info(".", tarfile.DIRTYPE),
            ("./roles/web/tasks/main.yml", b"[]"),
            _info("roles/web/files", tarfile.DIRTYPE, mode=0o2770),
            _info("roles/web/files/run", mode=0o700, size=2),
            _info("roles/link", tarfile.SYMTYPE, "web"),
            compressed=kind == "tar.gz",
        )
    unpack_archive(sent, tmp_path)
    assert (tmp_path / "roles/link/tasks/main.yml").read_bytes() == b"[]"
    run = tmp_path / "roles/web/files/run"
    assert stat.S_IMODE(run.stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "roles/web/tasks/main.yml").stat().st_mode) == 0o644
    assert (tmp_path / "roles/link").is_symlink()


def test_headers_for_all_entries_are_accepted(tmp_path: Path) -> None:
    """`git archive` writes one."""
    unpack_archive(_tar_with_shared_headers(1), tmp_path)
    assert (tmp_path / "a").is_file()


def test_a_long_name_is_cut_before_it_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each character of a name costs time: no check gets more of them than a path may have."""
    seen: list[int] = []
    plain = archive_problems.is_text

    def is_text(text: str) -> bool:
        seen.append(len(text))
        return plain(text)

    for module in (archive_problems, archive_writer):
        monkeypatch.setattr(module, "is_text", is_text)
    for sent in (_entry("a" * 60_000), _entry("a", tarfile.SYMTYPE, "b" * 60_000)):
        with pytest.raises(RefusedError, match=r"^the archive is refused: `a"):
            unpack_archive(sent, tmp_path, SMALL)
    assert max(seen) <= 500
    assert len(seen) < 300


def test_directories_of_paths_count_once(tmp_path: Path) -> None:
    """Whether an archive has them as entries or not, and in which order, is the same."""
    directories = [_info(name, tarfile.DIRTYPE) for name in ("a/b", "a", "./a/b")]
    limits = ArchiveLimits(entries=5)
    unpack_archive(_tar(("a/b/c", b""), *directories[:2], ("a/b/d", b"")), tmp_path, limits)
    with pytest.raises(RefusedError, match="more than 5 entries"):
        unpack_archive(_tar(*directories * 2), tmp_path / "other", limits)


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (errno.ENOSPC, "disk-full", "cannot be written by the service: No space left"),
        (errno.EDQUOT, "disk-full", "cannot be written by the service"),
        (errno.EACCES, "store-unavailable", "cannot be written by the service: Permission denied"),
        (errno.EMFILE, "store-unavailable", "cannot be written by the service: Too many open"),
        (errno.ENAMETOOLONG, "archive-invalid", "`b` has a path that is too long"),
    ],
)
@pytest.mark.parametrize("call", ["mkdir", "open"])
def test_what_the_machine_cannot_write_is_not_the_fault_of_the_archive(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    code: str,
    words: str,
    call: str,
) -> None:
    """Its sender cannot fix it: the answer says what the operator has to look for."""

    def fail(path: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(path / "b"))

    monkeypatch.setattr(Path, call, fail)
    with pytest.raises(WorldTreeError, match=re.escape(words)) as caught:
        unpack_archive(_tar(("a/b", b"x")), tmp_path)
    assert caught.value.code == code


def test_scratch_that_cannot_be_written_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where not even the directory for the archive can be made."""

    def fail(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", fail)
    with pytest.raises(StoreError, match="Permission denied") as caught:
        plain_content(_tar(("a", b"x")), tmp_path)
    assert caught.value.code == "store-unavailable"


def test_a_zip_that_names_a_place_before_its_start_is_broken(tmp_path: Path) -> None:
    """In a file of the system this is an error of the system, like a full disk."""
    sent = _zip(("a", b"x"))
    data = bytearray(sent.getvalue())  # type: ignore[attr-defined]  # It is a BytesIO.
    end = data.index(b"PK\x05\x06")
    data[end + 16 : end + 20] = struct.pack("<L", 10_000)
    (tmp_path / "sent").write_bytes(data)
    with (
        (tmp_path / "sent").open("rb") as file,
        pytest.raises(RefusedError, match="cannot be read"),
    ):
        unpack_archive(file, tmp_path)


def test_a_long_chain_of_links_is_refused(tmp_path: Path) -> None:
    """Each of thousands would be followed to its end."""
    links = _tar(*(_info(f"l{n}", tarfile.SYMTYPE, f"l{n + 1}") for n in range(60)))
    with pytest.raises(RefusedError, match="`l0` is a link that leads on"):
        unpack_archive(links, tmp_path, ArchiveLimits())
