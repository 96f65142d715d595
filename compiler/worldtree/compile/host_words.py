"""What the document says of a task's hosts, as a host pattern for its play."""

from __future__ import annotations

from worldtree.spec.cluster import Cluster
from worldtree.spec.host_patterns import LOCAL_NAMES, LOCALHOST
from worldtree.spec.selectors import (
    Selector,
    SelectorError,
    Term,
    is_by_labels,
    parse_selector,
    pattern_terms,
)

#: Keys of selectors whose values are names in the inventory.
_NAMES = frozenset({"role", "group", "name"})
_OTHER_LOCAL_NAMES = frozenset(LOCAL_NAMES) - {LOCALHOST}


def host_pattern(selector: Selector, cluster: Cluster) -> Selector | None:
    """Return ``selector`` as Ansible reads it in ``hosts:`` of a play.

    None where Ansible has no word for it, as for labels, or would find other hosts in the bundle's
    inventory: a play then names its hosts.
    """
    texts = (selector,) if isinstance(selector, str) else selector
    try:
        words = [_of_labels(text) if is_by_labels(text) else text.strip() for text in texts]
        known = [word for word in words if word is not None]
        if not words or len(known) < len(words):
            return None
        terms = [term for word in known for term in pattern_terms(word)]
        inventory = cluster.index.inventory
        if any(t.base in _OTHER_LOCAL_NAMES and t.base not in inventory.hosts for t in terms):
            return None  # Ansible would call the host so; in a plan it has one name.
        there = inventory.select(terms)
        if set(there) != set(cluster.select(selector)):
            return None
    except SelectorError:
        return None  # Reported where the document was checked.
    return known[0] if isinstance(selector, str) else tuple(known)


def _of_labels(text: str) -> str | None:
    """Return a selector of groups and names as a pattern: ``role=web,name!=web1`` is
    ``web:!web1``."""
    terms = parse_selector(text)
    if any(term.operator != "all" and term.key not in _NAMES for term in terms):
        return None
    wanted = [term for term in terms if term.operator == "in"]
    # One union can begin a pattern; a second one cannot be said.
    wanted.sort(key=lambda term: len(term.values) == 1)
    if any(len(term.values) > 1 for term in wanted[1:]):
        return None
    first = _written(wanted[0], text) if wanted else ["all"]
    also = [f"&{name}" for term in wanted[1:] for name in term.values]
    without = [
        f"!{name}" for term in terms if term.operator == "notin" for name in _written(term, text)
    ]
    return ":".join([*first, *also, *without])


def _written(term: Term, text: str) -> list[str]:
    """Return the values of ``term`` in the order of ``text``."""
    return sorted(term.values, key=lambda name: (text.find(name), name))
