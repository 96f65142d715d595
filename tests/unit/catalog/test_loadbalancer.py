"""The component loadbalancer derives peers and servers and checks what a type cannot express."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.loadbalancer import COMPONENT
from worldtree.catalog.components.loadbalancer_config import LoadbalancerConfig
from worldtree.catalog.components.nginx import COMPONENT as NGINX
from worldtree.core.errors import Severity
from worldtree.plan.plan import PlanHost
from worldtree.plan.specs import ModuleSpec

BALANCERS = (
    host("lb1", "loadbalancer", address="10.0.0.21"),
    host("lb2", "loadbalancer", address="10.0.0.22"),
)
WEB = (
    host("web1", "web", address="10.0.0.31", internal_address="192.168.0.31"),
    host("web2", "web", address="10.0.0.32"),
)
VIP = {"vip": "10.0.0.10/24"}


def created(config: dict[str, Any], cluster: Cluster) -> ModuleSpec:
    """Build the module of create-cluster."""
    module = COMPONENT.pipelines["create-cluster"](COMPONENT.parse(config), cluster)
    assert module is not None
    return module


def slugs(config: dict[str, Any], *hosts: PlanHost) -> list[str]:
    """Return the slugs of what the check reports."""
    assert COMPONENT.check is not None
    return [d.slug for d in COMPONENT.check(COMPONENT.parse(config), Cluster(hosts))]


def test_tasks_and_edges() -> None:
    """haproxy, then on the same host keepalived that checks it, then the gate over all of them."""
    module = created(VIP, Cluster((*BALANCERS, *WEB)))
    steps = {task.name: [step.entry for step in task.steps] for task in module.tasks}
    assert steps == {
        "haproxy": ["install", "haproxy"],
        "keepalived": ["keepalived"],
        "gate": ["gate"],
    }
    waits = {task.name: [(n.target, n.scope) for n in task.needs] for task in module.tasks}
    assert waits == {
        "haproxy": [],
        "keepalived": [("haproxy", "host")],
        "gate": [("keepalived", "barrier")],
    }


def test_peers_have_falling_priorities_in_document_order() -> None:
    """The first load balancer of the document holds the VIP while it works."""
    peers = created(VIP, Cluster((*BALANCERS, *WEB))).vars["loadbalancer_peers"]
    assert peers == [
        {"name": "lb1", "address": "10.0.0.21", "priority": 200},
        {"name": "lb2", "address": "10.0.0.22", "priority": 190},
    ]


def test_a_host_variable_sets_the_priority() -> None:
    """``vars: {keepalived_priority: 110}`` of a host wins over its place."""
    second = host("lb2", "loadbalancer", address="10.0.0.22", vars={"keepalived_priority": 250})
    peers = created(VIP, Cluster((BALANCERS[0], second, *WEB))).vars["loadbalancer_peers"]
    assert [peer["priority"] for peer in peers] == [200, 250]


def test_servers_come_from_the_hosts_of_a_role() -> None:
    """Addresses inside the cluster are preferred; the service's port holds unless one is given."""
    config = {
        **VIP,
        "services": [
            {"name": "shop", "port": 443, "role": "web", "serverPort": 8443, "balance": "source"}
        ],
    }
    (service,) = created(config, Cluster((*BALANCERS, *WEB))).vars["loadbalancer_services"]
    assert service == {
        "name": "shop",
        "port": 443,
        "mode": "tcp",
        "balance": "source",
        "servers": [
            {"name": "web1", "address": "192.168.0.31", "port": 8443},
            {"name": "web2", "address": "10.0.0.32", "port": 8443},
        ],
    }


def test_servers_can_be_listed() -> None:
    """A service may lead to machines that are not in the document."""
    server = {"name": "old", "address": "10.9.9.9", "port": 81}
    config = {**VIP, "services": [{"name": "shop", "port": 80, "servers": [server]}]}
    (service,) = created(config, Cluster(BALANCERS)).vars["loadbalancer_services"]
    assert service["servers"] == [server]


