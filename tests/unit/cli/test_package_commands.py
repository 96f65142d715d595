"""``spec.packages`` in ``wt artifacts`` and ``wt bundle``: listed, locked, stale, and bundled."""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from apt_repository import SUITE, AptRepository, SigningKey
from unit.cli.conftest import Wt, write_document
from worldtree.catalog.component_registry import components
from worldtree.catalog.components import containerd, loadbalancer, nginx, os
from worldtree.core.errors import ExitCode
from worldtree.core.resources import roles_dir

BALANCER = {
    "vip": "10.0.0.9/24",
    "services": [
        {"name": "web", "port": 80, "servers": [{"name": "a", "address": "10.0.0.3", "port": 80}]}
    ],
}


@pytest.fixture(scope="module")
def keys() -> Iterator[tuple[SigningKey, SigningKey]]:
    """The key of the repository, and that of somebody else."""
    with tempfile.TemporaryDirectory(prefix="wt-keys-") as place:
        made = (SigningKey(Path(place) / "own"), SigningKey(Path(place) / "other"))
        yield made
        for one in made:
            one.end()


@pytest.fixture
def repository(tmp_path: Path, keys: tuple[SigningKey, SigningKey]) -> AptRepository:
    """What a load balancer needs, and a package of the document's own."""
    made = AptRepository(tmp_path / "repository", keys[0], ("amd64",))
    made.add("haproxy", "2.6-1", "amd64", Depends="liblua")
    made.add("keepalived", "2.2-1", "amd64")
    made.add("liblua", "5.3", "amd64")
    made.add("curl", "7.88-1", "amd64")
    made.write()
    keys[0].export(tmp_path / "key.gpg")
    return made


def write(directory: Path, **packages: Any) -> None:
    """Write the document of two load balancers."""
    place = {"location": "./repository", "suites": [SUITE], "keys": ["./key.gpg"]}
    label = {"architecture": "amd64"}
    spec = {
        "hosts": [
            {"name": name, "address": f"10.0.0.{n}", "roles": ["loadbalancer"], "labels": label}
            for n, name in enumerate(("lb1", "lb2"), start=1)
        ],
        "packages": [{"platform": "debian-12", "repositories": [place], **packages}],
        "components": {"loadbalancer": BALANCER},
    }
    write_document(directory / "cluster.yaml", spec)


def listed(wt: Wt) -> dict[str, Any]:
    [one] = wt("artifacts", "list", "-o", "json").json["items"]
    found: dict[str, Any] = one
    return found


def locked(directory: Path) -> dict[str, Any]:
    [one] = yaml.safe_load((directory / "artifacts.lock").read_text())["artifacts"]
    found: dict[str, Any] = one
    return found


@pytest.mark.usefixtures("repository")
def test_packages_of_components_and_of_the_document_are_one_artifact(
    wt: Wt, tmp_path: Path
) -> None:
    write(tmp_path, install=["curl"])
    one = listed(wt)
    assert (one["name"], one["platform"], one["state"]) == ("os-packages", "debian-12", "unlocked")
    assert one["needed_by"] == ["loadbalancer", "spec.artifacts"]
    assert wt("artifacts", "lock").code == ExitCode.OK
    entry = locked(tmp_path)
    assert entry["trust"] == "signed"
    assert [(p["name"], p["version"]) for p in entry["packages"]] == [
        ("curl", "7.88-1"),
        ("haproxy", "2.6-1"),
        ("keepalived", "2.2-1"),
        ("liblua", "5.3"),
    ]
    assert {p["repository"] for p in entry["packages"]} == {"./repository"}
    assert listed(wt)["state"] == "cached"
    assert wt("artifacts", "verify").code == ExitCode.OK


def test_another_name_makes_the_entry_stale_until_it_is_locked_again(
    wt: Wt, tmp_path: Path, repository: AptRepository
) -> None:
    """Versions of before stay, also where there are newer ones; with --update they do not."""
    write(tmp_path)
    assert wt("artifacts", "lock").code == ExitCode.OK
    repository.add("haproxy", "2.6-2", "amd64", Depends="liblua")
    repository.write()
    write(tmp_path, install=["curl"])
    assert listed(wt)["state"] == "stale"
    assert wt("artifacts", "fetch").code == ExitCode.REFUSED
    assert wt("artifacts", "lock").code == ExitCode.OK
    versions = {p["name"]: p["version"] for p in locked(tmp_path)["packages"]}
    assert versions["haproxy"] == "2.6-1"
    assert versions["curl"] == "7.88-1"
    assert wt("artifacts", "lock", "--update", "os-packages").code == ExitCode.OK
    versions = {p["name"]: p["version"] for p in locked(tmp_path)["packages"]}
    assert versions["haproxy"] == "2.6-2"


