"""The plan: frozen graph, layers, and digests of all inputs.

Its JSON is kept by bundles and the database; ``plan.versions`` reads what older programs wrote.
"""

from __future__ import annotations

import shlex
from typing import Any, Literal

from pydantic import Field

from worldtree.plan.base_model import PlanModel
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.pipeline_request import PipelineRequest
from worldtree.plan.policy import DEFAULT_POLICY, Policy

#: Version of the JSON shape; a change of the shape raises it and adds an upgrade to
#: ``plan.versions``.
PLAN_VERSION: Literal[7] = 7


#: What is known when compiling of a node of which tags select some tasks only: they run ``part`` of
#: it, or it is ``unknown`` whether any task runs, as a template decides.
TagCut = Literal["part", "unknown"]

#: File of a bundle with the plan's extra variables; a run gets it as `-e @FILE`.
EXTRA_VARS_FILE = "extra_vars.yml"


class PlanSsh(PlanModel):
    """How a host is reached, besides its address, port, user and bastion."""

    private_key_file: str | None = None
    #: ``${provider:rest}``: the text of a key, as are both passwords.
    private_key: str | None = None
    password: str | None = None
    become_password: str | None = None
    #: None: the cluster's own file under ``wt``, the user's under plain Ansible.
    known_hosts_file: str | None = None
    #: Seconds to wait for a connection.
    timeout: float = 10.0
    become: bool = False
    become_user: str = "root"
    #: ``accept-new`` remembers the key seen first; a changed key is always refused.
    host_key_checking: Literal["strict", "accept-new"] = "accept-new"


class PlanHost(PlanModel):
    """A machine as Ansible reaches it; secrets stay references."""

    name: str
    address: str
    internal_address: str | None = None
    connection: Literal["ssh", "local"] = "ssh"
    port: int = 22
    user: str | None = None
    bastion: str | None = None
    roles: tuple[str, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    #: Host variables as they go into the inventory.
    vars: dict[str, Any] = Field(default_factory=dict)
    #: ``ansible_…`` variables that it has from the document's groups and from the cluster; they
    #: yield to what this model says and to ``vars``, and stand in the inventory by themselves.
    inherited: dict[str, Any] = Field(default_factory=dict)
    ssh: PlanSsh = PlanSsh()


class Plan(PlanModel):
    """Everything that will run, and what it was made from."""

    version: Literal[7] = PLAN_VERSION
    cluster: str
    pipeline: str
    #: Parameters that the pipeline was given, by their names in camelCase.
    parameters: dict[str, Any] = Field(default_factory=dict)
    hosts: tuple[PlanHost, ...] = ()
    #: Group name to member host names, in order; roles are groups, the document may name more.
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    #: The policy of the pipeline as a whole, such as its concurrency.
    policy: Policy = DEFAULT_POLICY
    graph: ExecutionGraph
    #: ``module/task`` (or one of its steps) that has no host, as its `onEmpty: skip` allows -> why.
    left_out: dict[str, str] = Field(default_factory=dict)
    #: Options of all runs, as ``--tags`` and ``--skip-tags`` of ``ansible-playbook``; empty where
    #: every node of the graph runs as a whole.
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()
    #: Nodes that do not run as a whole because of them: they are not done by that.
    cut: dict[str, TagCut] = Field(default_factory=dict)
    #: Extra variables (`-e`), which win over all others; tagged text is encoded. No secret.
    extra_vars: dict[str, Any] = Field(default_factory=dict)
    #: Inventories (`-i`) in place of the document's hosts, relative to the document.
    inventories: tuple[str, ...] = ()
    #: Names of environment variables that runs get from the environment of ``wt``; no value.
    environment: tuple[str, ...] = ()
    #: Hosts that no inventory lists: `localhost`, where work names it. They are not in `all`.
    unlisted: tuple[str, ...] = ()
    #: Settings of providers of secrets by their key in ``spec.secrets``; no secret is in them.
    secrets: dict[str, dict[str, Any]] = Field(default_factory=dict)
    #: Seconds that facts may be used after they were gathered; 0: by the same task only.
    facts_ttl: float = 0.0
    #: Node ids layer by layer; no path between two ids of one layer.
    layers: tuple[tuple[str, ...], ...] = ()
    #: Input (``document``, ``role:etcd``, ``template:etcd/etcd.conf.j2``, ``tool:ansible-core``)
    #: to sha256.
    digests: dict[str, str] = Field(default_factory=dict)
    #: Node id to the digest of everything that node's work depends on, on all its hosts.
    node_digests: dict[str, str] = Field(default_factory=dict)
    #: Node id -> host -> the digest of everything that the node's work on that host depends on.
    #: ``compile.node_digests`` says what that is; older bundles have none.
    pair_digests: dict[str, dict[str, str]] = Field(default_factory=dict)
    #: Id of the task whose work this plan undoes: its nodes' rollbacks are run, not their plays.
    undoes: str | None = None

    @property
    def request(self) -> PipelineRequest:
        """The pipeline and the parameters that it was made for."""
        return PipelineRequest(self.pipeline, self.parameters)

    @property
    def tag_options(self) -> str:
        """The options of tags as in a shell; empty without any."""
        given = (("--tags", self.tags), ("--skip-tags", self.skip_tags))
        return shlex.join(word for name, tags in given if tags for word in (name, ",".join(tags)))

    @property
    def cut_options(self) -> dict[str, str]:
        """The nodes that do not run as a whole -> the options of tags because of which."""
        return dict.fromkeys(self.cut, self.tag_options)
