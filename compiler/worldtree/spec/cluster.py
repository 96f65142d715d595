"""The resolved cluster: all defaults set, hosts and groups final, secrets still references.

Modules, tasks, steps, needs, hooks and policies have the fields of ``worldtree.plan.specs``, so
that ``ModuleSpec.model_validate(module.model_dump())`` converts them; hosts have those of
``PlanHost`` and also ``ssh``. Durations are seconds. ``!unsafe`` and ``!vault`` strings are the
one-key mappings of ``worldtree.spec.yaml_tags``. ``source`` is the place in the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, InstanceOf

from worldtree.core.errors import DocPath
from worldtree.core.written_paths import home_path
from worldtree.spec.host_patterns import HostGroups, HostGroupsBuilder
from worldtree.spec.selectors import HostIndex, Selector

EdgeKind = Literal["barrier", "host", "soft"]
Batch = int | str

#: Parameter that holds the bare value of a step (``command: uptime``) until it is normalised.
BARE_VALUE = "_bare"


class ClusterModel(BaseModel):
    """Pure data: immutable, no unknown keys, JSON round-trip exact."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class SshSettings(ClusterModel):
    """Connection settings of a host besides its address, port, user and bastion."""

    private_key_file: str | None = None
    #: References, as are both passwords.
    private_key: str | None = None
    password: str | None = None
    become_password: str | None = None
    known_hosts_file: str | None = None
    #: Seconds to wait for a connection.
    timeout: float = 10.0
    become: bool = False
    become_user: str = "root"
    host_key_checking: Literal["strict", "accept-new"] = "accept-new"


class ClusterHost(ClusterModel):
    """A machine."""

    name: str
    address: str
    internal_address: str
    connection: Literal["ssh", "local"] = "ssh"
    port: int = 22
    user: str | None = None
    #: Name of another host, or ``[user@]address[:port]``.
    bastion: str | None = None
    roles: tuple[str, ...] = ()
    #: The document's labels, and ``role``: the roles joined with commas.
    labels: dict[str, str] = Field(default_factory=dict)
    vars: dict[str, Any] = Field(default_factory=dict)
    ssh: SshSettings = SshSettings()
    source: DocPath | None = None


class ClusterGroup(ClusterModel):
    """A group: a role, a group of the document, or both."""

    name: str
    #: All member hosts, those of child groups included, in document order.
    hosts: tuple[str, ...] = ()
    #: Hosts that are direct members, not through a child group.
    own_hosts: tuple[str, ...] = ()
    #: Groups that are members.
    children: tuple[str, ...] = ()
    vars: dict[str, Any] = Field(default_factory=dict)
    source: DocPath | None = None


class ClusterPolicy(ClusterModel):
    """The policy of one level, with the fields of ``plan.policy.Policy``; ``None`` is inherited."""

    serial: Batch | tuple[Batch, ...] | None = None
    throttle: int | None = None
    mutex: str | None = None
    timeout: float | None = None
    retries: int | None = None
    backoff: float | None = None
    on_failure: Literal["fail-fast", "ignore", "rollback"] | None = None
    allowed_failures: Batch | None = None
    on_interrupted: Literal["rerun", "ask", "fail"] | None = None
    on_irreversible: Literal["refuse", "confirm", "allow"] | None = None
    concurrency: int | None = None


class ClusterNeed(ClusterModel):
    """A dependency on a task of the same module, a module, or ``module/task``."""

    target: str
    scope: EdgeKind = "barrier"
    source: DocPath | None = None


class ClusterOutput(ClusterModel):
    """A value that a step publishes."""

    #: None if a role publishes the output itself.
    value: str | None = None
    type: Literal["any", "str", "int", "float", "bool", "list", "dict"] = "any"
    secret: bool = False


class ClusterPlayRole(ClusterModel):
    """A role of a play."""

    role: str
    vars: dict[str, Any] = Field(default_factory=dict)
    when: str | None = None
    tags: tuple[str, ...] = ()
    #: Further keywords of Ansible, in snake_case.
    keywords: dict[str, Any] = Field(default_factory=dict)


class ClusterPlay(ClusterModel):
    """The roles, tasks and keywords of a step that is a whole play."""

    roles: tuple[ClusterPlayRole, ...] = ()
    #: Tasks as Ansible reads them, or the path of a file of them; so are the three after it.
    pre_tasks: str | tuple[dict[str, Any], ...] = ()
    tasks: str | tuple[dict[str, Any], ...] = ()
    post_tasks: str | tuple[dict[str, Any], ...] = ()
    handlers: str | tuple[dict[str, Any], ...] = ()
    vars_files: tuple[str | tuple[str, ...], ...] = ()
    #: Keywords of Ansible, in snake_case.
    keywords: dict[str, Any] = Field(default_factory=dict)


