"""The manifest of bundles: versions, old ones upgraded, newer ones refused."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from worldtree.ansible.bundle import manifest, read_manifest, read_plan, verify_bundle
from worldtree.ansible.bundle.manifest import MANIFEST_FILE, MANIFEST_FORMAT
from worldtree.core.errors import RefusedError
from worldtree.core.format_versions import Format
from worldtree.plan.digests import digest

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A bundle that a program with version 1 of the manifest compiled."""
    with tarfile.open(SAMPLES / "bundle-v1.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "bundle-v1"


def test_a_bundle_of_version_1_is_accepted(old: Path) -> None:
    assert verify_bundle(old) == []
    plan = read_plan(old)
    assert (plan.cluster, len(plan.graph.nodes)) == ("sample", 3)
    assert [host.name for host in plan.hosts] == ["h1", "h2"]


def test_executable_files_of_version_1_have_the_mode_that_it_wrote() -> None:
    assert MANIFEST_FORMAT.upgraded({"version": 1, "executable": ["files/a"]}) == {
        "modes": {"files/a": "0755"}
    }


@pytest.mark.parametrize("version", [MANIFEST_FORMAT.version + 1, 0, None, "one"])
def test_a_manifest_of_another_version_is_refused(old: Path, version: object) -> None:
    data = {**json.loads((old / MANIFEST_FILE).read_text()), "version": version}
    (old / MANIFEST_FILE).write_text(json.dumps(data))
    with pytest.raises(RefusedError, match=f"has version {version}, and this program reads up"):
        read_manifest(old)


def test_an_old_manifest_is_upgraded_version_by_version(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest is over what was written, so it is checked before the upgrade."""

    def first(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "files": {**data["files"], "added first": "0"}}

    def then(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "links": {"added then": next(reversed(data["files"]))}}

    steps = (*MANIFEST_FORMAT.upgrades, first, then)
    monkeypatch.setattr(manifest, "MANIFEST_FORMAT", Format("a manifest", steps))
    found = read_manifest(old)
    assert found.links == {"added then": "added first"}
    written = json.loads((old / MANIFEST_FILE).read_text())
    assert found.digest == written.pop("digest") == digest(written)
