"""``wt bundle``: a bundle is made, verified, loaded, and has what is new only."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from oci_registry import oci_registry
from s3_server import ACCESS_KEY, SECRET_KEY, s3_server
from unit.artifacts.artifacts_of_tests import Fetching, artifact
from unit.artifacts.keys_of_tests import SigningKey
from unit.cli.conftest import Wt, write_document
from worldtree.core.errors import ExitCode

SPEC: dict[str, Any] = {
    "hosts": [
        {"name": "web1", "address": "10.0.0.1", "labels": {"architecture": "arm64"}},
        {"name": "web2", "address": "10.0.0.2"},
    ],
    "artifacts": [
        {
            "name": "shop",
            "version": "1.2",
            "architectures": ["amd64", "arm64"],
            "sources": ["./shop-{version}-{architecture}"],
        },
    ],
}


@pytest.fixture
def document(wt: Wt, tmp_path: Path) -> Path:
    """A document whose artifacts are locked."""
    (tmp_path / "shop-1.2-amd64").write_bytes(b"for amd64")
    (tmp_path / "shop-1.2-arm64").write_bytes(b"for arm64")
    write_document(tmp_path / "cluster.yaml", SPEC)
    assert wt("artifacts", "lock").code == ExitCode.OK
    return tmp_path / "cluster.yaml"


def test_a_bundle_is_complete_and_reproducible(
    wt: Wt, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made twice, checked by us and by others, and loaded where nothing else is."""
    made = wt("bundle", "create", "-o", "shop.tar")
    assert (made.code, made.out.splitlines()[0][:23]) == (ExitCode.OK, "shop.tar: 2 artifacts, ")
    assert wt("bundle", "create", "-o", "again.tar").code == ExitCode.OK
    assert (tmp_path / "shop.tar").read_bytes() == (tmp_path / "again.tar").read_bytes()
    (tmp_path / "x").mkdir()
    with tarfile.open("shop.tar") as tar:
        assert {(one.mtime, one.uid, one.mode) for one in tar} == {(0, 0, 0o644)}
        tar.extractall(tmp_path / "x", filter="data")
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path / "x", check=True)
    sbom = json.loads((tmp_path / "x" / "sbom.spdx.json").read_text())
    assert (sbom["spdxVersion"], len(sbom["packages"])) == ("SPDX-2.3", 2)
    with tarfile.open(tmp_path / "x" / "compiled" / "create-cluster.tar") as tar:
        assert "site.yml" in tar.getnames()
    verified = wt("bundle", "verify", "shop.tar", "-o", "json").json
    assert [one["architecture"] for one in verified["artifacts"]] == ["amd64", "arm64"]
    # The sources are gone, and the cache is another one.
    (tmp_path / "shop-1.2-amd64").unlink()
    monkeypatch.setenv("WORLDTREE_HOME", str(tmp_path / "elsewhere"))
    assert wt("bundle", "load", "shop.tar").out.startswith("2 artifacts added")
    assert wt("bundle", "load", "shop.tar").out.startswith("0 artifacts added")
    loaded = next((tmp_path / "elsewhere" / "offline").iterdir()) / "document" / "cluster.yaml"
    assert loaded.read_bytes() == document.read_bytes()
    assert wt("artifacts", "verify", "-f", str(loaded)).out == "2 artifacts verified\n"
    # The lock file that came along keeps them.
    assert wt("artifacts", "prune", "--max-size", "0", "-o", "json").json["removed"] == []


