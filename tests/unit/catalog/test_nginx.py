"""The component nginx turns its configuration into role steps on the web tier."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from unit.catalog.context import Cluster, host
from worldtree.catalog.components.nginx import COMPONENT, NginxConfig

WEB = Cluster((host("web1", "web"), host("db1", "db")))


def test_create_installs_configures_and_waits_on_each_web_host() -> None:
    """One task, so that each host goes on by itself from package to answering site."""
    module = COMPONENT.pipelines["create-cluster"](NginxConfig(), WEB)
    assert module is not None
    (task,) = module.tasks
    assert task.hosts == "role=web"
    assert [step.entry for step in task.steps] == ["install", "configure", "ready"]


def test_sites_become_role_variables() -> None:
    """The document's camelCase keys arrive as the names that the role declares."""
    config = COMPONENT.parse(
        {"sites": [{"name": "shop", "serverNames": ["shop.example"], "upstreams": ["127.0.0.1:1"]}]}
    )
    module = COMPONENT.pipelines["create-cluster"](config, WEB)
    assert module is not None
    assert module.vars["nginx_sites"] == [
        {
            "name": "shop",
            "port": 80,
            "server_names": ["shop.example"],
            "upstreams": ["127.0.0.1:1"],
        }
    ]


def test_without_sites_each_host_shows_its_name() -> None:
    """The default is a page that tells hosts apart behind a load balancer."""
    (site,) = NginxConfig().sites
    assert site.page is not None
    assert "{{ inventory_hostname }}" in site.page


@pytest.mark.parametrize("pipeline", ["create-cluster", "verify", "destroy-cluster"])
def test_no_web_host_no_module(pipeline: str) -> None:
    """A cluster without a web tier has no part for it in any pipeline."""
    assert COMPONENT.pipelines[pipeline](NginxConfig(), Cluster((host("db1", "db"),))) is None


@pytest.mark.parametrize(
    ("pipeline", "entry"), [("verify", "verify"), ("destroy-cluster", "remove")]
)
def test_other_pipelines_run_the_entry_of_that_meaning(pipeline: str, entry: str) -> None:
    """Verifying and destroying are one step each."""
    module = COMPONENT.pipelines[pipeline](NginxConfig(), WEB)
    assert module is not None
    assert [step.entry for task in module.tasks for step in task.steps] == [entry]


@pytest.mark.parametrize(
    ("sites", "why"),
    [
        ([{"name": "a"}], "either a `page` or `upstreams`"),
        ([{"name": "a", "page": "x", "upstreams": ["h:1"]}], "either a `page` or `upstreams`"),
        ([{"name": "a", "page": "x"}, {"name": "a", "port": 81, "page": "x"}], "the same name"),
        ([{"name": "a", "page": "x"}, {"name": "b", "page": "x"}], "the same port"),
        ([{"name": "a/b", "page": "x"}], "should match pattern"),
        ([{"name": "a", "upstreams": ["x; evil"]}], "should match pattern"),
        ([{"name": "a", "page": "x", "serverNames": ["x;"]}], "should match pattern"),
        ([], "at least 1 item"),
    ],
)
def test_unusable_sites_are_refused(sites: list[object], why: str) -> None:
    """What would give a broken or surprising configuration does not get that far."""
    with pytest.raises(ValidationError, match=why):
        COMPONENT.parse({"sites": sites})