def test_services_are_derived_from_nginx() -> None:
    """Each port of the web tier gets a service with nginx's health path."""
    sites = [
        {"name": "shop", "page": "x"},
        {"name": "other", "page": "x", "serverNames": ["other.example"]},
        {"name": "admin", "port": 8081, "page": "x"},
    ]
    nginx = NGINX.parse({"sites": sites, "healthPath": "/up"})
    cluster = Cluster((*BALANCERS, *WEB), {"nginx": nginx})
    found = created(VIP, cluster).vars["loadbalancer_services"]
    assert [(s["name"], s["port"], s["mode"], s["check_path"]) for s in found] == [
        ("shop", 80, "http", "/up"),
        ("admin", 8081, "http", "/up"),
    ]


def test_without_nginx_the_role_web_is_balanced() -> None:
    """A team's own web tier needs no more than the role's name."""
    (service,) = created(VIP, Cluster((*BALANCERS, *WEB))).vars["loadbalancer_services"]
    assert (service["name"], service["port"]) == ("web", 80)
    assert "check_path" not in service


def test_no_load_balancer_no_module() -> None:
    """Without a host of the role there is no part for it in any pipeline."""
    config = COMPONENT.parse(VIP)
    assert not any(build(config, Cluster(WEB)) for build in COMPONENT.pipelines.values())


def test_a_sound_cluster_has_no_diagnostics() -> None:
    """Two load balancers with addresses and a web tier: nothing to say."""
    assert slugs(VIP, *BALANCERS, *WEB) == []


def test_each_problem_is_reported() -> None:
    """All problems of the component are reported at once."""
    named = host("lb.example", "loadbalancer")
    taken = host("web1", "db", address="10.0.0.10")
    service = {"name": "shop", "port": 80, "role": "nobody"}
    assert slugs({**VIP, "services": [service]}, named, taken) == [
        "loadbalancer-vip-taken",
        "loadbalancer-address-not-ip",
        "loadbalancer-single",
        "loadbalancer-service-without-servers",
    ]
    assert slugs(VIP, *BALANCERS) == ["loadbalancer-without-services"]


def test_a_single_load_balancer_is_only_a_warning() -> None:
    """It works, and says what it lacks."""
    assert COMPONENT.check is not None
    cluster = Cluster((BALANCERS[0], *WEB))
    (found,) = COMPONENT.check(COMPONENT.parse(VIP), cluster)
    assert (found.slug, found.severity) == ("loadbalancer-single", Severity.WARNING)


def test_a_vip_without_prefix_is_a_host_address() -> None:
    """The role always gets a prefix length."""
    assert LoadbalancerConfig(vip="10.0.0.10").vip == "10.0.0.10/32"


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"vip": "fd00::1/64"}, "IPv4 address with prefix length"),
        ({"vip": "{{ x }}"}, "IPv4 address with prefix length"),
        ({**VIP, "vrrpPassword": "x"}, "version 3 has no password"),
        ({**VIP, "vrrpVersion": 2, "advertSeconds": 0.5}, "whole number"),
        ({**VIP, "services": [{"name": "a", "port": 1}]}, "either a `role` or `servers`"),
        (
            {**VIP, "services": [{"name": n, "port": 1, "role": "web"} for n in "ab"]},
            "the same port",
        ),
        (
            {**VIP, "services": [{"name": "a", "port": p, "role": "web"} for p in (1, 2)]},
            "the same name",
        ),
        (
            {**VIP, "services": [{"name": "a", "port": 1, "role": "w", "checkPath": "/x y"}]},
            "should match pattern",
        ),
        ({**VIP, "interface": "eth0;x"}, "should match pattern"),
    ],
)
def test_unusable_settings_are_refused(config: dict[str, Any], why: str) -> None:
    """What keepalived or haproxy would refuse, or take for something else, is said here."""
    with pytest.raises(ValidationError, match=why):
        COMPONENT.parse(config)
