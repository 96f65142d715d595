"""What a cluster needs: paths are those of the document's directory, its digest is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from unit.cli.conftest import write_document
from worldtree.compile.artifact_needs import artifact_needs
from worldtree.compile.compiler import PlanResult, compile_plan, plan_document
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

PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaXn2nskSrwxjnThdv17OXqWKpiAY
gMXdwbwPIRuIie8D+gViU0lD1i7Lo+FA2v1D3HET13/cAQmDoOPV0tDp1g==
-----END PUBLIC KEY-----
"""


def planned(directory: Path) -> PlanResult:
    """Compile a document with an artifact in ``directory``, its public key beside it."""
    directory.mkdir()
    (directory / "shop.pub").write_text(PUBLIC_KEY)
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


def test_a_bundle_says_how_files_reach_hosts(tmp_path: Path) -> None:
    """The seed of a host is chosen by the value of its label, at its internal address."""
    file = tmp_path / "cluster.yaml"
    host = {"name": "web1", "address": "1.1.1.1", "internalAddress": "10.0.0.1", "port": 2222}
    here = {"name": "here", "connection": "local", "labels": {"rack": "r1"}}
    content = {
        "hosts": [{**host, "labels": {"rack": "r1"}}, {"name": "web2", "address": "x"}, here],
        "artifacts": [{**SHOP, "sha256": {"any": "0" * 64}, "signature": None}],
        "distribution": {"bandwidth": "100M", "transfers": 3, "seeds": "rack"},
    }
    write_document(file, content)
    bundle = compile_plan(plan_document(load_file(file)[0])).bundle
    variables = yaml.safe_load(bundle.files["inventory/group_vars/all.yml"].text)
    assert variables["worldtree_distribution"] == {
        "bandwidth": 100 << 20,
        "transfers": 3,
        "seeds": {"web1": {"group": "r1", "address": "10.0.0.1", "port": 2222}},
    }
