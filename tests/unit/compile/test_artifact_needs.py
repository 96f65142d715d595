"""What a cluster needs: paths are those of the document's directory, its digest is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.conftest import write_document
from worldtree.compile.artifact_needs import artifact_needs
from worldtree.compile.compiler import PlanResult, plan_document
from worldtree.spec.load import load_file

SHOP = {
    "name": "shop",
    "version": "1.2",
    "sources": [
        {"location": "./files/{name}-{version}", "caFile": "ca.pem"},
        "https://x/{name}-{version}",
    ],
    "signature": {"location": "./{name}.sig", "caFile": "ca.pem", "publicKey": "shop.pub"},
}


def planned(directory: Path) -> PlanResult:
    """Compile a document with an artifact in ``directory``."""
    directory.mkdir()
    file = directory / "cluster.yaml"
    hosts = [{"name": "web1", "address": "10.0.0.1"}]
    write_document(file, {"hosts": hosts, "artifacts": [SHOP]})
    return plan_document(load_file(file)[0])


def test_a_document_has_one_digest_in_every_directory(tmp_path: Path) -> None:
    """Another checkout of it is no change, and voids no approval."""
    one, two = (planned(tmp_path / name).plan.digests for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("name", ["plain", "{prod}", "{version}"])
def test_paths_are_beside_the_document(tmp_path: Path, name: str) -> None:
    """Placeholders are those of the document; its directory has none."""
    (need,) = artifact_needs(planned(tmp_path / name).state, {})
    file, url = need.artifact.sources
    assert file.location == str(tmp_path / name / "files" / "shop-1.2")
    assert file.ca_file == str(tmp_path / name / "ca.pem")
    assert (url.location, url.ca_file) == ("https://x/shop-1.2", None)
    signature = need.artifact.signature
    assert signature is not None
    assert signature.location == str(tmp_path / name / "shop.sig")
    assert signature.ca_file == str(tmp_path / name / "ca.pem")
    assert signature.public_key == str(tmp_path / name / "shop.pub")
