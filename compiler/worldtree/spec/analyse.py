"""Everything that can be said about a document, in one go."""

from __future__ import annotations

from collections.abc import Collection

from worldtree.errors import Diagnostic, DiagnosticBag
from worldtree.spec.checks import check
from worldtree.spec.cluster import Cluster
from worldtree.spec.document import Document
from worldtree.spec.models.cluster import ClusterDocument
from worldtree.spec.resolve import resolve
from worldtree.spec.resolve.modules import Normalise
from worldtree.spec.validate import Validated, validate

#: Said in error when hosts or groups were left out because they are wrong themselves.
_NEED_HOSTS = frozenset(
    {
        "no-hosts",
        "selector-matches-nothing",
        "step-hosts-outside-task",
        "unknown-bastion",
        "unknown-host",
    }
)
#: Said in error when modules were left out.
_NEED_MODULES = frozenset({"dangling-need", "unknown-hook-target"})


def resolve_checked(
    model: ClusterDocument,
    document: Document,
    bag: DiagnosticBag,
    *,
    components: Collection[str] = (),
    normalise: Normalise | None = None,
) -> Cluster:
    """Return the cluster of a sound model; cross-field problems, with marks, go to ``bag``.

    ``components`` are the names of every known component.
    """
    found = DiagnosticBag()
    cluster = resolve(model, document, found, normalise=normalise)
    found.extend(check(model, cluster, components=components))
    bag.extend(document.locate(found.items))
    return cluster


def hidden_problems(
    validated: Validated, document: Document, *, components: Collection[str] = ()
) -> list[Diagnostic]:
    """Return, with marks, what else is wrong with a document whose structure is broken.

    Checks the parts that are sound, and keeps to itself what may only follow from the rest.
    """
    if validated.model is None:
        return []
    found = DiagnosticBag()
    cluster = resolve(validated.model, document, found)
    found.extend(check(validated.model, cluster, components=components))
    silent = _unreliable(validated, document)
    kept = [d for d in found.items if d.slug not in silent]
    return document.locate(validated.restore(kept))


def validate_checked(
    document: Document, bag: DiagnosticBag, *, components: Collection[str] = ()
) -> Validated:
    """Type ``document``; everything wrong with it, with marks, goes to ``bag``.

    A document of sound structure gets no cross-field checks here: resolving does them.
    """
    validated = validate(document)
    if validated.diagnostics:
        bag.extend(document.locate(validated.diagnostics))
        bag.extend(hidden_problems(validated, document, components=components))
    return validated


def _unreliable(validated: Validated, document: Document) -> frozenset[str]:
    """Return the slugs that may only follow from what was taken out of the document."""
    silent: frozenset[str] = frozenset()
    if "spec" not in document.data:
        return _NEED_HOSTS | _NEED_MODULES
    for diagnostic in validated.diagnostics:
        path = diagnostic.path or ()
        top = path[1] if len(path) > 1 and path[0] == "spec" else None
        whole = path == ("spec",) or (len(path) == 2 and diagnostic.slug == "unknown-key")
        if whole or top in ("hosts", "groups", "inventory"):
            silent |= _NEED_HOSTS
        if whole or top in ("modules", "components"):
            silent |= _NEED_MODULES
    return silent
