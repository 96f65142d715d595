"""A bundle's own inventory as data: hosts and how to reach them, groups, variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worldtree.ansible.late import with_lookups
from worldtree.plan.plan import PlanHost

#: Turns a plan's value into what stands in YAML: secret references into lookups, tags into tags.
Render = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class InventorySpec:
    """Everything that a bundle's inventory says."""

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


def inventory_files(spec: InventorySpec, render: Render = with_lookups) -> dict[str, Any]:
    """Return path in the bundle → YAML data, sorted by path; equal input gives equal data.

    ``inventory/hosts.yml`` holds hosts with their connections and the groups; variables are in
    ``inventory/group_vars/`` and ``inventory/host_vars/``, where a person would look for them.
    Nothing about connections is said of all hosts at once: the implicit ``localhost``, which tasks
    are delegated to, would take it over. Secret references become lookups.
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
    by_name = {host.name: host for host in spec.hosts}
    everything: dict[str, Any] = {
        "hosts": {host.name: connection_vars(host, by_name, spec.ssh_args) for host in spec.hosts}
    }
    names = sorted({*spec.groups, *spec.children, *spec.group_vars} - {"all"})
    if names:
        everything["children"] = {name: _group(name, spec) for name in names}
    return {"all": everything}


def _group(name: str, spec: InventorySpec) -> dict[str, Any]:
    children = [child for child in spec.children.get(name, ()) if child not in {name, "all"}]
    inner = {host for child in children for host in members(child, spec)}
    # Hosts of inner groups are members through these; saying so again would hide the nesting.
    own = [host for host in spec.groups.get(name, ()) if host not in inner]
    data: dict[str, Any] = {}
    if own:
        data["hosts"] = dict.fromkeys(own)
    if children:
        data["children"] = dict.fromkeys(children)
    return data


def members(group: str, spec: InventorySpec) -> tuple[str, ...]:
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
    if host.connection == "local":
        # The Python that runs Ansible, as for the implicit localhost: nothing to be found out.
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        }
    data: dict[str, Any] = {}
    if host.address != host.name:
        data["ansible_host"] = host.address
    if host.port != 22:
        data["ansible_port"] = host.port
    if host.user:
        data["ansible_user"] = host.user
    if host.ssh.private_key_file:
        data["ansible_ssh_private_key_file"] = host.ssh.private_key_file
    if host.ssh.become:
        data["ansible_become"] = True
        if host.ssh.become_user != "root":
            data["ansible_become_user"] = host.ssh.become_user
    args = [*ssh_args, *ssh_options(host)]
    if host.bastion:
        args.append(f"-o ProxyJump={jump(host.bastion, hosts)}")
    if args:
        data["ansible_ssh_common_args"] = " ".join(args)
    return data


def ssh_options(host: PlanHost) -> list[str]:
    """Return the options of ssh that say how sure the host has to be, and how patient we are."""
    checking = "yes" if host.ssh.host_key_checking == "strict" else "accept-new"
    options = [
        f"-o StrictHostKeyChecking={checking}",
        f"-o ConnectTimeout={max(1, round(host.ssh.timeout))}",
    ]
    if host.ssh.known_hosts_file:
        options.append(f"-o UserKnownHostsFile={host.ssh.known_hosts_file}")
    return options


def jump(bastion: str, hosts: Mapping[str, PlanHost]) -> str:
    """Return ``user@address:port`` of a bastion, which is a host's name or such a text itself."""
    host = hosts.get(bastion)
    if host is None:
        return bastion
    address = f"[{host.address}]" if ":" in host.address else host.address
    user = f"{host.user}@" if host.user else ""
    port = f":{host.port}" if host.port != 22 else ""
    hop = f"{user}{address}{port}"
    # A bastion behind a bastion: ssh goes through them in the order given.
    if host.bastion and host.bastion != bastion:
        return f"{jump(host.bastion, {n: h for n, h in hosts.items() if n != bastion})},{hop}"
    return hop
