"""A bundle's own inventory as data: hosts with their connections, groups, variables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.plan.plan import PlanHost, PlanSsh

#: Turns a plan's value into YAML data: secret references become lookups, tags stay tags.
ValueRenderer = Callable[[Any], Any]

#: ``10.0.0.1``, ``gate:2222``, ``fd00::1``, ``[fd00::1]:2222``.
_ADDRESS_AND_PORT = re.compile(
    r"(?:\[(?P<six>[^\]]+)\]|(?P<plain>[^:\[\]]+))(?::(?P<port>[0-9]+))?"
)


#: Host variable that says whether work is done as another user, where hosts differ in this.
BECOME_VARIABLE = "worldtree_become"
#: The interpreter of hosts with a local connection: the Python that runs Ansible.
PLAYBOOK_PYTHON = "{{ ansible_playbook_python }}"


@dataclass(frozen=True, slots=True)
class InventorySpec:
    """The content of a bundle's inventory."""

    hosts: tuple[PlanHost, ...]
    #: Group → its members, those of inner groups included or not.
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Group → groups inside it.
    children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group_vars: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Variables of every host.
    cluster_vars: Mapping[str, Any] = field(default_factory=dict)
    #: Options of ssh for every connection, such as ``-o ConnectTimeout=10``; a host behind a
    #: bastion has its own option behind them.
    ssh_args: tuple[str, ...] = ()
    #: Hosts of plays that the inventory does not list: they may differ from the others.
    unlisted: tuple[PlanHost, ...] = ()


def inventory_files(spec: InventorySpec, render: ValueRenderer = with_lookups) -> dict[str, Any]:
    """Return path in the bundle → YAML data, sorted by path; equal input gives equal data.

    ``inventory/hosts.yml`` holds hosts with their connections and the groups; variables are in
    ``inventory/group_vars/`` and ``inventory/host_vars/``, where a person looks for them.
    Connections are set per host and never for all hosts: the implicit ``localhost``, to which tasks
    are delegated, would inherit them. Secret references become lookups.
    """
    files: dict[str, Any] = {"inventory/hosts.yml": hosts_data(spec)}
    if spec.cluster_vars:
        files["inventory/group_vars/all.yml"] = render(dict(spec.cluster_vars))
    for group, values in spec.group_vars.items():
        if values:
            path = f"inventory/group_vars/{group}.yml"
            files[path] = {**files.get(path, {}), **render(dict(values))}
    for host in spec.hosts:
        if host.vars:
            files[f"inventory/host_vars/{host.name}.yml"] = render(dict(host.vars))
    return dict(sorted(files.items()))


def hosts_data(spec: InventorySpec) -> dict[str, Any]:
    """Return the data of ``hosts.yml``: hosts in document order, groups by name."""
    by_name = {host.name: host for host in (*spec.hosts, *spec.unlisted)}
    everything: dict[str, Any] = {
        "hosts": {host.name: connection_vars(host, by_name, spec.ssh_args) for host in spec.hosts}
    }
    names = sorted({*spec.groups, *spec.children, *spec.group_vars} - {"all"})
    if names:
        everything["children"] = {name: _group(name, spec) for name in names}
    return {"all": everything}


def groups_source(spec: InventorySpec, render: ValueRenderer = with_lookups) -> dict[str, Any]:
    """Return one inventory source with the groups and variables of ``spec``, and no connections.

    For use before a team's own inventory: the variables are in the source itself, so that those in
    ``group_vars/`` and in later sources take precedence.
    """
    everything: dict[str, Any] = {}
    if spec.cluster_vars:
        everything["vars"] = render(dict(spec.cluster_vars))
    groups: dict[str, Any] = {}
    for name in sorted({*spec.groups, *spec.children, *spec.group_vars} - {"all"}):
        groups[name] = _group(name, spec)
        if spec.group_vars.get(name):
            groups[name]["vars"] = render(dict(spec.group_vars[name]))
    if groups:
        everything["children"] = groups
    return {"all": everything}


def _group(name: str, spec: InventorySpec) -> dict[str, Any]:
    children = [child for child in spec.children.get(name, ()) if child not in {name, "all"}]
    inner = {host for child in children for host in group_members(child, spec)}
    # Hosts of inner groups are members already; listing them again would hide the nesting.
    own = [host for host in spec.groups.get(name, ()) if host not in inner]
    data: dict[str, Any] = {}
    if own:
        data["hosts"] = dict.fromkeys(own)
    if children:
        data["children"] = dict.fromkeys(children)
    return data


