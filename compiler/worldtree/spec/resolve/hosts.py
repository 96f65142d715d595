"""Resolves hosts: expands ranges and merges the ssh settings of each host."""

from __future__ import annotations

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.spec import ranges
from worldtree.spec.cluster import ClusterHost, SshSettings
from worldtree.spec.models.cluster import Spec
from worldtree.spec.models.host import Host
from worldtree.spec.models.ssh import Ssh
from worldtree.spec.yaml_tags import encode_tags

#: Hosts in one document.
MAX_HOSTS = 20_000


def resolve_hosts(spec: Spec, bag: DiagnosticBag) -> tuple[ClusterHost, ...]:
    """Return the hosts in document order; of hosts with the same name the first is kept."""
    found: dict[str, ClusterHost] = {}
    for index, entry in enumerate(spec.hosts):
        path: DocPath = ("spec", "hosts", index)
        for host in _expand(entry, spec.ssh, path, bag):
            earlier = found.setdefault(host.name, host)
            if earlier is not host:
                bag.error(
                    "duplicate-host",
                    f"duplicate host `{host.name}`",
                    detail="Its range produces the name twice."
                    if earlier.source == path
                    else "Another entry of `hosts` has the same name.",
                    hint="give each host a unique name",
                    path=(*path, "name"),
                )
        if len(found) > MAX_HOSTS:
            bag.error(
                "too-many-hosts",
                f"the document has more than {MAX_HOSTS} hosts",
                hint="split the cluster",
                path=("spec", "hosts"),
                at_key=True,
            )
            break
    return tuple(found.values())


def ssh_settings(ssh: Ssh, host: Host | None = None) -> SshSettings:
    """Return the settings of ``ssh`` for ``host``, or for hosts in general."""
    user = (host.user if host else None) or ssh.user
    local = host is not None and host.connection == "local"
    become = host.become if host and host.become is not None else ssh.become
    if become is None or (local and host and host.become is None):
        become = user != "root" and not local
    return SshSettings(
        private_key_file=ssh.private_key_file,
        private_key=ssh.private_key,
        password=ssh.password,
        become_password=ssh.become_password,
        known_hosts_file=ssh.known_hosts_file,
        timeout=ssh.timeout,
        become=become,
        become_user=ssh.become_user,
        host_key_checking=ssh.host_key_checking,
    )


def _expand(entry: Host, ssh: Ssh, path: DocPath, bag: DiagnosticBag) -> list[ClusterHost]:
    names = ranges.expand(entry.name)
    local = entry.connection == "local"
    addresses = _expand_addresses(names, entry.address, entry, (*path, "address"), bag)
    internal = _expand_addresses(
        names, entry.internal_address, entry, (*path, "internalAddress"), bag
    )
    settings = ssh_settings(ssh, entry)
    labels = dict(entry.labels)
    if entry.roles:
        labels["role"] = ",".join(entry.roles)
    variables = encode_tags(entry.vars)
    hosts = []
    for name, given, inside in zip(names, addresses, internal, strict=True):
        address = given or ("127.0.0.1" if local else name)
        hosts.append(
            ClusterHost(
                name=name,
                address=address,
                internal_address=inside or address,
                connection=entry.connection,
                port=entry.port or ssh.port,
                user=entry.user or (None if local else ssh.user),
                bastion=_bastion(entry, ssh, name),
                roles=entry.roles,
                labels=labels,
                vars=variables,
                ssh=settings,
                source=path,
            )
        )
    return hosts


def _expand_addresses(
    names: list[str], text: str | None, entry: Host, path: DocPath, bag: DiagnosticBag
) -> list[str] | list[None]:
    """Return one address per name, or None for each if the range does not fit."""
    if text is None:
        return [None] * len(names)
    found = ranges.expand(text)
    if len(found) == len(names):
        return found
    if len(found) == 1 and entry.connection == "local":
        return found * len(names)
    bag.error(
        "range-mismatch",
        f"`{text}` expands to {_count(found)}, but `{entry.name}` to {_count(names, 'host')}",
        detail="The first name gets the first address, and so on.",
        hint="use ranges of the same length",
        path=path,
    )
    return [None] * len(names)


def _bastion(entry: Host, ssh: Ssh, name: str) -> str | None:
    if entry.connection == "local" or entry.bastion == "none":
        return None
    bastion = entry.bastion or ssh.bastion
    # The bastion of the cluster is reached directly.
    return None if bastion == name and entry.bastion is None else bastion


def _count(items: list[str], word: str = "address") -> str:
    plural = f"{word}es" if word.endswith("s") else f"{word}s"
    return f"1 {word}" if len(items) == 1 else f"{len(items)} {plural}"
