"""Runs all checks of a document and collects their diagnostics."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from worldtree.core.errors import Diagnostic, DiagnosticBag
from worldtree.core.suggestions import nearest
from worldtree.spec.checks import check_document
from worldtree.spec.cluster import Cluster
from worldtree.spec.document import Document
from worldtree.spec.host_templates import bind_hosts
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.resolve import resolve
from worldtree.spec.resolve.modules import NormaliseParams
from worldtree.spec.validate import Validated, validate

#: Diagnostics that may be wrong if invalid hosts or groups were left out.
_NEEDS_ALL_HOSTS = frozenset(
    {
        "no-hosts",
        "selector-matches-nothing",
        "step-hosts-outside-task",
        "unknown-bastion",
        "unknown-host",
    }
)
#: Keys of hosts and groups that determine what selectors match.
_SELECTION_KEYS = frozenset({"name", "roles", "labels", "members"})


def resolve_checked(
    model: ClusterDocument,
    document: Document,
    bag: DiagnosticBag,
    *,
    components: Collection[str] = (),
    normalise: NormaliseParams | None = None,
) -> Cluster:
    """Return the cluster of a valid model; cross-field problems, with marks, go to ``bag``.

    ``components`` are the names of every known component.
    """
    found = DiagnosticBag()
    cluster = resolve(model, document, found, normalise=normalise)
    found.extend(check_document(model, cluster, components=components))
    bag.extend(document.locate(found.items))
    return cluster


def further_problems(
    validated: Validated, document: Document, *, components: Collection[str] = ()
) -> list[Diagnostic]:
    """Return, with marks, the cross-field problems of a document with structural errors.

    Checks the valid parts, and leaves out problems that may only follow from the invalid ones.
    """
    if validated.model is None:
        return []
    found = DiagnosticBag()
    cluster = resolve(validated.model, document, found)
    found.extend(check_document(validated.model, cluster, components=components))
    restored = validated.restore(found.items)
    hosts_known = _hosts_known(validated)
    names = _written_names(document.data)
    return document.locate(
        d
        for d in restored
        if (hosts_known or d.slug not in _NEEDS_ALL_HOSTS)
        and _reference_target(d, document) not in names
    )


def validate_checked(
    document: Document, bag: DiagnosticBag, *, components: Collection[str] = ()
) -> Validated:
    """Validate ``document``; all problems, with marks, go to ``bag``.

    A structurally valid document gets no cross-field checks here: ``resolve_checked`` does them.
    """
    validated = _with_bound_hosts(validate(document), document, bag)
    if validated.diagnostics:
        bag.extend(document.locate(validated.diagnostics))
        bag.extend(further_problems(validated, document, components=components))
    return validated


def _with_bound_hosts(validated: Validated, document: Document, bag: DiagnosticBag) -> Validated:
    if validated.model is None:
        return validated
    found = DiagnosticBag()
    model = validated.model
    if document.inventories:
        instead = {"hosts": (), "inventory": document.inventories}
        model = model.model_copy(update={"spec": model.spec.model_copy(update=instead)})
    model = bind_hosts(model, document.extra_vars, found)
    bag.extend(document.locate(validated.restore(found.items)))
    return replace(validated, model=model)


def _hosts_known(validated: Validated) -> bool:
    """Whether no host or group, and none of their selection keys, was removed as invalid."""
    for path in validated.valid_parts.removed if validated.valid_parts else ():
        if path in ((), ("spec",), ("spec", "inventory")):
            return False
        if path[:2] in (("spec", "hosts"), ("spec", "groups")) and (
            len(path) <= 3 or path[3] in _SELECTION_KEYS
        ):
            return False
        # A misspelt key of `spec` may be the hosts.
        if len(path) == 2 and path[0] == "spec" and nearest(str(path[1]), ("hosts", "groups")):
            return False
    return "spec" in validated.valid_parts.data if validated.valid_parts else True


def _reference_target(diagnostic: Diagnostic, document: Document) -> str | None:
    """Return the name that a dangling need or hook target refers to."""
    if diagnostic.slug not in ("dangling-need", "unknown-hook-target"):
        return None
    value = document.value(diagnostic.path or ())
    if isinstance(value, dict):
        value = value.get("task") or value.get("module")
    # The name of a step may be derived, so only its task is compared.
    return "/".join(value.split("/")[:2]) if isinstance(value, str) else None


def _written_names(data: Any) -> frozenset[str]:
    """Return the names of modules, components and tasks in a document, valid or not."""
    spec = _mapping(_mapping(data).get("spec"))
    names = {str(name) for name in _mapping(spec.get("components"))}
    for module in _items(spec.get("modules")):
        name = module.get("name")
        names.add(str(name))
        for task in _items(module.get("tasks")):
            names |= {str(task.get("name")), f"{name}/{task.get('name')}"}
    return frozenset(names)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[dict[str, Any]]:
    return [_mapping(item) for item in value] if isinstance(value, list) else []
