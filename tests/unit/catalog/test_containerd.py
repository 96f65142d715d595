"""The component ``containerd``: what its document may say, and what is planned for it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.containerd import COMPONENT
from worldtree.catalog.components.containerd_versions import (
    COMPANIONS,
    CONTAINERD,
    DEFAULT_VERSION,
    RELEASES,
    minor_of,
)
from worldtree.catalog.components.kubernetes.kubernetes_config import KubernetesConfig
from worldtree.core.errors import Severity
from worldtree.plan.specs import ModuleSpec

HOSTS = (host("n1", "containerd"), host("n2", "containerd"), host("db", "etcd"))
MIRROR = {"url": "https://mirror.example.com:5000"}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def build(pipeline: str = "create-cluster", **config: Any) -> ModuleSpec:
    module = COMPONENT.pipelines[pipeline](COMPONENT.parse(config), Cluster(HOSTS))
    assert module
    return module


def artifacts(**config: Any) -> dict[str, list[str]]:
    """Return name and version -> locations for amd64 of what is needed."""
    assert COMPONENT.artifacts
    found = COMPONENT.artifacts(COMPONENT.parse(config), Cluster(HOSTS))
    return {
        f"{one.name} {one.version}": [s.location for s in one.variant("amd64").sources]
        for one in found
    }


def test_each_host_goes_on_by_itself() -> None:
    """No host waits for another one, but for its turn to restart."""
    needs = {t.name: {(n.target, n.scope) for n in t.needs} for t in build().tasks}
    assert needs == {
        "install": {("os/packages", "host")},
        "configure": {("install", "host")},
        "start": {("configure", "host"), ("os/sysctl", "host")},
        "restart": {("start", "host")},
        "health": {("restart", "host")},
    }


@pytest.mark.parametrize(("given", "serial"), [({}, 1), ({"restartHosts": 5}, 5)])
def test_hosts_restart_in_turn(given: dict[str, Any], serial: int) -> None:
    (restart,) = [task for task in build(**given).tasks if task.name == "restart"]
    assert restart.policy.serial == serial


@pytest.mark.parametrize(
    ("kubernetes", "given", "image"),
    [
        (None, {}, None),
        ({"version": "1.34.9"}, {}, "registry.k8s.io/pause:3.10.1"),
        (
            {"version": "1.36.3", "imageRepository": "registry.example/k8s"},
            {},
            "registry.example/k8s/pause:3.10.2",
        ),
        ({"version": "1.34.9"}, {"sandboxImage": "own/pause:1"}, "own/pause:1"),
        # What is wrong with the version is said elsewhere.
        ({"version": "1.2.3"}, {}, None),
    ],
)
def test_sandboxes_have_the_image_of_kubernetes(
    kubernetes: dict[str, Any] | None, given: dict[str, Any], image: str | None
) -> None:
    configs = {}
    if kubernetes is not None:
        configs["kubernetes"] = KubernetesConfig.model_validate(kubernetes)
    module = COMPONENT.pipelines["create-cluster"](COMPONENT.parse(given), Cluster(HOSTS, configs))
    assert module
    assert module.vars.get("containerd_sandbox_image") == image


def test_without_hosts_there_is_nothing_to_do() -> None:
    lonely = Cluster((host("db", "etcd"),))
    config = COMPONENT.parse({"source": "archives"})
    assert not any(make(config, lonely) for make in COMPONENT.pipelines.values())
    assert COMPONENT.artifacts
    assert list(COMPONENT.artifacts(config, lonely)) == []


def test_packages_need_no_artifact_but_programs_that_have_none() -> None:
    assert artifacts() == {}
    assert list(artifacts(programs=["crictl"])) == ["crictl 1.36.0"]
    assert build(programs=["crictl"]).vars["containerd_release_versions"] == {"crictl": "1.36.0"}


def test_releases_are_those_that_go_with_containerd() -> None:
    needed = artifacts(source="archives", version="2.1.5", programVersions={"runc": "1.3.9"})
    assert list(needed) == ["containerd 2.1.5", "runc 1.3.9", "cni-plugins 1.8.0"]
    assert needed["runc 1.3.9"] == [
        "https://github.com/opencontainers/runc/releases/download/v1.3.9/runc.amd64"
    ]


def test_a_mirror_is_asked_before_the_projects() -> None:
    needed = artifacts(source="archives", programs=[], mirror="https://mirror.example.com/r/")
    assert needed[f"containerd {DEFAULT_VERSION}"] == [
        f"https://mirror.example.com/r/containerd-{DEFAULT_VERSION}-linux-amd64.tar.gz",
        f"https://github.com/containerd/containerd/releases/download/v{DEFAULT_VERSION}/"
        f"containerd-{DEFAULT_VERSION}-linux-amd64.tar.gz",
    ]


def test_the_table_has_every_program_of_every_release() -> None:
    assert minor_of(DEFAULT_VERSION) in COMPANIONS
    assert all(set(row) == set(RELEASES) - {CONTAINERD} for row in COMPANIONS.values())


def test_credentials_stay_references_until_they_are_used() -> None:
    mirror = {**MIRROR, "username": "puller", "password": "${env:PULL}"}
    module = build(registries=[{"name": "docker.io", "mirrors": [mirror]}])
    ((given,),) = [one["mirrors"] for one in module.vars["containerd_registries"]]
    assert given["password"] == "${env:PULL}"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"version": "2.3.4"}, "source: archives"),
        ({"source": "archives", "packageVersion": "1.6"}, "goes with `source: packages`"),
        ({"source": "archives", "version": "2.3"}, "should match pattern"),
        ({"programs": ["crun"]}, "Input should be"),
        ({"programVersions": {"nerdctl": "2.2.1"}}, "not listed in `programs`"),
        ({"defaultRuntime": "nvidia"}, "none of runc"),
        ({"runtimes": [{"name": "runc"}]}, "another name"),
        ({"runtimes": [{"name": "a"}, {"name": "a"}]}, "more than once"),
        ({"runtimes": [{"name": "a", "binary": "nvidia"}]}, "should match pattern"),
        ({"mirror": "ftp://example.com"}, "unknown scheme"),
        ({"mirror": "https://user:pw@example.com"}, "user"),
        ({"proxy": {"noProxy": ["x"]}}, "give `http`, `https` or both"),
        ({"sandboxImage": 'a"b'}, "should match pattern"),
        ({"dataDir": "var/lib"}, "should match pattern"),
        ({"cgroupDriver": "none"}, "Input should be"),
        ({"metricsAddress": "1338"}, "should match pattern"),
        ({"restartHosts": 0}, "greater than or equal to 1"),
        ({"sandbox": "x"}, "Extra inputs"),
    ],
)
def test_what_the_document_may_not_say(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        COMPONENT.parse(given)


@pytest.mark.parametrize(
    ("mirror", "problem"),
    [
        ({"url": "mirror:5000"}, "should match pattern"),
        ({"url": "https://user@mirror"}, "should match pattern"),
        ({**MIRROR, "username": "x"}, "go together"),
        ({**MIRROR, "username": "x", "password": "clear"}, "contains a secret"),
        ({**MIRROR, "ca": PEM, "caPath": "/etc/ca.pem"}, "either `ca` or `caPath`"),
        ({**MIRROR, "ca": "./ca.pem"}, "should match pattern"),
        ({**MIRROR, "capabilities": []}, "at least 1 item"),
        ({"url": "http://m", "username": "x", "password": "${env:P}"}, "are for `https`"),
        ({"url": "http://m", "ca": PEM}, "are for `https`"),
    ],
)
def test_what_a_mirror_may_not_be(mirror: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        COMPONENT.parse({"registries": [{"name": "docker.io", "mirrors": [mirror]}]})


@pytest.mark.parametrize("name", ["https://docker.io", "../etc", "a/b", ""])
def test_the_name_of_a_registry_is_that_of_a_directory(name: str) -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        COMPONENT.parse({"registries": [{"name": name, "mirrors": [MIRROR]}]})


@pytest.mark.parametrize(
    ("given", "slugs"),
    [
        ({}, []),
        ({"source": "archives"}, []),
        ({"source": "archives", "version": "3.0.0"}, ["containerd-unknown-version"]),
        (
            {"registries": [{"name": "a", "mirrors": [{**MIRROR, "skipVerify": True}]}]},
            ["containerd-certificate-not-checked"],
        ),
    ],
)
def test_warnings(given: dict[str, Any], slugs: list[str]) -> None:
    assert COMPONENT.check
    found = list(COMPONENT.check(COMPONENT.parse(given), Cluster(HOSTS)))
    assert [one.slug for one in found] == slugs
    assert {one.severity for one in found} <= {Severity.WARNING}
