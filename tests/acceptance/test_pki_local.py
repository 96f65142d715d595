"""The role ``pki`` on this machine: idempotence, replaced authorities and file owners."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.workspace import Workspace

pytestmark = [pytest.mark.once, pytest.mark.timeout(900)]

AUTHORITY, DEPLOY = "pki/web/authority", "pki/web/deploy"


def write(place: Workspace, **more: object) -> None:
    """Write a document with an authority, one certificate and the host that gets it."""
    base = {"pki_cluster": "shop", "pki_authority": "web", "pki_directory": f"{place.path}/keys"}
    leaf = {"name": "a", "host": "a", "file": "web", "common_name": "a", "usages": ["server"]}
    certificates = {**base, "pki_certificates": [leaf]}
    given = {
        **certificates,
        "pki_deploy_directory": f"{place.path}/given",
        "pki_replace_authority": False,
        **more,
    }
    steps = [
        {"role": "pki", "entry": "authority", "name": "authority", "vars": base},
        {"role": "pki", "entry": "certificates", "name": "certificates", "vars": certificates},
        {"role": "pki", "entry": "deploy", "name": "deploy", "vars": given},
    ]
    tasks = [{"name": "web", "steps": steps}]
    place.write(
        {
            "hosts": [{"name": "a", "connection": "local"}],
            "modules": [{"name": "pki", "tasks": tasks}],
        }
    )


def test_an_authority_is_left_alone_until_it_is_another_one(tmp_path: Path) -> None:
    """Nothing to do is skipped; a lost authority is not replaced on hosts unless that is asked."""
    place = Workspace(tmp_path)
    write(place)
    assert place.wt("apply", "--yes", "-o", "json").code == 0
    again = place.wt("apply", "--yes", "-o", "json")
    assert {again.statuses[node] for node in (AUTHORITY, DEPLOY)} == {"skipped"}

    # A certificate of the authority that is made again for its old key is rolled out.
    key = tmp_path / "keys/web/ca.key"
    kept = key.read_text()
    certificate = (tmp_path / "given/ca.crt").read_text()
    key.with_name("ca.crt").unlink()
    renewed = place.wt("apply", "--yes", "-o", "json")
    assert renewed.statuses[AUTHORITY] == "succeeded"
    assert key.read_text() == kept
    assert (tmp_path / "given/ca.crt").read_text() != certificate

    # Another authority is not.
    for file in key.parent.iterdir():
        file.unlink()
    given = (tmp_path / "given/ca.crt").read_text()
    refused = place.wt("apply", "--yes", "-o", "json")
    assert refused.statuses[DEPLOY] == "failed"
    assert "another authority signed" in refused.nodes[DEPLOY]["hosts"]["a"]["message"]
    assert (tmp_path / "given/ca.crt").read_text() == given

    write(place, pki_replace_authority=True)
    assert place.wt("apply", "--yes", "-o", "json").code == 0
    assert (tmp_path / "given/ca.crt").read_text() == (tmp_path / "keys/web/ca.crt").read_text()
