"""Artifacts of a document reach hosts by `wt apply`: fetched, sent once, linked, and undone."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

from acceptance.workspace import Workspace
from unit.artifacts.fault_server import file_server
from worldtree.core.errors import ExitCode


def release(version: str) -> bytes:
    """Return a tar.gz with one program."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as made:
        entry, content = tarfile.TarInfo(f"shop-{version}/bin/shop"), version.encode()
        entry.size, entry.mode = len(content), 0o755
        made.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def spec(url: str, place: Path, version: str) -> dict[str, Any]:
    """Return a document that installs a version of the shop on this machine."""
    step = {
        "name": "shop",
        "version": version,
        "unpack": f"{place}/opt/{version}",
        "strip": 1,
        "links": [{"path": f"{place}/shop", "to": "bin/shop"}],
    }
    return {
        "hosts": [{"name": "h1", "connection": "local"}],
        "stateDir": str(place / "before"),
        "facts": {"gather": "never"},
        "artifacts": [
            {"name": "shop", "version": version, "sources": [f"{url}/shop-{{version}}.tgz"]}
        ],
        "modules": [{"name": "m", "tasks": [{"name": "t", "steps": [{"artifact": step}]}]}],
    }


def test_from_the_lock_file_to_the_host_and_back(tmp_path: Path) -> None:
    place, host = Workspace(tmp_path), tmp_path / "host"
    with file_server() as served:
        for version in ("1", "2"):
            served.add(f"/shop-{version}.tgz", release(version))
        place.write(spec(served.url, host, "1"))
        refused = place.wt("apply", "-y")
        assert refused.code == ExitCode.REFUSED, refused.err
        assert "wt artifacts lock" in refused.err
        assert served.requests == []

        place.wt("artifacts", "lock")
        # Another machine has the lock file only.
        for file in (place.path / "state" / "artifacts" / "sha256").rglob("??/*"):
            file.unlink()
        first = place.wt("apply", "-y", "-o", "json")
        assert first.code == ExitCode.OK, first.err
        assert "fetched shop 1 (linux/any)" in first.err
        assert (host / "shop").read_text() == "1"

        asked = len(served.requests)
        again = place.wt("apply", "-y", "-o", "json")
        assert again.changed == []

        place.write(spec(served.url, host, "2"))
        place.wt("artifacts", "lock")
        second = place.wt("apply", "-y", "-o", "json")
        assert second.code == ExitCode.OK, second.err
        assert (host / "shop").read_text() == "2"
        assert [path for path, _ in served.requests[asked:]] == ["/shop-2.tgz"]
    undone = place.wt("rollback", "-y")
    assert undone.code == ExitCode.OK, undone.err
    assert (host / "shop").read_text() == "1"


def test_what_no_source_gives_contacts_no_host(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    with file_server() as served:
        served.add("/shop-1.tgz", release("1"))
        place.write(spec(served.url, tmp_path / "host", "1"))
        place.wt("artifacts", "lock")
        del served.files["/shop-1.tgz"]
        for file in (place.path / "state" / "artifacts" / "sha256").rglob("??/*"):
            file.unlink()
        failed = place.wt("apply", "-y")
    assert failed.code == ExitCode.FAILED, failed.err
    assert "cannot fetch shop 1 (linux/any)" in failed.err
    assert "no host was contacted" in failed.err
    assert "wt artifacts fetch" in failed.err
    assert not (tmp_path / "host").exists()


def test_a_bundle_is_applied_without_a_network(tmp_path: Path) -> None:
    """The site has the bundle only: no source is contacted, also where one would answer."""
    (tmp_path / "office").mkdir()
    (tmp_path / "site").mkdir()
    office, site, host = (
        Workspace(tmp_path / "office"),
        Workspace(tmp_path / "site"),
        tmp_path / "h",
    )
    with file_server() as served:
        for version in ("1", "2"):
            served.add(f"/shop-{version}.tgz", release(version))
        office.write(spec(served.url, host, "1"))
        office.wt("artifacts", "lock")
        made = office.wt("bundle", "create", "-o", str(tmp_path / "shop.tar"))
        assert made.code == ExitCode.OK, made.err
        served.requests.clear()
        offline = ("apply", "-y", "--offline", str(tmp_path / "shop.tar"))
        applied = site.wt(*offline, "-o", "json")
        assert applied.code == ExitCode.OK, applied.err
        assert (host / "shop").read_text() == "1"
        # Another document may need more than the bundle has, which is not fetched then.
        office.write(spec(served.url, host, "2"))
        office.wt("artifacts", "lock")
        served.requests.clear()
        refused = site.wt(*offline, "-f", str(tmp_path / "office" / "cluster.yaml"))
        assert refused.code == ExitCode.REFUSED, refused.err
        assert "does not have shop 2 (linux/any)" in refused.err
        assert served.requests == []
    assert (host / "shop").read_text() == "1"
