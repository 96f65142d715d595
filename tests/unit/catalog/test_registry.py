"""The component ``registry``: its document, its plan, and what hosts with containerd get of it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.containerd import COMPONENT as CONTAINERD
from worldtree.catalog.components.registry import COMPONENT
from worldtree.core.errors import Severity
from worldtree.plan.specs import ModuleSpec

REGISTRY = host("r1", "registry", address="203.0.113.1", internal_address="10.0.0.1")
SECOND = host("r2", "registry", address="fd00::2")
NODE = host("n1", "containerd")
USERS = [
    {"name": "pusher", "password": "${env:PUSH}"},
    {"name": "puller", "password": "${env:PULL}"},
]
PAUSE = {"name": "registry.k8s.io/pause:3.10.1", "sources": ["https://m.example/pause.tar"]}
OWN = {"name": "shop/web:1.2", "sources": ["./web.tar"], "sha256": "a" * 64}


def build(*hosts: Any, **config: Any) -> ModuleSpec:
    cluster = Cluster(hosts or (REGISTRY, NODE))
    module = COMPONENT.pipelines["create-cluster"](COMPONENT.parse(config), cluster)
    assert module
    return module


def node(registry: dict[str, Any], containerd: dict[str, Any], *hosts: Any) -> ModuleSpec:
    """Return what containerd does beside a registry."""
    cluster = Cluster((*hosts, NODE), {"registry": COMPONENT.parse(registry)})
    module = CONTAINERD.pipelines["create-cluster"](CONTAINERD.parse(containerd), cluster)
    assert module
    return module


def test_tasks_wait_for_what_they_need() -> None:
    needs = {t.name: {(n.target, n.scope) for n in t.needs} for t in build(images=[PAUSE]).tasks}
    assert needs == {
        "install": {("os/packages", "host")},
        "configure": {("install", "host")},
        "certificates": {("install", "host"), ("pki/registry", "barrier")},
        "start": {("configure", "host"), ("certificates", "host")},
        "restart": {("start", "host")},
        "health": {("restart", "host")},
        "images": {("health", "host")},
    }


def test_without_tls_and_images_there_is_no_task_for_them() -> None:
    names = {task.name for task in build(tls=False).tasks}
    assert names == {"install", "configure", "start", "restart", "health"}


def test_garbage_is_deleted_host_by_host_but_of_a_shared_bucket_by_one() -> None:
    build_part = COMPONENT.pipelines["garbage-collect"]
    hosts = Cluster((REGISTRY, SECOND))
    bucket = {"s3": {"bucket": "b", "region": "r"}, "httpSecret": "${env:S}"}
    for config, serial in (({}, 1), (bucket, None)):
        module = build_part(COMPONENT.parse(config), hosts)
        assert module
        [task] = module.tasks
        assert (task.hosts, task.policy.serial) == ("role=registry", serial)
        assert [step.entry for step in task.steps] == ["garbage_collect"]
    assert build_part(COMPONENT.parse({}), Cluster((NODE,))) is None


def test_each_host_has_a_certificate_of_all_its_names() -> None:
    assert COMPONENT.certificates
    config = COMPONENT.parse({"address": "registry.example.com"})
    (request,) = COMPONENT.certificates(config, Cluster((REGISTRY, SECOND)))
    assert {leaf.host: leaf.alt_names[-2:] for leaf in request.leaves} == {
        "r1": ("IP:10.0.0.1", "DNS:registry.example.com"),
        "r2": ("IP:fd00::2", "DNS:registry.example.com"),
    }


def test_images_and_the_release_are_artifacts() -> None:
    assert COMPONENT.artifacts
    config = COMPONENT.parse({"images": [PAUSE, OWN], "source": "archives", "version": "3.0.0"})
    found = list(COMPONENT.artifacts(config, Cluster((REGISTRY, NODE))))
    assert [(one.name, one.version, one.kind.value, one.hosts) for one in found] == [
        ("registry", "3.0.0", "archive", ("r1",)),
        ("registry.k8s.io/pause", "3.10.1", "image", ("r1",)),
        ("shop/web", "1.2", "image", ("r1",)),
    ]
    assert found[2].sha256 == {"any": "a" * 64}
    assert list(COMPONENT.artifacts(config, Cluster((NODE,)))) == []


def test_registries_give_a_file_for_each_architecture() -> None:
    assert COMPONENT.artifacts
    image = {**PAUSE, "sources": ["oci://registry.k8s.io/pause:3.10.1"]}
    cluster = Cluster((REGISTRY, NODE))
    (found,) = COMPONENT.artifacts(COMPONENT.parse({"images": [image]}), cluster)
    assert found.architectures == ("amd64", "arm64")


def test_secrets_are_offered_apart_from_what_is_no_secret() -> None:
    s3 = {"bucket": "b", "accessKey": "${env:KEY}", "secretKey": "${env:SECRET}"}
    variables = build(users=USERS, s3=s3).vars
    assert "${env" not in str(variables["registry_s3"])
    assert variables["registry_s3_secret_key"] == "${env:SECRET}"
    assert variables["registry_users"] == {"pusher": "${env:PUSH}", "puller": "${env:PULL}"}
    assert (variables["registry_user"], variables["registry_authenticates"]) == ("pusher", True)


def test_hosts_with_containerd_pull_from_it_by_themselves() -> None:
    """Under its own name, and as a mirror of the registries whose images it has."""
    given = {"users": USERS, "pullUser": "puller", "images": [PAUSE, OWN], "mirrors": ["docker.io"]}
    found = {one["name"]: one for one in node(given, {}, REGISTRY).vars["containerd_registries"]}
    assert set(found) == {"10.0.0.1:5000", "docker.io", "registry.k8s.io"}
    assert found["registry.k8s.io"] == {
        "name": "registry.k8s.io",
        "upstream": True,
        "mirrors": [
            {
                "url": "https://10.0.0.1:5000/v2/registry.k8s.io",
                "override_path": True,
                "ca_path": "/etc/containerd/pki/ca.crt",
                "username": "puller",
                "password": "${env:PULL}",
            }
        ],
    }
    assert found["10.0.0.1:5000"]["upstream"] is False


def test_hosts_with_containerd_get_its_authority() -> None:
    module = node({}, {}, REGISTRY)
    waits = {task.name: {need.target for need in task.needs} for task in module.tasks}
    assert waits["authority"] == {"pki/registry"}
    assert waits["configure"] == {"install", "authority"}
    assert "authority" not in {task.name for task in node({"tls": False}, {}, REGISTRY).tasks}


def test_each_of_several_registries_is_asked() -> None:
    module = node({"mirrors": ["docker.io"]}, {}, REGISTRY, SECOND)
    found = {one["name"]: one["mirrors"] for one in module.vars["containerd_registries"]}
    assert [one["url"] for one in found["docker.io"]] == [
        "https://10.0.0.1:5000/v2/docker.io",
        "https://[fd00::2]:5000/v2/docker.io",
    ]


def test_what_the_document_says_of_a_registry_counts() -> None:
    mirror = {"url": "https://other.example"}
    given = {"registries": [{"name": "docker.io", "mirrors": [mirror]}]}
    module = node({"mirrors": ["docker.io"], "upstream": False}, given, REGISTRY)
    found = {one["name"]: one for one in module.vars["containerd_registries"]}
    assert [one["url"] for one in found["docker.io"]["mirrors"]] == ["https://other.example"]


def test_a_registry_without_hosts_is_nobodys_mirror() -> None:
    assert node({"mirrors": ["docker.io"], "address": "r"}, {}).vars["containerd_registries"] == []


def test_the_registry_is_reached_without_proxies() -> None:
    proxy = {"http": "http://proxy:3128", "noProxy": [".example.com"]}
    module = node({}, {"proxy": proxy}, REGISTRY, SECOND)
    assert module.vars["containerd_proxy"]["no_proxy"] == [".example.com", "10.0.0.1", "fd00::2"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"version": "3.0.0"}, "source: archives"),
        ({"source": "archives", "packageVersion": "2.8"}, "goes with `source: packages`"),
        ({"users": USERS, "tls": False}, "need `tls`"),
        ({"users": [USERS[0], USERS[0]]}, "the same name"),
        ({"users": [{"name": "a:b", "password": "${env:P}"}]}, "should match pattern"),
        ({"users": [{"name": "a", "password": "clear"}]}, "contains a secret"),
        ({"users": USERS, "pullUser": "nobody"}, "none of `users`"),
        ({"images": [PAUSE, PAUSE]}, "same name and tag"),
        ({"images": [{**PAUSE, "name": "pause"}]}, "should match pattern"),
        ({"images": [{**PAUSE, "name": "10.0.0.1:5000/pause:1"}]}, "should match pattern"),
        ({"images": [{**PAUSE, "sources": []}]}, "at least 1 item"),
        ({"images": [{**PAUSE, "sources": ["ftp://x/y"]}]}, "unknown scheme"),
        ({"images": [{**OWN, "sources": ["oci://r.example/web:1.2"]}]}, "by architecture"),
        ({"mirror": "ftp://x"}, "unknown scheme"),
        ({"s3": {"bucket": "b", "accessKey": "${env:K}"}}, "go together"),
        ({"s3": {"bucket": "a b"}}, "should match pattern"),
        ({"s3": {"bucket": "b", "endpoint": "s3.example.com"}}, "should match pattern"),
        ({"listenAddress": "host"}, "should match pattern"),
        ({"storageDir": "images"}, "should match pattern"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"mirrors": ["https://docker.io"]}, "should match pattern"),
    ],
)
def test_what_the_document_may_not_say(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        COMPONENT.parse(given)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"users": USERS}, []),
        ({}, [("registry-open", Severity.WARNING)]),
        ({"users": USERS, "s3": {"bucket": "b"}}, [("registry-secret-missing", Severity.ERROR)]),
        ({"users": USERS, "s3": {"bucket": "b"}, "httpSecret": "${env:S}"}, []),
    ],
)
def test_diagnostics(given: dict[str, Any], found: list[tuple[str, Severity]]) -> None:
    assert COMPONENT.check
    problems = COMPONENT.check(COMPONENT.parse(given), Cluster((REGISTRY, SECOND)))
    assert [(one.slug, one.severity) for one in problems] == found


def test_without_hosts_there_is_nothing_to_do() -> None:
    config, lonely = COMPONENT.parse({}), Cluster((NODE,))
    assert [make(config, lonely) for make in COMPONENT.pipelines.values()] == [None] * 4
    assert COMPONENT.check
    assert list(COMPONENT.check(config, lonely)) == []
