"""The whole document: ``apiVersion``, ``kind``, ``metadata`` and ``spec``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from worldtree.spec.models.artifact import DocumentArtifact
from worldtree.spec.models.base import DocModel, describe, validation_problem
from worldtree.spec.models.distribution import Distribution
from worldtree.spec.models.host import Group, Host
from worldtree.spec.models.module import Hooks, Module
from worldtree.spec.models.packages import DocumentPackages
from worldtree.spec.models.policy import Policy, PolicyModel
from worldtree.spec.models.secrets import Secrets
from worldtree.spec.models.ssh import Ssh
from worldtree.spec.models.types import (
    Duration,
    EnvironmentNames,
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
from worldtree.spec.models.vars_files import VarsFiles

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
    """Name and labels of the cluster."""

    name: PartName = Field(
        description="Name of the cluster: lower-case letters, digits and `-`.", examples=["shop"]
    )
    labels: Labels = Field(
        default={}, description="Labels of the cluster.", examples=[{"env": "staging"}]
    )


class AnsibleSettings(DocModel):
    """Settings of Ansible itself, written to the bundle's ``ansible.cfg``."""

    forks: PositiveInt = Field(
        default=10, description="Number of hosts that Ansible works on in parallel.", examples=[20]
    )
    pipelining: Flag = Field(
        default=True,
        description="Whether to use fewer connections per task; disable it if sudo requires a "
        "terminal.",
        examples=[False],
    )
    warm: Flag = Field(
        default=True,
        description="Whether modules run in forks of one process per host, local or over ssh; that "
        "takes a fraction of the time of starting Python for each one. Results are the same.",
        examples=[False],
    )
    config: Text | None = Field(
        default=None,
        description="The team's `ansible.cfg`, relative to the document; by default "
        "ANSIBLE_CONFIG, then the one beside the document.",
        examples=["../ansible.cfg"],
    )
    carry: Texts = Field(
        default=(),
        description="Further files and directories beside the document that roles read, relative "
        "to it. Private keys go into the bundle only if they are named here.",
        examples=[["certs", "environments/production"]],
    )
    carried_for: Texts = Field(
        default=(),
        description="Names of Ansible tasks, or of steps whose variables look up files, that name "
        "files which only a run knows, and of which `carry` names all that they need.",
        examples=[["Install certificates"]],
    )
    environment: EnvironmentNames = Field(
        default=(),
        description="Names of environment variables that runs get from the environment of `wt`, "
        "for `lookup('env', …)` and programs on this machine. Their values are not stored.",
        examples=[["CI_COMMIT_SHA", "AWS_REGION"]],
    )
    shipped_roles: Texts = Field(
        default=(),
        description="Roles that ship with WorldTree and that steps and roles of the team mean. "
        "Without `rolesPath` none has to be named.",
        examples=[["nginx"]],
    )


class Facts(DocModel):
    """When and which facts are gathered."""

    gather: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="When to gather facts: `auto` if a step needs them.",
        examples=["always"],
    )
    gather_subset: Texts = Field(
        default=("all",),
        description="Facts to gather, as in `ansible.builtin.setup`.",
        examples=[["min", "network"]],
    )
    ttl: Duration = Field(
        default=0.0,
        description="How long later tasks may reuse facts; by default they gather them again.",
        examples=["12h"],
    )


