"""A bundle that the version before compiled is applied as it was reviewed."""

from __future__ import annotations

import tarfile
from pathlib import Path

import unit.ansible.bundle
from acceptance.workspace import Workspace

SAMPLE = Path(unit.ansible.bundle.__file__).parent / "samples" / "bundle-v1.tar.xz"


def test_a_bundle_of_manifest_version_1_is_applied(tmp_path: Path) -> None:
    with tarfile.open(SAMPLE) as archive:
        archive.extractall(tmp_path, filter="data")
    # One of its steps tests for these files in the user's home.
    for host in ("h1", "h2"):
        (tmp_path / f"gate.{host}").touch()
    workspace = Workspace(tmp_path, {"HOME": str(tmp_path)})
    ran = workspace.wt("apply", "--dir", "bundle-v1", "--yes")
    assert ran.code == 0, ran.err
    assert "2 ok, 4 changed" in ran.out
