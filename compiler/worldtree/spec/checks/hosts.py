"""Checks hosts against each other: duplicate addresses, bastions, hosts or inventory."""

from __future__ import annotations

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.suggestions import did_you_mean
from worldtree.spec.checks.selectors import all_selectors, texts_of
from worldtree.spec.cluster import Cluster, ClusterHost
from worldtree.spec.host_patterns import LOCAL_NAMES
from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.selectors import is_by_labels, pattern_terms


def check_hosts(model: ClusterDocument, cluster: Cluster, bag: DiagnosticBag) -> None:
    """Check hosts against each other."""
    _check_host_source(model, bag)
    _check_addresses(cluster, bag)
    _check_bastions_exist(model, cluster, bag)
    _check_bastion_loops(cluster, bag)


def _check_host_source(model: ClusterDocument, bag: DiagnosticBag) -> None:
    spec = model.spec
    if spec.hosts and spec.inventory:
        bag.error(
            "hosts-and-inventory",
            "the document sets both `hosts` and `inventory`",
            detail="An inventory replaces `hosts`; two sources could contradict each other.",
            hint="remove one of them",
            path=("spec", "inventory"),
            at_key=True,
        )
    if not spec.hosts and not spec.inventory and not _is_local(model):
        bag.error(
            "no-hosts",
            "the cluster has no hosts",
            hint="add `hosts`, or use an existing Ansible inventory with `inventory`",
            path=("spec",),
            at_key=True,
            subject="hosts",
        )


def _is_local(model: ClusterDocument) -> bool:
    """Whether all work names this machine, which needs no entry in an inventory."""
    if model.spec.components:
        return False
    texts = [text for selector in all_selectors(model) for text in texts_of(selector)]
    if not texts or any(map(is_by_labels, texts)):
        return False
    return all(term.name in LOCAL_NAMES for text in texts for term in pattern_terms(text))


def _check_addresses(cluster: Cluster, bag: DiagnosticBag) -> None:
    seen: dict[tuple[str, int, str | None], ClusterHost] = {}
    for host in cluster.hosts:
        if host.connection != "ssh":
            continue
        earlier = seen.setdefault((host.address, host.port, host.bastion), host)
        if earlier is not host:
            bag.warning(
                "duplicate-address",
                f"`{host.name}` has the same address as `{earlier.name}`: {host.address}",
                detail="Both names refer to the same machine.",
                hint="correct one address, or remove one host",
                path=(*(host.source or ()), "address"),
            )


def _check_bastions_exist(model: ClusterDocument, cluster: Cluster, bag: DiagnosticBag) -> None:
    places: list[tuple[str | None, DocPath]] = [
        (model.spec.ssh.bastion, ("spec", "ssh", "bastion")),
        *(
            (host.bastion, ("spec", "hosts", index, "bastion"))
            for index, host in enumerate(model.spec.hosts)
        ),
    ]
    if model.spec.inventory:
        return
    for bastion, path in places:
        if bastion is None or (bastion == "none" and path[1] == "hosts"):
            continue
        if is_template(bastion):
            bag.error(
                "template-in-name",
                "a bastion cannot be a template",
                hint="write the value itself",
                path=path,
            )
        elif bastion not in cluster.hosts_by_name and not any(c in bastion for c in ".@:"):
            bag.error(
                "unknown-bastion",
                f"the bastion `{bastion}` is not a host of this document",
                detail="A bastion is a host of this document, or `[user@]address[:port]`.",
                hint=did_you_mean(bastion, cluster.hosts_by_name),
                path=path,
            )


def _check_bastion_loops(cluster: Cluster, bag: DiagnosticBag) -> None:
    by_name = cluster.hosts_by_name
    reported: set[str] = set()
    reachable: set[str] = set()
    for host in cluster.hosts:
        route: list[str] = []
        name: str | None = host.name
        while name in by_name and name not in reachable and name not in reported:
            if name in route:
                loop = [*route[route.index(name) :], name]
                reported.update(loop)
                bag.error(
                    "bastion-loop",
                    f"the bastions form a cycle: {' → '.join(loop)}",
                    detail="A connection to any of these hosts would go through the host itself.",
                    hint="set `bastion: none` on the host that is reached directly",
                    path=by_name[name].source,
                )
                break
            route.append(name)
            name = by_name[name].bastion
        reachable.update(name for name in route if name not in reported)
