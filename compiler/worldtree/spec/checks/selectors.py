"""Reports selectors that match no host, and why."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.suggestions import did_you_mean
from worldtree.core.text import and_more
from worldtree.spec.checks.document_steps import document_hooks
from worldtree.spec.checks.runtime_groups import GroupMakers
from worldtree.spec.cluster import Cluster
from worldtree.spec.host_patterns import HostGroups, PatternTerm
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.selectors import (
    Selector,
    Term,
    is_by_labels,
    parse_selector,
    pattern_terms,
)

#: Keys of selectors whose values are names of groups and hosts.
_NAMES_IN_ANSIBLE = frozenset({"role", "group", "name"})
#: Hosts, and roles, that a hint names.
_MAX_NAMES = 8


def check_selection(model: ClusterDocument, cluster: Cluster, bag: DiagnosticBag) -> None:
    """Check that every part of a selector matches a host; skipped until hosts are known."""
    if not cluster.hosts:
        return
    makers = GroupMakers(cluster)
    for selector, path in _optional_selectors(model):
        for text, where in _texts(selector, path):
            if not is_by_labels(text):
                _check_optional(text, where, cluster, makers, bag)
    for selector, path in _required_selectors(model):
        known = len(bag.items)
        for text, where in _texts(selector, path):
            if is_by_labels(text):
                if not cluster.select(text):
                    _report_labels(text, where, cluster, makers, bag)
            else:
                _check_pattern(text, where, cluster, makers, bag)
        if len(bag.items) == known and not cluster.select(selector):
            _report_nothing(selector, path, bag)


def _required_selectors(model: ClusterDocument) -> Iterator[tuple[Selector, DocPath]]:
    """Yield every selector that has to match a host, with its path."""
    for i, module in enumerate(model.spec.modules):
        for j, task in enumerate(module.tasks):
            if task.on_empty == "skip":
                continue
            path: DocPath = ("spec", "modules", i, "tasks", j)
            yield task.hosts, (*path, "hosts")
            for k, step in enumerate(task.steps):
                if step.hosts is not None:
                    yield step.hosts, (*path, "steps", k, "hosts")
    for i, artifact in enumerate(model.spec.artifacts):
        yield artifact.hosts, ("spec", "artifacts", i, "hosts")
    for i, packages in enumerate(model.spec.packages):
        yield packages.hosts, ("spec", "packages", i, "hosts")
    for where, hook in document_hooks(model):
        if hook.hosts is not None:
            yield hook.hosts, (*where, "hosts")
        if hook.step.hosts is not None:
            yield hook.step.hosts, (*where, "step", "hosts")


def all_selectors(model: ClusterDocument) -> list[Selector]:
    """Return the selectors of all work, those that may have no hosts included."""
    return [s for s, _ in (*_required_selectors(model), *_optional_selectors(model))]


def texts_of(selector: Selector) -> tuple[str, ...]:
    """Return the texts of a selector, which may be a list."""
    return (selector,) if isinstance(selector, str) else selector


def _optional_selectors(model: ClusterDocument) -> Iterator[tuple[Selector, DocPath]]:
    """Yield the selectors of tasks that may have no hosts, with their paths."""
    for i, module in enumerate(model.spec.modules):
        for j, task in enumerate(module.tasks):
            if task.on_empty == "skip":
                yield task.hosts, ("spec", "modules", i, "tasks", j, "hosts")


def _texts(selector: Selector, path: DocPath) -> list[tuple[str, DocPath]]:
    if isinstance(selector, str):
        return [(selector, path)]
    return [(text, (*path, index)) for index, text in enumerate(selector)]


def _check_optional(
    text: str, path: DocPath, cluster: Cluster, makers: GroupMakers, bag: DiagnosticBag
) -> None:
    """Warn of a name that is nothing here and probably never will be: misspelt, or made by a run.

    A group of another environment is what `onEmpty: skip` is for.
    """
    for term in pattern_terms(text):
        if not term.is_literal or cluster.index.inventory.knows(term.base):
            continue
        maker = makers.find(term.base)
        near = did_you_mean(term.base, [*cluster.hosts_by_name, *cluster.groups], "")
        if maker is not None:
            bag.warning(
                "group-made-while-running",
                f"`{term.base}` exists only once a task has made it",
                detail=f"{maker} makes it, and hosts of a task are bound when compiling; with "
                "`onEmpty: skip` the task is left out.",
                hint=_in_made_group(term.base),
                path=path,
            )
        elif near:
            bag.warning(
                "unknown-host",
                f"unknown host or group `{term.base}`",
                detail="With `onEmpty: skip`, work without hosts is left out.",
                hint=near,
                path=path,
            )


def _in_made_group(name: str) -> str:
    return (
        f"name the hosts or a group of the document, and test `'{name}' in group_names` in a "
        f"`when`; for new hosts, delegate from a known one: `delegate_to` over `groups['{name}']`"
    )


def _check_pattern(
    text: str, path: DocPath, cluster: Cluster, makers: GroupMakers, bag: DiagnosticBag
) -> None:
    """Report each part of a host pattern that names nothing, or adds no host."""
    inventory = cluster.index.inventory
    terms = pattern_terms(text)
    for term in terms:
        part = (term.offset, term.text) if len(terms) > 1 else None
        if term.is_literal and not inventory.knows(term.base):
            _report_unknown(term.base, path, part, cluster, makers, bag)
        elif not term.sign and not inventory.match(term):
            _report_empty(term, path, part, inventory, bag)


def _report_empty(
    term: PatternTerm,
    path: DocPath,
    part: tuple[int, str] | None,
    inventory: HostGroups,
    bag: DiagnosticBag,
) -> None:
    members = inventory.members(term.base)
    if term.base in inventory.groups and not members:
        summary = f"the group `{term.base}` has no hosts"
        detail, hint = "", "add members, or remove the work for this group"
    elif term.base != term.name:
        found = inventory.match(PatternTerm(term.base))
        summary = f"`{term.text}` matches no host"
        detail = f"`{term.base}` has {len(found)} hosts, which count from 0."
        hint = "correct the number in the brackets; `[-1]` is the last host"
    else:
        summary = f"`{term.text}` matches no host"
        detail, hint = "", "check the names of hosts and groups"
    bag.error("selector-matches-nothing", summary, detail=detail, hint=hint, path=path, part=part)


def _report_nothing(selector: Selector, path: DocPath, bag: DiagnosticBag) -> None:
    text = selector if isinstance(selector, str) else ", ".join(selector)
    bag.error(
        "selector-matches-nothing",
        f"`{text}` matches no host",
        detail="Each part has hosts, but `&` and `!` leave none.",
        hint="check the parts with `&` and `!`",
        path=path,
    )


def _report_unknown(
    name: str,
    path: DocPath,
    part: tuple[int, str] | None,
    cluster: Cluster,
    makers: GroupMakers,
    bag: DiagnosticBag,
) -> None:
    maker = makers.find(name)
    if maker is not None:
        bag.error(
            "group-made-while-running",
            f"`{name}` exists only once a task has made it",
            detail=f"{maker} makes it, and hosts of a task are bound when compiling.",
            hint=_in_made_group(name),
            path=path,
            part=part,
            subject=name,
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
        part=part,
        subject=name,
    )


def _report_labels(
    text: str, path: DocPath, cluster: Cluster, makers: GroupMakers, bag: DiagnosticBag
) -> None:
    named = [t for t in parse_selector(text) if t.operator == "in" and t.key in _NAMES_IN_ANSIBLE]
    for name in sorted({name for term in named for name in term.values}):
        if not cluster.index.inventory.knows(name) and makers.find(name) is not None:
            _report_unknown(name, path, None, cluster, makers, bag)
            return
    detail, hint = "", "check the roles and labels of the hosts"
    for term in parse_selector(text):
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
        if not cluster.inventory or empty is None or cluster.groups[empty].hosts:
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
