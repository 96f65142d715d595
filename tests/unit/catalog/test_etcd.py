"""The component ``etcd`` plans a start of all members at once, and waits only where it must."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.etcd import COMPONENT, EtcdConfig
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


def test_an_archive_becomes_two_variables() -> None:
    archive = {"url": "https://mirror.example/etcd.tar.gz", "checksum": "sha256:00ff"}
    variables = build(archive=archive).vars
    assert variables["etcd_archive_url"] == archive["url"]
    assert variables["etcd_archive_checksum"] == archive["checksum"]


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
