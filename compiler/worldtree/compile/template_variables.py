"""Finds the variables that templates in a value name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from worldtree.spec.jinja_syntax import is_template
from worldtree.spec.secret_references import walk_texts

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def words(expression: str) -> frozenset[str]:
    """Return every name in a Jinja expression such as a condition; keywords and filters too."""
    return frozenset(_WORD.findall(expression))


def names_in_templates(value: Any) -> frozenset[str]:
    """Return every name in the templates anywhere in ``value``; a superset of its variables.

    Tagged strings hold no template.
    """
    found: set[str] = set()
    for _, text in walk_texts(value):
        if is_template(text):
            found.update(_WORD.findall(text))
    return frozenset(found)


def with_referenced_variables(
    taken: Mapping[str, Any], offered: Mapping[str, Any], mentioned: frozenset[str]
) -> dict[str, Any]:
    """Return ``taken`` with those of ``offered`` that it, or ``mentioned``, needs."""
    found = dict(taken)
    names = mentioned | names_in_templates(found)
    while helpers := [name for name in offered if name in names and name not in found]:
        found |= {name: offered[name] for name in helpers}
        names = names_in_templates({name: offered[name] for name in helpers})
    # In the order in which they were offered, whatever led to them.
    return {name: offered[name] for name in offered if name in found}
