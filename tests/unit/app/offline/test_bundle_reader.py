"""Offline bundles that are cut, damaged or hostile are refused, and nothing of them is used."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from worldtree.app.offline.bundle_contents import BundleContents, BundledArtifact, BundledFile
from worldtree.app.offline.bundle_loader import load_bundle
from worldtree.app.offline.bundle_reader import BadBundleError, read_bundle
from worldtree.app.offline.bundle_writer import write_bundle
from worldtree.artifacts.cache import ArtifactCache
from worldtree.core.errors import WorldTreeError
from worldtree.core.format_versions import UnreadableFormatError
from worldtree.plan.artifact import ArtifactKind

BODY = bytes(range(256)) * 5000
LONG = "document/" + "/".join(["directory"] * 20) + "/file"
FILES = {"document/cluster.yaml": b"kind: Cluster\n", LONG: b"long"}


def sha256(content: bytes) -> str:
    """Return the sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


def contents(**more: object) -> BundleContents:
    """The list of a bundle with one artifact."""
    artifact = BundledArtifact(
        kind=ArtifactKind.BINARY,
        name="shop",
        version="1",
        platform="linux",
        architecture="amd64",
        sha256=sha256(BODY),
        size=len(BODY),
    )
    files = {name: BundledFile(sha256=sha256(one), size=len(one)) for name, one in FILES.items()}
    data = {"cluster": "shop", "document": "document/cluster.yaml", "files": files}
    return BundleContents.model_validate({**data, "artifacts": (artifact,), **more})


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle that is right."""
    (tmp_path / "artifact").write_bytes(BODY)
    file = tmp_path / "shop.tar"
    write_bundle(file, contents(), FILES, lambda _: tmp_path / "artifact", 0, lambda _: None)
    return file


def rewritten(bundle: Path, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]) -> Path:
    """Write the members of a bundle again, changed, as another program does."""
    with tarfile.open(bundle) as tar:
        members = []
        for one in tar:
            stream = tar.extractfile(one)
            members.append((one, b"" if stream is None else stream.read()))
    change(members)
    target = bundle.with_name("changed.tar")
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for member, content in members:
            tar.addfile(member, io.BytesIO(content))
    # `tarfile` fills the last record.
    whole = target.read_bytes().rstrip(b"\0")
    target.write_bytes(whole + bytes(-len(whole) % 512) + bytes(1024))
    return target


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    """Return a member."""
    made = tarfile.TarInfo(name)
    made.size = len(content)
    for key, value in fields.items():
        setattr(made, key, value)
    return made, content


def test_what_is_right_is_read(bundle: Path) -> None:
    """Every byte is counted; other programs read it, too."""
    found = read_bundle(bundle)
    assert found.contents == contents()
    assert (found.sha256, found.size) == (sha256(bundle.read_bytes()), bundle.stat().st_size)
    with tarfile.open(bundle) as tar:
        names = tar.getnames()
    assert LONG in names
    assert names[0] == "bundle.json"


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (member("../../etc/passwd", b"x"), "leads out of the bundle"),
        (member("/etc/passwd", b"x"), "leads out of the bundle"),
        (member("document/./cluster.yaml", b"x"), "is not plain"),
        (member("document/new", b"x"), "is not in its list"),
        (member("document/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "regular file"),
        (member("document/link", type=tarfile.LNKTYPE, linkname="bundle.json"), "regular file"),
        (member("document/device", type=tarfile.CHRTYPE), "regular file"),
        (member("document", type=tarfile.DIRTYPE), "regular file"),
        (member("document/cluster.yaml", FILES["document/cluster.yaml"]), "is in it twice"),
        (member("x", b"x", type=tarfile.XHDTYPE), "regular file"),
    ],
)
def test_hostile_members_are_refused(
    bundle: Path, added: tuple[tarfile.TarInfo, bytes], reason: str, tmp_path: Path
) -> None:
    """Nothing is written outside of the state, and none of the bundle's document is used."""
    changed = rewritten(bundle, lambda members: members.append(added))
    home = tmp_path / "home"
    with pytest.raises(BadBundleError, match=reason):
        load_bundle(changed, home, ArtifactCache(home / "artifacts"), lambda _: None)
    assert list((home / "offline").iterdir()) == []