def test_a_second_bundle_holds_what_is_new(
    wt: Wt, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It needs the first one to be complete, and to be loaded."""
    assert wt("bundle", "create", "-o", "first.tar").code == ExitCode.OK
    (tmp_path / "motd").write_bytes(b"hello")
    motd = {"name": "motd", "version": "1", "kind": "manifest", "sources": ["./motd"]}
    write_document(document, {**SPEC, "artifacts": [*SPEC["artifacts"], motd]})
    assert wt("artifacts", "lock").code == ExitCode.OK
    made = wt("bundle", "create", "-o", "second.tar", "--base", "first.tar")
    assert "1 artifact (2 more are in the base)" in made.out
    with tarfile.open("second.tar") as tar:
        assert sum(name.startswith("artifacts/") for name in tar.getnames()) == 1
    alone = wt("bundle", "verify", "second.tar")
    assert (alone.code, "with `--base`" in alone.err) == (ExitCode.INPUT, True)
    assert wt("bundle", "verify", "second.tar", "--base", "first.tar").code == ExitCode.OK
    other = wt("bundle", "verify", "second.tar", "--base", "second.tar")
    assert (other.code, "is not the bundle that" in other.err) == (ExitCode.INPUT, True)
    monkeypatch.setenv("WORLDTREE_HOME", str(tmp_path / "elsewhere"))
    refused = wt("bundle", "load", "second.tar")
    assert (refused.code, "wt bundle load" in refused.err) == (ExitCode.REFUSED, True)
    assert wt("bundle", "load", "first.tar").code == ExitCode.OK
    assert wt("bundle", "load", "second.tar").out.startswith("1 artifact added")


def test_a_bundle_is_signed(wt: Wt, document: Path, tmp_path: Path) -> None:
    """By a key of the owner; another key, a changed bundle and a missing signature show."""
    del document
    mine, _other = SigningKey(tmp_path, "mine"), SigningKey(tmp_path, "other")
    made = wt("bundle", "create", "-o", "shop.tar", "--key", "mine.key")
    assert made.code == ExitCode.OK
    verified = wt("bundle", "verify", "shop.tar", "--public-key", "mine.pub")
    assert (verified.code, "signed by the key" in verified.out) == (ExitCode.OK, True)
    refused = wt("bundle", "verify", "shop.tar", "--public-key", "other.pub")
    assert (refused.code, "is not a signature of it" in refused.err) == (ExitCode.FAILED, True)
    # One of another program is as good.
    (tmp_path / "shop.tar.sig").write_bytes(mine.signature((tmp_path / "shop.tar").read_bytes()))
    assert wt("bundle", "verify", "shop.tar", "--public-key", "mine.pub").code == ExitCode.OK
    (tmp_path / "shop.tar.sig").unlink()
    assert wt("bundle", "verify", "shop.tar", "--public-key", "mine.pub").code == ExitCode.FAILED
    bad = wt("bundle", "create", "-o", "shop.tar", "--key", "mine.pub")
    assert (bad.code, "not a private key" in bad.err) == (ExitCode.INPUT, True)


def test_what_cannot_be_bundled_is_refused(
    wt: Wt, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason, and without a file."""
    assert wt("bundle", "create", "-o", "no/shop.tar").code == ExitCode.FAILED
    assert wt("bundle", "create", "-o", "shop.tar", "-e", "a=1").code == ExitCode.INPUT
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert "SOURCE_DATE_EPOCH" in wt("bundle", "create", "-o", "shop.tar").err
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    (tmp_path / "artifacts.lock").unlink()
    assert wt("bundle", "create", "-o", "shop.tar").code == ExitCode.REFUSED
    both = wt("apply", "--offline", "shop.tar", "--dir", "build/shop")
    assert (both.code, "--dir" in both.err) == (ExitCode.INPUT, True)
    assert wt("apply", "--offline", "shop.tar", "--yes").code == ExitCode.INPUT
    assert sorted(one.name for one in tmp_path.glob("*shop.tar*")) == []
    del document


def test_a_bundle_is_pushed(
    wt: Wt, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To a store in parts, and to a registry; what comes back has the same bytes."""
    del document
    monkeypatch.setattr("worldtree.artifacts.uploads._PART_BYTES", 6 << 20)
    monkeypatch.setenv("ACCESS", ACCESS_KEY)
    monkeypatch.setenv("SECRET", SECRET_KEY)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "large").write_bytes(bytes(7 << 20))
    assert wt("bundle", "create", "-o", "shop.tar").code == ExitCode.OK
    content = (tmp_path / "shop.tar").read_bytes()
    assert len(content) > 6 << 20
    (tmp_path / "shop.tar.sig").write_bytes(b"c2lnbmF0dXJl\n")
    keys = ("--access-key", "${env:ACCESS}", "--secret-key", "${env:SECRET}")
    with s3_server(tmp_path / "buckets") as store:
        (tmp_path / "buckets" / "shop").mkdir()
        place = ("bundle", "push", "shop.tar", "s3://shop/a/shop.tar", "--endpoint", store.url)
        pushed = wt(*place, *keys)
        assert pushed.code == ExitCode.OK, pushed.err
        assert (tmp_path / "buckets/shop/a/shop.tar").read_bytes() == content
        assert (tmp_path / "buckets/shop/a/shop.tar.sig").read_bytes() == b"c2lnbmF0dXJl\n"
        refused = wt(*place, *keys[:3], "${env:ACCESS}")
        assert (refused.code, "SignatureDoesNotMatch" in refused.err) == (ExitCode.FAILED, True)
        clear = wt(*place, *keys[:3], SECRET_KEY)
        assert (clear.code, SECRET_KEY in clear.err) == (ExitCode.INPUT, False)
    with oci_registry(tmp_path / "registry") as registry:
        location = registry.location("bundles/shop:1")
        for _ in range(2):
            pushed = wt("bundle", "push", "shop.tar", location, "--plain-http")
            assert pushed.code == ExitCode.OK, pushed.err
        source = {"location": location, "plain_http": True}
        assert Fetching(tmp_path / "cache").fetch(artifact(source)) == content
    assert wt("bundle", "push", "shop.tar", "https://x/y").code == ExitCode.INPUT
    assert wt("bundle", "push", "shop.tar", "oci://x/y").code == ExitCode.INPUT