class ClusterStep(ClusterModel):
    """A step; its name is derived if the document sets none."""

    name: str
    kind: str
    role: str | None = None
    entry: str = "main"
    #: A bare value (``command: uptime``) is under the key ``BARE_VALUE``.
    params: dict[str, Any] = Field(default_factory=dict)
    vars: dict[str, Any] = Field(default_factory=dict)
    #: Includes the condition of the task.
    when: str | None = None
    tags: tuple[str, ...] = ()
    become: bool | str | None = None
    become_user: str | None = None
    #: A mapping, a template of one, or a list of both.
    environment: dict[str, Any] | str | tuple[dict[str, Any] | str, ...] = Field(
        default_factory=dict
    )
    no_log: bool | str | None = None
    always: bool = False
    #: Files of variables of the document, its module and its task, the nearest last.
    vars_files: tuple[str | tuple[str, ...], ...] = ()
    #: Of a step that is a whole play.
    play: ClusterPlay | None = None
    outputs: dict[str, ClusterOutput] = Field(default_factory=dict)
    #: Its hosts if it has fewer than its task, which are those of both.
    hosts: Selector | None = None
    policy: ClusterPolicy = ClusterPolicy()
    source: DocPath | None = None


class ClusterTask(ClusterModel):
    """One outcome on a set of hosts."""

    name: str
    hosts: Selector = "all"
    #: What to do where no host matches.
    on_empty: Literal["error", "skip"] = "error"
    needs: tuple[ClusterNeed, ...] = ()
    steps: tuple[ClusterStep, ...]
    #: Of all its steps, besides their own.
    tags: tuple[str, ...] = ()
    policy: ClusterPolicy = ClusterPolicy()
    source: DocPath | None = None


class ClusterModule(ClusterModel):
    """A module of the document."""

    name: str
    needs: tuple[ClusterNeed, ...] = ()
    tasks: tuple[ClusterTask, ...]
    vars: dict[str, Any] = Field(default_factory=dict)
    #: Of all its steps, besides their own.
    tags: tuple[str, ...] = ()
    policy: ClusterPolicy = ClusterPolicy()
    source: DocPath | None = None


class ClusterHook(ClusterModel):
    """Work before, after or instead of ``target`` (``""`` is everything)."""

    name: str
    when: Literal["before", "after", "replace"]
    target: str = ""
    hosts: Selector | None = None
    step: ClusterStep
    #: Whether it inherits `always` from the replaced step, because its own step does not set it.
    inherits_always: bool = False
    source: DocPath | None = None


class ClusterArtifact(ClusterModel):
    """An artifact of the document, with the fields of ``plan.artifact.ArtifactRequest``."""

    kind: str
    name: str
    version: str
    platform: str
    architectures: tuple[str, ...]
    #: With the fields of ``plan.artifact.ArtifactSource``; paths are as the document has them.
    sources: tuple[dict[str, str | bool], ...]
    sha256: dict[str, str] = Field(default_factory=dict)
    size: dict[str, int] = Field(default_factory=dict)
    #: With the fields of ``plan.artifact.ArtifactSignature``.
    signature: dict[str, str | bool] | None = None
    hosts: Selector = "all"
    source: DocPath | None = None


class ClusterPackages(ClusterModel):
    """The packages of one distribution, and where they come from."""

    platform: str
    architectures: tuple[str, ...]
    hosts: Selector = "all"
    #: As ``ClusterArtifact.sources``.
    sources: tuple[dict[str, str | bool], ...]
    #: One for each source, with the fields of ``plan.packages.RepositorySuites``.
    repositories: tuple[dict[str, tuple[str, ...]], ...]
    install: tuple[str, ...]
    versions: dict[str, str]
    present: tuple[str, ...]
    source: DocPath | None = None


class ClusterDistribution(ClusterModel):
    """How artifacts reach many hosts."""

    #: Bytes per second to all hosts together.
    bandwidth: int | None = None
    transfers: int | None = None
    mirror: str | None = None
    #: Label of whose values each has a seed host.
    seeds: str | None = None


class ClusterFacts(ClusterModel):
    """When and which facts are gathered."""

    gather: Literal["auto", "always", "never"] = "auto"
    gather_subset: tuple[str, ...] = ("all",)
    #: Seconds for which tasks may reuse facts that an earlier task gathered.
    ttl: float = 0.0


