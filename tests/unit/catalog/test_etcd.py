"""The component ``etcd`` plans a start of all members at once, and waits only where it must."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.etcd import COMPONENT, EtcdConfig
from worldtree.plan.artifact import ArtifactRequest
from worldtree.plan.specs import ModuleSpec, TaskSpec

MEMBERS = (
    host("e1", "etcd", address="203.0.113.1", internal_address="10.0.0.1"),
    host("e2", "etcd", address="e2.example"),
)


def build(pipeline: str = "create-cluster", **config: Any) -> ModuleSpec:
    module = COMPONENT.pipelines[pipeline](EtcdConfig.model_validate(config), Cluster(MEMBERS))
    assert module
    return module


def task(module: ModuleSpec, name: str) -> TaskSpec:
    return next(task for task in module.tasks if task.name == name)


def waits(module: ModuleSpec) -> dict[str, set[tuple[str, str]]]:
    return {t.name: {(need.target, need.scope) for need in t.needs} for t in module.tasks}


def test_tasks_wait_for_what_they_need() -> None:
    assert waits(build()) == {
        "prepare": set(),
        "install": {("prepare", "host"), ("os/packages", "host"), ("os/time", "host")},
        "certificates": {("prepare", "host"), ("pki/etcd", "barrier")},
        "configure": {("prepare", "host")},
        "start": {
            ("install", "barrier"),
            ("configure", "barrier"),
            ("certificates", "barrier"),
            ("os/sysctl", "host"),
        },
        "restart": {("start", "barrier")},
        "health": {("restart", "barrier")},
    }


def test_members_start_together_and_restart_one_by_one() -> None:
    module = build()
    assert task(module, "start").policy.serial is None
    assert task(module, "restart").policy.serial == 1
    assert task(module, "health").hosts == "e1"


def test_without_tls_there_are_no_certificates() -> None:
    assert COMPONENT.certificates
    names = {t.name for t in build(tls=False).tasks}
    assert "certificates" not in names
    assert list(COMPONENT.certificates(EtcdConfig(tls=False), Cluster(MEMBERS))) == []


def test_members_are_known_by_their_addresses_inside_the_cluster() -> None:
    assert build().vars["etcd_members"] == [
        {"name": "e1", "address": "10.0.0.1"},
        {"name": "e2", "address": "e2.example"},
    ]


def test_each_member_gets_a_server_a_peer_and_a_client_certificate() -> None:
    assert COMPONENT.certificates
    (request,) = COMPONENT.certificates(EtcdConfig(), Cluster(MEMBERS))
    leaves = {leaf.name: leaf for leaf in request.leaves}
    assert list(leaves) == [f"{m}-{f}" for m in ("e1", "e2") for f in ("server", "peer", "client")]
    assert leaves["e1-server"].alt_names == (
        "DNS:e1",
        "DNS:localhost",
        "IP:127.0.0.1",
        "IP:10.0.0.1",
    )
    assert "DNS:e2.example" in leaves["e2-peer"].alt_names
    assert leaves["e2-client"].usages == ("client",)


def test_certificates_are_deployed_as_they_were_asked_for() -> None:
    assert COMPONENT.certificates
    (request,) = COMPONENT.certificates(EtcdConfig(), Cluster(MEMBERS))
    (step,) = task(build(), "certificates").steps
    assert (step.role, step.entry) == ("pki", "deploy")
    assert step.vars["pki_certificates"] == request.variables("demo")["pki_certificates"]


def artifacts(**config: Any) -> list[ArtifactRequest]:
    assert COMPONENT.artifacts
    return list(COMPONENT.artifacts(EtcdConfig.model_validate(config), Cluster(MEMBERS)))


def test_a_version_is_an_artifact_of_the_project_or_of_a_mirror() -> None:
    (own,) = artifacts(version="3.5.30")
    assert own.variant("arm64").sources[0].location == (
        "https://github.com/etcd-io/etcd/releases/download/v3.5.30/etcd-v3.5.30-linux-arm64.tar.gz"
    )
    assert own.hosts == ("e1", "e2")
    (mirrored,) = artifacts(version="3.6.6", mirror="https://m/etcd/")
    assert [one.location for one in mirrored.variant("amd64").sources] == [
        "https://m/etcd/etcd-v3.6.6-linux-amd64.tar.gz",
        "https://github.com/etcd-io/etcd/releases/download/v3.6.6/etcd-v3.6.6-linux-amd64.tar.gz",
    ]
    (named,) = artifacts(version="3.6.6", mirror="./etcd-{version}-{machine}")
    assert named.variant("amd64").sources[0].location == "./etcd-3.6.6-x86_64"
    assert artifacts() == []
    assert build(version="3.4.37").vars["etcd_programs"] == ["etcd", "etcdctl"]
    assert "etcd_version" not in build().vars


@pytest.mark.parametrize(
    ("url", "version"),
    [("https://m/etcd-v3.5.24-linux-amd64.tar.gz", "3.5.24"), ("https://m/x.tgz", "0" * 12)],
)
def test_an_archive_is_the_source_of_a_version(url: str, version: str) -> None:
    archive = {"url": url, "checksum": "sha256:" + "0" * 64}
    (found,) = artifacts(archive=archive)
    assert (found.version, found.sha256) == (version, {"any": "0" * 64})
    assert build(archive=archive).vars["etcd_version"] == version
    (other,) = artifacts(archive=archive, version="3.5.1")
    assert (other.version, other.sources[0].location) == ("3.5.1", url)


@pytest.mark.parametrize(
    ("field", "value"),
    [("version", "v3.5.1"), ("version", "3.5"), ("archive", {"url": "x", "checksum": "sha512:0"})],
)
def test_versions_and_digests_are_checked(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        EtcdConfig.model_validate({field: value})


def test_a_series_that_is_not_known_is_a_warning() -> None:
    assert COMPONENT.check
    config = EtcdConfig.model_validate({"version": "3.9.0", "packageVersion": "1"})
    found = {one.slug for one in COMPONENT.check(config, Cluster(MEMBERS))}
    assert {"etcd-unknown-version", "etcd-archive-and-package"} <= found


@pytest.mark.parametrize(
    "flag", ["name", "peer-cert-file", "initial-cluster", "listen-client-urls"]
)
def test_settings_cannot_set_managed_flags(flag: str) -> None:
    with pytest.raises(ValidationError, match="cannot be set here"):
        EtcdConfig(settings={flag: "x"})


def test_other_settings_are_passed_on() -> None:
    settings = {"quota-backend-bytes": 8589934592, "metrics": "extensive"}
    assert build(settings=settings).vars["etcd_settings"] == settings


def test_verify_and_remove_run_on_all_members() -> None:
    assert build("verify").tasks[0].hosts == "role=etcd"
    removing = build("destroy-cluster", purgeData=True)
    assert removing.tasks[0].steps[0].entry == "remove"
    assert removing.vars["etcd_purge_data"] is True
