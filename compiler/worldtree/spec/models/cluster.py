"""The whole document: ``apiVersion``, ``kind``, ``metadata`` and ``spec``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from worldtree.spec.models.base import DocModel, describe, validation_problem
from worldtree.spec.models.host import Group, Host
from worldtree.spec.models.module import Hooks, Module
from worldtree.spec.models.policy import Policy, PolicyModel
from worldtree.spec.models.secrets import Secrets
from worldtree.spec.models.ssh import Ssh
from worldtree.spec.models.types import (
    Duration,
    Flag,
    GroupName,
    Labels,
    PartName,
    PositiveInt,
    Text,
    Texts,
    Vars,
    none_as_list,
    none_as_mapping,
)

API_VERSION = "worldtree.io/v1alpha1"
KIND = "Cluster"


def _component(value: Any) -> dict[str, Any]:
    value = none_as_mapping(value)
    if not isinstance(value, dict):
        raise validation_problem(
            "wrong-type",
            f"the configuration of a component must be a mapping, not {describe(value)}",
            hint="write `{}` for the defaults",
        )
    return value


class Metadata(DocModel):
    """What the cluster is called."""

    name: PartName = Field(
        description="Name of the cluster: small letters, digits and `-`.", examples=["shop"]
    )
    labels: Labels = Field(
        default={}, description="Free words about the cluster.", examples=[{"env": "staging"}]
    )


class AnsibleSettings(DocModel):
    """How Ansible itself is run; lands in the bundle's ``ansible.cfg``."""

    forks: PositiveInt = Field(
        default=10, description="Hosts that Ansible works on at once.", examples=[20]
    )
    pipelining: Flag = Field(
        default=True,
        description="Fewer connections per task; switch it off where sudo demands a terminal.",
        examples=[False],
    )


class Facts(DocModel):
    """When facts are gathered, once for all hosts."""

    gather: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="`auto` gathers when a step needs facts.",
        examples=["always"],
    )
    gather_subset: Texts = Field(
        default=("all",),
        description="What to gather, as in `ansible.builtin.setup`.",
        examples=[["min", "network"]],
    )
    ttl: Duration = Field(
        default=0.0,
        description="How long facts may be used after they were gathered; by default only in the "
        "task that gathered them.",
        examples=["12h"],
    )


class Spec(DocModel):
    """What the cluster is made of."""

    ssh: Annotated[Ssh, BeforeValidator(none_as_mapping)] = Field(
        default=Ssh(), description="How hosts are reached.", examples=[{"user": "deploy"}]
    )
    roles_path: Texts = Field(
        default=(),
        description="Directories of the team's own roles, relative to the document.",
        examples=[["./roles"]],
    )
    collections_path: Texts = Field(
        default=(),
        description="Directories that hold `ansible_collections/`, relative to the document.",
        examples=[["./collections"]],
    )
    templates_path: Texts = Field(
        default=(),
        description="Directories whose files win over the built-in templates, file by file.",
        examples=[["./templates"]],
    )
    hosts: Annotated[tuple[Host, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="The machines.",
        examples=[[{"name": "etcd[1:3]", "address": "10.0.0.[11:13]", "roles": ["etcd"]}]],
    )
    inventory: Text | None = Field(
        default=None,
        description="An existing Ansible inventory (INI, YAML, directory, script or plugin "
        "configuration) instead of `hosts`, relative to the document.",
        examples=["./inventory"],
    )
    groups: Annotated[
        dict[GroupName, Annotated[Group, BeforeValidator(none_as_mapping)]],
        BeforeValidator(none_as_mapping),
    ] = Field(
        default={},
        description="Groups besides those of the roles.",
        examples=[{"production": {"members": ["web", "db1"], "vars": {"tier": "prod"}}}],
    )
    vars: Vars = Field(
        default={},
        description="Ansible variables of every host.",
        examples=[{"ntp_server": "10.0.0.1"}],
    )
    components: Annotated[
        dict[
            PartName,
            Annotated[
                dict[str, Any],
                PlainValidator(_component),
                WithJsonSchema({"type": ["object", "null"]}),
            ],
        ],
        BeforeValidator(none_as_mapping),
    ] = Field(
        default={},
        description="Configuration of the built-in components, by name.",
        examples=[{"etcd": {"dataDir": "/var/lib/etcd"}}],
    )
    modules: Annotated[tuple[Module, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="The team's own work.",
        examples=[[{"name": "shop", "tasks": [{"name": "app", "steps": [{"role": "acme.shop"}]}]}]],
    )
    hooks: Annotated[Hooks, BeforeValidator(none_as_mapping)] = Field(
        default=Hooks(),
        description="Work put before, after or in place of other work.",
        examples=[{"after": [{"name": "smoke", "step": {"wait": {"port": 80}}}]}],
    )
    policy: Policy = Field(
        default=PolicyModel(),
        description="Policy of everything, inherited downwards.",
        examples=[{"onFailure": "fail-fast", "concurrency": 16}],
    )
    state_dir: Text | None = Field(
        default=None,
        description="Directory on the hosts for what WorldTree remembers there; by default "
        "`/var/lib/worldtree` as root and `~/.local/state/worldtree` otherwise.",
        examples=["/var/lib/worldtree"],
    )
    ansible: Annotated[AnsibleSettings, BeforeValidator(none_as_mapping)] = Field(
        default=AnsibleSettings(),
        description="How Ansible itself is run.",
        examples=[{"forks": 20}],
    )
    secrets: Annotated[Secrets, BeforeValidator(none_as_mapping)] = Field(
        default=Secrets(),
        description="Where providers of secrets find them.",
        examples=[{"vault": {"address": "https://vault.example.com:8200"}}],
    )
    facts: Annotated[Facts, BeforeValidator(none_as_mapping)] = Field(
        default=Facts(), description="When facts are gathered.", examples=[{"gather": "never"}]
    )


class ClusterDocument(DocModel):
    """A cluster document: what it is called and what it is made of."""

    api_version: Literal["worldtree.io/v1alpha1"] = Field(
        description="Version of the document's format.", examples=[API_VERSION]
    )
    kind: Literal["Cluster"] = Field(description="What the document describes.", examples=[KIND])
    metadata: Metadata = Field(
        description="What the cluster is called.", examples=[{"name": "shop"}]
    )
    spec: Spec = Field(
        description="What the cluster is made of.", examples=[{"hosts": [{"name": "web1"}]}]
    )