class ClusterAnsible(ClusterModel):
    """Settings of Ansible itself."""

    forks: int = 10
    pipelining: bool = True
    #: Whether hosts run modules in forks of one process.
    warm: bool = True
    #: The team's `ansible.cfg`, where the document names it.
    config: str | None = None
    #: Files and directories beside the document that go into the bundle, as written.
    carry: tuple[str, ...] = ()
    #: Names of Ansible tasks and steps whose files are all carried.
    carried_for: tuple[str, ...] = ()
    #: Names of environment variables that runs get from the environment of ``wt``.
    environment: tuple[str, ...] = ()
    #: Names of roles that ship with the program and are meant.
    shipped_roles: tuple[str, ...] = ()


class Cluster(ClusterModel):
    """A cluster, whole."""

    name: str
    labels: dict[str, str] = Field(default_factory=dict)
    #: In document order; empty until the ``inventory`` has been read.
    hosts: tuple[ClusterHost, ...] = ()
    #: By name: roles in order of appearance, then the document's other groups.
    groups: dict[str, ClusterGroup] = Field(default_factory=dict)
    #: Variables of every host.
    vars: dict[str, Any] = Field(default_factory=dict)
    #: Configuration by component, raw: typed by the catalog. Source: ``spec.components.<name>``.
    components: dict[str, dict[str, Any]] = Field(default_factory=dict)
    modules: tuple[ClusterModule, ...] = ()
    hooks: tuple[ClusterHook, ...] = ()
    artifacts: tuple[ClusterArtifact, ...] = ()
    packages: tuple[ClusterPackages, ...] = ()
    distribution: ClusterDistribution | None = None
    policy: ClusterPolicy = ClusterPolicy()
    #: Paths as written, relative to ``directory``.
    roles_path: tuple[str, ...] = ()
    collections_path: tuple[str, ...] = ()
    templates_path: tuple[str, ...] = ()
    #: Paths, or names of hosts (with a comma), as written; later ones take precedence.
    inventory: tuple[str, ...] = ()
    #: Whether the inventories were given beside the document (`-i`).
    inventory_given: bool = Field(default=False, exclude=True)
    #: The hosts and groups of the ``inventory``, once it has been read, in Ansible's order.
    inventory_order: InstanceOf[HostGroups] | None = Field(default=None, exclude=True)
    #: Settings of ``spec.ssh``; each host has its own resolved copy.
    ssh: SshSettings = SshSettings()
    #: Login user of hosts that set none.
    user: str = "root"
    state_dir: str | None = None
    ansible: ClusterAnsible = ClusterAnsible()
    facts: ClusterFacts = ClusterFacts()
    #: Settings by provider (``vault``, ``ansibleVault``) with the keys of the document; credentials
    #: are references without their ``${}``.
    secrets: dict[str, dict[str, Any]] = Field(default_factory=dict)
    #: Directory of the document; None for a document without a file. Never part of a digest.
    directory: Path | None = None
    #: The document's file as shown to the user.
    file: str = ""
    #: Index of the document in its file.
    document: int = 0

    def path(self, written: str) -> Path:
        """Return ``written`` (a path in the document), resolved against its directory."""
        expanded = home_path(written)
        return expanded if self.directory is None else self.directory / expanded

    @cached_property
    def index(self) -> HostIndex:
        """Index that evaluates selectors and caches the results."""
        return HostIndex(self.hosts, self.group_members, self.inventory_order or self._own_order())

    def _own_order(self) -> HostGroups:
        """Return the hosts and groups of the document, as its bundle's inventory has them."""
        builder = HostGroupsBuilder()
        for host in self.hosts:
            builder.add_host(host.name)
        for name, group in sorted(self.groups.items()):
            builder.add_child("all", name)
            children = [child for child in group.children if child in self.groups]
            inner = {host for child in children for host in self.groups[child].hosts}
            for member in group.own_hosts:
                if member not in inner:
                    builder.add_host(member, name)
            for child in children:
                builder.add_child(name, child)
        return builder.build()

    @cached_property
    def group_members(self) -> dict[str, tuple[str, ...]]:
        """Names of the member hosts by group, in document order."""
        return {name: group.hosts for name, group in self.groups.items()}

    @cached_property
    def hosts_by_name(self) -> dict[str, ClusterHost]:
        """Hosts by name."""
        return {host.name: host for host in self.hosts}

    def select(self, selector: Selector) -> tuple[str, ...]:
        """Return the names of the matching hosts; raises ``SelectorError``.

        Of a host pattern in Ansible's order, of a selector by labels in document order.
        """
        return self.index.select(selector)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Cluster:
        """Return a copy without the cached properties of the old values."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("index", "group_members", "hosts_by_name"):
            copied.__dict__.pop(name, None)
        return copied