class Spec(DocModel):
    """Hosts, components and modules of the cluster."""

    ssh: Annotated[Ssh, BeforeValidator(none_as_mapping)] = Field(
        default=Ssh(), description="SSH settings of all hosts.", examples=[{"user": "deploy"}]
    )
    roles_path: Texts = Field(
        default=(),
        description="Directories with your roles, relative to the document.",
        examples=[["./roles"]],
    )
    collections_path: Texts = Field(
        default=(),
        description="Directories that contain `ansible_collections/`, relative to the document.",
        examples=[["./collections"]],
    )
    templates_path: Texts = Field(
        default=(),
        description="Directories whose files override built-in templates, file by file.",
        examples=[["./templates"]],
    )
    hosts: Annotated[tuple[Host, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="The machines.",
        examples=[[{"name": "etcd[1:3]", "address": "10.0.0.[11:13]", "roles": ["etcd"]}]],
    )
    inventory: Annotated[Texts, BeforeValidator(none_as_list)] = Field(
        default=(),
        description="An existing Ansible inventory (INI, YAML, directory, script, plugin "
        "configuration, or names with a comma) instead of `hosts`, relative to the document; or a "
        "list of them, of which later ones take precedence.",
        examples=["./inventory", ["inventories/common", "inventories/production"]],
    )
    groups: Annotated[
        dict[GroupName, Annotated[Group, BeforeValidator(none_as_mapping)]],
        BeforeValidator(none_as_mapping),
    ] = Field(
        default={},
        description="Groups in addition to those of the roles.",
        examples=[{"production": {"members": ["web", "db1"], "vars": {"tier": "prod"}}}],
    )
    vars: Vars = Field(
        default={},
        description="Ansible variables of all hosts.",
        examples=[{"ntp_server": "10.0.0.1"}],
    )
    vars_files: VarsFiles = Field(
        default=(),
        description="Files of variables for all steps of modules and hooks, relative to the "
        "document, as `vars_files` of their plays; of a list in the list, the first that exists. "
        "Templates are allowed.",
        examples=[["vars/site.yml", "vars/{{ env }}.yml"]],
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
        description="Configuration of the components, by name.",
        examples=[{"etcd": {"dataDir": "/var/lib/etcd"}}],
    )
    modules: Annotated[tuple[Module, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="Your own modules: tasks and steps.",
        examples=[[{"name": "shop", "tasks": [{"name": "app", "steps": [{"role": "acme.shop"}]}]}]],
    )
    artifacts: Annotated[tuple[DocumentArtifact, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="Files that your own work needs, and where they come from; see `wt artifacts`.",
        examples=[[{"name": "shop", "version": "1.2", "sources": ["./shop-{version}.tar.gz"]}]],
    )
    packages: Annotated[tuple[DocumentPackages, ...], BeforeValidator(none_as_list)] = Field(
        default=(),
        description="Packages of distributions that hosts get as artifacts: those of components, "
        "and your own. Without it hosts use the repositories that they have.",
        examples=[
            [
                {
                    "platform": "debian-12",
                    "repositories": [
                        {
                            "location": "https://mirror.example.com/debian",
                            "suites": ["bookworm"],
                            "keys": ["./debian-archive-keyring.gpg"],
                        }
                    ],
                }
            ]
        ],
    )
    distribution: Distribution | None = Field(
        default=None,
        description="How artifacts reach many hosts.",
        examples=[{"bandwidth": "100M", "transfers": 8}],
    )
    hooks: Annotated[Hooks, BeforeValidator(none_as_mapping)] = Field(
        default=Hooks(),
        description="Steps to run before, after or instead of other work.",
        examples=[{"after": [{"name": "smoke", "step": {"wait": {"port": 80}}}]}],
    )
    policy: Policy = Field(
        default=PolicyModel(),
        description="Policy of the cluster, inherited by modules, tasks and steps.",
        examples=[{"onFailure": "fail-fast", "concurrency": 16}],
    )
    state_dir: Text | None = Field(
        default=None,
        description="Directory on the hosts for the state of WorldTree; by default "
        "`/var/lib/worldtree` as root and `~/.local/state/worldtree` otherwise.",
        examples=["/var/lib/worldtree"],
    )
    ansible: Annotated[AnsibleSettings, BeforeValidator(none_as_mapping)] = Field(
        default=AnsibleSettings(),
        description="Settings of Ansible itself.",
        examples=[{"forks": 20}],
    )
    secrets: Annotated[Secrets, BeforeValidator(none_as_mapping)] = Field(
        default=Secrets(),
        description="Configuration of the secret providers.",
        examples=[{"vault": {"address": "https://vault.example.com:8200"}}],
    )
    facts: Annotated[Facts, BeforeValidator(none_as_mapping)] = Field(
        default=Facts(), description="Fact gathering.", examples=[{"gather": "never"}]
    )


class ClusterDocument(DocModel):
    """A cluster document."""

    api_version: Literal["worldtree.io/v1alpha1"] = Field(
        description="Version of the document format.", examples=[API_VERSION]
    )
    kind: Literal["Cluster"] = Field(description="Kind of the document.", examples=[KIND])
    metadata: Metadata = Field(
        description="Name and labels of the cluster.", examples=[{"name": "shop"}]
    )
    spec: Spec = Field(
        description="Hosts, components and modules of the cluster.",
        examples=[{"hosts": [{"name": "web1"}]}],
    )