def test_a_huge_member_is_refused_before_it_is_read(bundle: Path) -> None:
    """Its header says a size that the list does not; so does a name that is no name."""
    with bundle.open("rb") as stream:
        first = stream.read(512)
    size = tarfile.TarInfo.frombuf(first, "utf-8", "strict").size
    second = 512 + size + -size % 512
    content = bytearray(bundle.read_bytes())
    for kind, length in ((tarfile.REGTYPE, 1 << 50), (tarfile.GNUTYPE_LONGNAME, 1 << 40)):
        made = tarfile.TarInfo("document/cluster.yaml")
        made.size, made.type = length, kind
        content[second : second + 512] = made.tobuf(tarfile.GNU_FORMAT)
        bundle.write_bytes(content)
        with pytest.raises(BadBundleError, match=f"has {1 << 50} bytes|name is too long"):
            read_bundle(bundle)


@pytest.mark.parametrize("left", [0, 100, 512, 3000, 0.5, 0.9, -512, -1])
def test_a_cut_bundle_is_refused(bundle: Path, left: float) -> None:
    """Wherever it was cut, its end too."""
    content = bundle.read_bytes()
    size = int(len(content) * left) if isinstance(left, float) else left
    bundle.write_bytes(content[:size])
    with pytest.raises(BadBundleError, match=r"too early|in the middle|not a tar file|missing"):
        read_bundle(bundle)


def test_each_damaged_byte_shows(bundle: Path, tmp_path: Path) -> None:
    """Of a header, of the list, of a file and of what follows the end."""
    content = bundle.read_bytes()
    step = len(content) // 60
    for at in [*range(0, len(content), step), len(content) - 1]:
        changed = bytearray(content)
        changed[at] ^= 0x41
        bundle.write_bytes(changed)
        with pytest.raises((BadBundleError, UnreadableFormatError)):
            read_bundle(bundle)
    bundle.write_bytes(content + b"x")
    with pytest.raises(BadBundleError, match="something follows"):
        read_bundle(bundle)
    with pytest.raises(BadBundleError, match="No such file"):
        read_bundle(tmp_path / "none.tar")
    with pytest.raises(BadBundleError, match="not a file"):
        read_bundle(tmp_path)


def test_a_list_of_nonsense_is_refused(bundle: Path) -> None:
    """Or of a newer program."""

    def changed(text: bytes) -> Callable[[list[tuple[tarfile.TarInfo, bytes]]], None]:
        def change(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
            members[0] = member("bundle.json", text)

        return change

    newer = json.dumps({"version": 99}).encode()
    for text in (b"[]", b"{", b"{}", b"[" * 100_000, newer):
        with pytest.raises(UnreadableFormatError):
            read_bundle(rewritten(bundle, changed(text)))
    with pytest.raises(BadBundleError, match="first file"):
        read_bundle(rewritten(bundle, lambda members: members.reverse()))


def test_wrong_bytes_never_reach_the_cache(bundle: Path, tmp_path: Path) -> None:
    """What was right before them does; the document does not."""
    changed = bytearray(bundle.read_bytes())
    changed[-3000] ^= 1
    bundle.write_bytes(changed)
    home = tmp_path / "home"
    cache = ArtifactCache(home / "artifacts")
    with pytest.raises(BadBundleError, match="has the sha256"):
        load_bundle(bundle, home, cache, lambda _: None)
    assert cache.entries() == []
    assert list((cache.directory / "partial").iterdir()) == []
    assert list((home / "offline").iterdir()) == []


def test_a_bundle_is_written_as_a_whole_or_not_at_all(bundle: Path, tmp_path: Path) -> None:
    """An error in the middle leaves the former one, and nothing else."""
    before = bundle.read_bytes()
    (tmp_path / "artifact").write_bytes(BODY[:-1] + b"x")
    with pytest.raises(WorldTreeError, match="is damaged"):
        write_bundle(bundle, contents(), FILES, lambda _: tmp_path / "artifact", 0, lambda _: None)

    def interrupt(_written: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_bundle(bundle, contents(), FILES, lambda _: tmp_path / "artifact", 0, interrupt)
    assert bundle.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["artifact", "shop.tar"]