def group_members(group: str, spec: InventorySpec) -> tuple[str, ...]:
    """Return the hosts of ``group`` and of all groups inside it, each once."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [group]
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen.add(name)
            found.update(dict.fromkeys(spec.groups.get(name, ())))
            waiting.extend(spec.children.get(name, ()))
    return tuple(found)


def connection_vars(
    host: PlanHost, hosts: Mapping[str, PlanHost], ssh_args: Sequence[str] = ()
) -> dict[str, Any]:
    """Return how Ansible reaches ``host``; ``hosts`` are all hosts by name, for bastions."""
    data: dict[str, Any] = {}
    if host.connection == "local":
        # The Python that runs Ansible, as for the implicit localhost: no discovery is needed.
        data["ansible_connection"] = "local"
        data["ansible_python_interpreter"] = PLAYBOOK_PYTHON
    else:
        if host.address != host.name:
            data["ansible_host"] = host.address
        if host.port != 22:
            data["ansible_port"] = host.port
        if host.user:
            data["ansible_user"] = host.user
        if host.ssh.private_key_file:
            data["ansible_ssh_private_key_file"] = host.ssh.private_key_file
        if host.ssh.password:
            # Ansible passes it to ssh through SSH_ASKPASS and shared memory, never as an argument.
            data["ansible_password"] = with_lookups(host.ssh.password)
    if host.ssh.become and host.ssh.become_password:
        data["ansible_become_password"] = with_lookups(host.ssh.become_password)
    if host.ssh.become and any(not other.ssh.become for other in hosts.values()):
        data[BECOME_VARIABLE] = True
    if host.connection != "local":
        args = [*ssh_args, *ssh_options(host.ssh)]
        if host.bastion:
            args.append(f'-o ProxyCommand="{proxy_command(host, hosts)}"')
        data["ansible_ssh_common_args"] = " ".join(args)
    return data


def ssh_options(ssh: PlanSsh) -> list[str]:
    """Return ssh's options for host key checking and timeouts."""
    checking = "yes" if ssh.host_key_checking == "strict" else "accept-new"
    options = [
        f"-o StrictHostKeyChecking={checking}",
        f"-o ConnectTimeout={max(1, round(ssh.timeout))}",
        # Without these, a host that disappears in the middle of a task blocks the run for ever.
        "-o ServerAliveInterval=10 -o ServerAliveCountMax=3",
    ]
    if ssh.known_hosts_file:
        options.append(f"-o UserKnownHostsFile={shlex.quote(ssh.known_hosts_file)}")
    return options


def proxy_command(host: PlanHost, hosts: Mapping[str, PlanHost]) -> str:
    """Return the command that reaches ``host`` through its bastion.

    Not ``ProxyJump``: with that, ssh would use neither our key nor our known hosts for the bastion.
    A bastion that is not a host of the plan is reached with the settings of the host behind it;
    bastions of a bastion are reached with the client's own settings.
    """
    hops = _bastion_chain(host, hosts)
    last = hops[-1]
    via = hosts.get(last)
    ssh = host.ssh if via is None else via.ssh
    user, address, port = _bastion_address(last, hosts)
    parts = ["ssh -W %h:%p -o BatchMode=yes", *ssh_options(ssh)]
    if ssh.private_key_file:
        parts.append(f"-i {shlex.quote(ssh.private_key_file)}")
    if len(hops) > 1:
        parts.append(
            "-J " + ",".join(_jump_target(*_bastion_address(hop, hosts)) for hop in hops[:-1])
        )
    if port:
        parts.append(f"-p {port}")
    parts.append(f"{user}@{address}" if user else address)
    return " ".join(parts)


def _bastion_chain(host: PlanHost, hosts: Mapping[str, PlanHost]) -> list[str]:
    """Return the bastions on the way to ``host``, the outermost first; a cycle is cut."""
    found: list[str] = []
    here: PlanHost | None = host
    while here is not None and here.bastion and here.bastion not in found:
        found.insert(0, here.bastion)
        here = hosts.get(here.bastion)
    return found


def _bastion_address(bastion: str, hosts: Mapping[str, PlanHost]) -> tuple[str, str, str]:
    """Return user, address and port of a bastion: a host's name, or ``[user@]address[:port]``."""
    host = hosts.get(bastion)
    if host is not None:
        return host.user or "", host.address, "" if host.port == 22 else str(host.port)
    user, _, rest = bastion.rpartition("@")
    found = _ADDRESS_AND_PORT.fullmatch(rest)
    if found is None:
        return user, rest, ""
    return user, found["six"] or found["plain"], found["port"] or ""


def _jump_target(user: str, address: str, port: str) -> str:
    literal = f"[{address}]" if ":" in address else address
    return (f"{user}@" if user else "") + literal + (f":{port}" if port else "")
