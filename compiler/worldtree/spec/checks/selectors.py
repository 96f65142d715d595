"""Reports selectors that match no host, and why."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.suggestions import did_you_mean
from worldtree.core.text import and_more
from worldtree.spec.checks.runtime_groups import find_group_maker
from worldtree.spec.cluster import Cluster
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.selectors import Selector, Term, parse_selector

#: Hosts, and roles, that a hint names.
_MAX_NAMES = 8


def check_selection(model: ClusterDocument, cluster: Cluster, bag: DiagnosticBag) -> None:
    """Check that every selector matches a host; skipped until an inventory has been read."""
    if not cluster.hosts:
        return
    for selector, path in selectors_of(model):
        parts = [(selector, path)] if isinstance(selector, str) else _parts(selector, path)
        for text, where in parts:
            if not cluster.select(text):
                _report(text, where, cluster, bag)


def selectors_of(model: ClusterDocument) -> Iterator[tuple[Selector, DocPath]]:
    """Yield every selector of modules and hooks with its path."""
    for i, module in enumerate(model.spec.modules):
        for j, task in enumerate(module.tasks):
            path: DocPath = ("spec", "modules", i, "tasks", j)
            yield task.hosts, (*path, "hosts")
            for k, step in enumerate(task.steps):
                if step.hosts is not None:
                    yield step.hosts, (*path, "steps", k, "hosts")
    hooks = model.spec.hooks
    for when, listed in (
        ("before", hooks.before),
        ("after", hooks.after),
        ("replace", hooks.replace),
    ):
        for i, hook in enumerate(listed):
            where: DocPath = ("spec", "hooks", when, i)
            if hook.hosts is not None:
                yield hook.hosts, (*where, "hosts")
            if hook.step.hosts is not None:
                yield hook.step.hosts, (*where, "step", "hosts")


def _parts(selector: tuple[str, ...], path: DocPath) -> list[tuple[str, DocPath]]:
    return [(text, (*path, index)) for index, text in enumerate(selector)]


def _report(text: str, path: DocPath, cluster: Cluster, bag: DiagnosticBag) -> None:
    terms = parse_selector(text)
    if terms[0].operator == "bare":
        name = terms[0].key
        if name in cluster.groups:
            bag.error(
                "selector-matches-nothing",
                f"the group `{name}` has no hosts",
                hint="add members, or remove the work for this group",
                path=path,
            )
            return
        maker = find_group_maker(name, cluster)
        if maker is not None:
            bag.error(
                "group-made-while-running",
                f"the group `{name}` exists only while a role runs",
                detail=f"{maker} makes it, and hosts of a task are bound when compiling.",
                hint=f"name the hosts or a group of the document, and test `'{name}' in "
                "group_names` in a `when`; for new hosts, delegate from a known one: "
                f"`delegate_to` over `groups['{name}']`",
                path=path,
            )
            return
        bag.error(
            "unknown-host",
            f"unknown host or group `{name}`",
            hint=did_you_mean(
                name,
                [*cluster.hosts_by_name, *cluster.groups],
                _known_names(cluster),
            ),
            path=path,
        )
        return
    detail, hint = "", "check the roles and labels of the hosts"
    for term in terms:
        found = _why_unmatched(term, cluster)
        if found:
            detail, hint = found
            break
    bag.error(
        "selector-matches-nothing", f"`{text}` matches no host", detail=detail, hint=hint, path=path
    )


def _known_names(cluster: Cluster) -> str:
    names = [host.name for host in cluster.hosts]
    roles = [f"`role={name}`" for name in cluster.groups]
    words = f"hosts: {and_more([f'`{name}`' for name in names], _MAX_NAMES)}"
    return f"{words}; by role: {and_more(roles, _MAX_NAMES)}" if roles else words


def _why_unmatched(term: Term, cluster: Cluster) -> tuple[str, str] | None:
    """Return (why, help) if ``term`` alone matches no host, else None."""
    if term.operator != "in":
        return None
    if term.key in ("role", "group"):
        known: set[str] = set(cluster.groups)
        what = term.key
    elif term.key == "name":
        known, what = set(cluster.hosts_by_name), "host"
    else:
        known = {h.labels[term.key] for h in cluster.hosts if term.key in h.labels}
        what = f"`{term.key}`"
        if not known:
            labels = {key for host in cluster.hosts for key in host.labels} | {"role", "group"}
            return (
                f"No host has the label `{term.key}`.",
                did_you_mean(term.key, labels, "add the label to the hosts"),
            )
    value = min(term.values)
    if term.values & known:
        empty = next((g for g in sorted(term.values) if g in cluster.groups), None)
        if cluster.inventory is None or empty is None or cluster.groups[empty].hosts:
            return None
        return (
            f"The group `{empty}` exists in the inventory but has no hosts.",
            "add hosts to it, or remove the work for this group",
        )
    listed = ", ".join(f"`{name}`" for name in sorted(known)[:10])
    return (
        f"No host has the {'name' if what == 'host' else what} `{value}`.",
        did_you_mean(value, known, f"use one of {listed}" if listed else ""),
    )
