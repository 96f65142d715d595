"""The component ``nginx``: a web tier of static pages and proxied programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator, model_validator

from worldtree.catalog.builders import entry_builder, role_step, role_variables
from worldtree.catalog.component import (
    Component,
    ComponentConfig,
    PlanContext,
)
from worldtree.plan.packages import PackagesRequest
from worldtree.plan.pipeline_names import CREATE_CLUSTER, DESTROY_CLUSTER, VERIFY
from worldtree.plan.specs import ModuleSpec, TaskSpec

#: Hosts of this role are the web tier.
HOST_ROLE = "web"
#: Packages that the role installs.
PACKAGES = ("nginx",)
_HOST_SELECTOR = f"role={HOST_ROLE}"

#: Goes into file and directory names and into the configuration.
SiteName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
ServerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.*~^-]+$")]
Upstream = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:\[\]-]+:[0-9]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class Site(ComponentConfig):
    """One web site: a page of its own, or programs that requests are passed on to."""

    name: SiteName = Field(description="Names the site's directory; unique.", examples=["shop"])
    port: Port = Field(80, description="TCP port it listens on.")
    server_names: tuple[ServerName, ...] = Field(
        ("_",), min_length=1, description="Names it answers to; ``_`` for any."
    )
    page: str | None = Field(
        None,
        description="HTML of its index page; a template, evaluated for each host.",
        examples=["<h1>{{ inventory_hostname }}</h1>"],
    )
    upstreams: tuple[Upstream, ...] = Field(
        (), description="``address:port`` of the programs.", examples=[["127.0.0.1:8080"]]
    )

    @model_validator(mode="after")
    def _page_or_upstreams(self) -> Site:
        if (self.page is None) == (not self.upstreams):
            msg = "a site has either a `page` or `upstreams`"
            raise ValueError(msg)
        return self


_WELCOME = Site(name="welcome", page="<h1>{{ inventory_hostname }}</h1>")


class NginxConfig(ComponentConfig):
    """The web tier; without any site each host shows its name."""

    sites: tuple[Site, ...] = Field(
        (_WELCOME,), min_length=1, description="The web sites of every host of the web tier."
    )
    health_path: str = Field(
        "/healthz", pattern=r"^/[\w./-]*$", description="Path that answers 200 while nginx works."
    )
    worker_connections: int = Field(1024, ge=16, description="Connections of one worker process.")
    max_body_size: str = Field(
        "10m", pattern=r"^[0-9]+[kKmMgG]?$", description="Largest request body."
    )
    ready_seconds: int = Field(
        30, ge=1, description="Seconds until every site must answer after a change."
    )

    @field_validator("sites")
    @classmethod
    def _unique(cls, sites: tuple[Site, ...]) -> tuple[Site, ...]:
        names = [site.name for site in sites]
        if len(set(names)) < len(names):
            msg = "two sites have the same name"
            raise ValueError(msg)
        taken = [(site.port, name) for site in sites for name in site.server_names]
        if len(set(taken)) < len(taken):
            msg = "two sites answer to the same name on the same port"
            raise ValueError(msg)
        return sites


def _create(config: NginxConfig, context: PlanContext) -> ModuleSpec | None:
    if not context.hosts_of(HOST_ROLE):
        return None
    steps = tuple(
        role_step("nginx", entry, read_only=entry == "ready")
        for entry in ("install", "configure", "ready")
    )
    return ModuleSpec(
        name="nginx",
        component="nginx",
        tasks=(TaskSpec(name="sites", hosts=_HOST_SELECTOR, steps=steps),),
        vars=_variables(config, context),
    )


def _packages(_config: NginxConfig, context: PlanContext) -> Iterable[PackagesRequest]:
    hosts = tuple(host.name for host in context.hosts_of(HOST_ROLE))
    if hosts:
        yield PackagesRequest(names=PACKAGES, hosts=hosts)


def _variables(config: NginxConfig, _context: PlanContext) -> dict[str, Any]:
    return role_variables(config, "nginx")


COMPONENT = Component(
    name="nginx",
    summary="A web tier of static pages and proxied programs.",
    config=NginxConfig,
    host_role=HOST_ROLE,
    pipelines={
        CREATE_CLUSTER: _create,
        VERIFY: entry_builder("nginx", "verify", HOST_ROLE, _variables),
        DESTROY_CLUSTER: entry_builder("nginx", "remove", HOST_ROLE, _variables),
    },
    after=("os",),
    template_context={"item": "In index.html.j2: the site whose page it is."},
    packages=_packages,
)