def test_another_key_file_makes_the_entry_unsigned(
    wt: Wt, tmp_path: Path, repository: AptRepository, keys: tuple[SigningKey, SigningKey]
) -> None:
    """It is locked again only if the new key has signed the repository."""
    write(tmp_path)
    assert wt("artifacts", "lock").code == ExitCode.OK
    keys[1].export(tmp_path / "key.gpg")
    assert listed(wt)["state"] == "unsigned"
    refused = wt("artifacts", "lock")
    assert refused.code != ExitCode.OK
    assert "NO_PUBKEY" in refused.err
    assert listed(wt)["state"] == "unsigned"
    repository.write(key=keys[1])
    assert wt("artifacts", "lock").code == ExitCode.OK
    assert listed(wt)["state"] == "cached"


@pytest.mark.parametrize(
    ("packages", "slug"),
    [
        ({"versions": {"curl": "7.88-1"}}, "package-not-installed"),
        ({"repositories": [{"location": "./r", "suites": ["s"], "keys": ["./no.gpg"]}]}, "bad-rep"),
    ],
)
def test_what_is_wrong_with_packages_is_said_before_anything_is_read(
    wt: Wt, tmp_path: Path, packages: dict[str, Any], slug: str
) -> None:
    write(tmp_path, **packages)
    refused = wt("artifacts", "lock")
    assert refused.code == ExitCode.INPUT
    assert f"[{slug}" in refused.err


@pytest.mark.usefixtures("repository")
def test_versions_that_contradict_are_refused(wt: Wt, tmp_path: Path) -> None:
    """The component `os` reads versions as apt does."""
    write(tmp_path, install=["curl"], versions={"curl": "7.88-1"})
    document = yaml.safe_load((tmp_path / "cluster.yaml").read_text())
    document["spec"]["components"]["os"] = {"packages": ["curl=7.87-1"]}
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(document))
    refused = wt("artifacts", "lock")
    assert refused.code == ExitCode.INPUT
    assert "[package-versions-differ]" in refused.err


@pytest.mark.usefixtures("repository")
def test_a_bundle_has_the_packages_and_names_each_in_its_sbom(wt: Wt, tmp_path: Path) -> None:
    write(tmp_path)
    assert wt("artifacts", "lock").code == ExitCode.OK
    made = wt("bundle", "create", "-o", "site.tar")
    assert made.code == ExitCode.OK, made.err
    assert wt("bundle", "verify", "site.tar").code == ExitCode.OK
    with tarfile.open(tmp_path / "site.tar") as tar:
        names = tar.getnames()
        read = tar.extractfile("sbom.spdx.json")
        assert read is not None
        sbom = json.loads(read.read())
    assert "document/key.gpg" in names
    digest = locked(tmp_path)["sha256"]
    assert f"artifacts/sha256/{digest[:2]}/{digest}" in names
    urls = {ref["referenceLocator"] for p in sbom["packages"] for ref in p.get("externalRefs", ())}
    assert "pkg:deb/debian/haproxy@2.6-1?arch=amd64&distro=debian-12" in urls
    contained = [one for one in sbom["relationships"] if one["relationshipType"] == "CONTAINS"]
    assert len(contained) == 3


def test_components_name_the_packages_that_their_roles_install() -> None:
    """Names are in the component and in the variables of its role: they are the same."""

    def variables(role: str) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((roles_dir() / role / "vars/main.yml").read_text())
        return found

    assert list(loadbalancer.PACKAGES) == variables("loadbalancer")["__loadbalancer_packages"]
    assert list(nginx.PACKAGES) == [variables("nginx")["__nginx_package"]]
    assert variables("containerd")["__containerd_package_names"] == containerd.PACKAGES
    daemons = variables("os")["__os_time_daemons"]
    assert {name: one["package"] for name, one in daemons.items()} == os.TIME_PACKAGES
    texts = {
        name: "".join(file.read_text() for file in (roles_dir() / name / "tasks").glob("*.yml"))
        for name in components()
        if (roles_dir() / name).is_dir()
    }
    using = {name for name, text in texts.items() if "worldtree.core.os_packages" in text}
    assert using == {one.name for one in components().values() if one.packages is not None}
