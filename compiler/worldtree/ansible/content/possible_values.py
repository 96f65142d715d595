"""What templates of tasks can give, as far as values are written out; nothing is rendered.

A value that is not known is the text ``ANY``; in a longer text it stands for any part of it.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes

from worldtree.ansible.content.roles.jinja_syntax import parse_template
from worldtree.spec.jinja_syntax import is_template

#: Any text.
ANY = "\0"
#: A path of the control side that is found as it is: of this machine, or carried as a whole.
FOUND = "\1"
#: Values that are followed; of more, all may be anything.
_MOST_VALUES = 500
_MOST_STEPS = 30
_LOOKUPS = frozenset(("lookup", "query", "q"))
#: A secret or output of the document.
_REFERENCE = re.compile(r"\$\{[^{}]*\}")
#: What a pattern of the shell has in place of text.
_GLOB = re.compile(r"\*+|\?|\[[^\]]*\]")
_OF_TEXT: dict[str, Callable[[str], str]] = {
    "basename": posixpath.basename,
    "dirname": posixpath.dirname,
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
    "string": str,
    "mandatory": str,
    "realpath": str,
    "expanduser": str,
}
_OF_LISTS = frozenset(("list", "unique", "sort", "flatten", "select", "reject", "reverse"))


@dataclass(frozen=True)
class PossibleValues:
    """Variables by name, each with all values that it may have: texts may be templates."""

    variables: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def having(self, more: Mapping[str, Sequence[Any]]) -> PossibleValues:
        """Return values in which ``more`` take precedence."""
        return PossibleValues({**self.variables, **more})

    def also(self, more: Mapping[str, Any]) -> PossibleValues:
        """Return values in which each variable of ``more`` may have that value, too."""
        added = {name: [value, *self.variables.get(name, ())] for name, value in more.items()}
        return self.having(added)

    def of(self, value: object, steps: int = 0) -> list[Any]:
        """Return what ``value`` can be; a list has everything that it may have."""
        if not isinstance(value, str):
            return [value if isinstance(value, list | Mapping | int | float) else ANY]
        text = _REFERENCE.sub(ANY, value)
        if not is_template(text):
            return [text]
        tree = parse_template(text) if steps < _MOST_STEPS else None
        if tree is None:
            return [ANY]
        if any(not isinstance(part, nodes.Output) for part in tree.body):
            return [ANY]
        parts = [one for part in tree.body if isinstance(part, nodes.Output) for one in part.nodes]
        if len(parts) == 1:
            return self._limited(self._of(parts[0], steps + 1))
        return self._joined([self._of(part, steps + 1) for part in parts])

    def items(self, value: object, steps: int = 0) -> list[Any]:
        """Return the items of a list that ``value`` can give; of anything else, itself."""
        found: list[Any] = []
        for one in self.of(value, steps):
            if isinstance(one, list):
                found += [item for inner in one for item in self.items(inner, steps + 1)]
            else:
                found.append(one)
        return self._limited(found)

    def texts(self, value: object) -> list[str]:
        """Return the texts among the items of ``value``; ``ANY`` for what is no text."""
        return [one if isinstance(one, str) else ANY for one in self.items(value)]

    def first_found(self, value: object, paths: object = None) -> list[str]:
        """Return the names that the lookup `first_found` tries."""
        found: list[str] = []
        folders = self.texts(paths) if paths else [""]
        for one in self.items(value):
            if isinstance(one, Mapping):
                found += self.first_found(one.get("files", ()), one.get("paths"))
            else:
                names = re.split(r"[,;]\s*", one) if isinstance(one, str) else [ANY]
                found += [posixpath.join(place, name) for place in folders for name in names]
        return found

    def globbed(self, value: object) -> list[str]:
        """Return the names that the lookup `fileglob` can find."""
        return [_GLOB.sub(ANY, text) for text in self.texts(value)]

    def of_expression(self, expression: nodes.Expr) -> list[Any]:
        """Return what an expression can be."""
        return self._limited(self._of(expression, 0))

    # ---- expressions -----------------------------------------------------------------------------

    def _of(self, node: nodes.Node, steps: int) -> list[Any]:
        if steps > _MOST_STEPS:
            return [ANY]
        if isinstance(node, nodes.TemplateData):
            return [node.data]
        if isinstance(node, nodes.Const):
            return self.of(node.value, steps)
        if isinstance(node, nodes.Name):
            values = self.variables.get(node.name)
            return [ANY] if values is None else self._each(values, steps)
        if isinstance(node, nodes.Getattr):
            return self._inner(self._of(node.node, steps + 1), [node.attr], steps)
        if isinstance(node, nodes.Getitem):
            keys = self._of(node.arg, steps + 1)
            return self._inner(self._of(node.node, steps + 1), keys, steps)
        if isinstance(node, nodes.List | nodes.Tuple):
            return [[value for item in node.items for value in self._of(item, steps + 1)]]
        if isinstance(node, nodes.Concat):
            return self._joined([self._of(part, steps + 1) for part in node.nodes])
        if isinstance(node, nodes.Add):
            return self._added(node, steps)
        if isinstance(node, nodes.CondExpr):
            other = [] if node.expr2 is None else self._of(node.expr2, steps + 1)
            return self._of(node.expr1, steps + 1) + other
        if isinstance(node, nodes.Or):
            return self._of(node.left, steps + 1) + self._of(node.right, steps + 1)
        if isinstance(node, nodes.Dict):
            return [self._mapping(node, steps)]
        if isinstance(node, nodes.Filter) and node.node is not None:
            return self._filtered(node, node.node, steps)
        if isinstance(node, nodes.Call):
            return self._looked_up(node, steps)
        return [ANY]

    def _each(self, values: Sequence[Any], steps: int) -> list[Any]:
        return self._limited([found for one in values for found in self.of(one, steps + 1)])

    def _inner(self, bases: Sequence[Any], keys: Sequence[Any], steps: int) -> list[Any]:
        found: list[Any] = []
        for base, key in itertools.product(bases, keys):
            if base == FOUND:
                found.append(FOUND)
            elif isinstance(base, Mapping | list):
                found += self.of(_item(base, key), steps + 1)
            else:
                found.append(ANY)
        return self._limited(found)

    def _mapping(self, node: nodes.Dict, steps: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for pair in node.items:
            keys, values = self._of(pair.key, steps + 1), self._of(pair.value, steps + 1)
            found[str(keys[0])] = values[0] if len(values) == 1 else ANY
        return found

    def _added(self, node: nodes.Add, steps: int) -> list[Any]:
        left, right = self._of(node.left, steps + 1), self._of(node.right, steps + 1)
        if any(isinstance(one, list) for one in (*left, *right)):
            return [[item for value in (*left, *right) for item in self.items(value, steps)]]
        return self._joined([left, right])

    def _filtered(self, node: nodes.Filter, inner: nodes.Expr, steps: int) -> list[Any]:
        values = self._of(inner, steps + 1)
        if node.name in ("default", "d"):
            given = [value for value in values if value != ANY]
            # What is given elsewhere is not known: it may be anything besides the default.
            other = self._of(node.args[0], steps + 1) if node.args else [""]
            return [*given, *other, *([ANY] if len(given) < len(values) else [])]
        if node.name in _OF_LISTS:
            return [[item for value in values for item in self.items(value, steps)]]
        if node.name in ("first", "last", "random"):
            return [item for value in values for item in self.items(value, steps)]
        if node.name in ("dict2items", "ansible.builtin.dict2items"):
            return [[pair for value in values for pair in pairs(value)]]
        change = _OF_TEXT.get(node.name.removeprefix("ansible.builtin."))
        if change is None:
            return [ANY]
        return [change(value) if isinstance(value, str) else ANY for value in values]

    def _looked_up(self, node: nodes.Call, steps: int) -> list[Any]:
        if not isinstance(node.node, nodes.Name) or node.node.name not in _LOOKUPS or not node.args:
            return [ANY]
        name, *terms = node.args
        plugin = lookup_name(name)
        given = [value for term in terms for value in self._of(term, steps + 1)]
        if plugin in ("first_found", "fileglob"):
            options = {one.key: self._of(one.value, steps + 1) for one in node.kwargs}
            if plugin == "fileglob":
                return [self.globbed(given)]
            return [self.first_found(given or options.get("files", []), options.get("paths"))]
        if plugin in ("items", "list", "flattened"):
            return [[item for value in given for item in self.items(value, steps)]]
        if plugin == "dict":
            return [[pair for value in given for pair in pairs(value)]]
        return [FOUND] if plugin in ("env", "filetree", "community.general.filetree") else [ANY]

    def _joined(self, parts: Sequence[Sequence[Any]]) -> list[Any]:
        texts = [
            list(dict.fromkeys(text for value in part for text in self._as_texts(value)))
            for part in parts
        ]
        found = list(itertools.islice(itertools.product(*texts), _MOST_VALUES + 1))
        return self._limited(["".join(one) for one in found])

    def _as_texts(self, value: object) -> list[str]:
        if isinstance(value, str | int | float):
            return [str(value)]
        # A lookup gives one of the names in its list.
        names = value if isinstance(value, list) else [ANY]
        return [one if isinstance(one, str) else ANY for one in names]

    @staticmethod
    def _limited(values: list[Any]) -> list[Any]:
        return values if len(values) <= _MOST_VALUES else [ANY]


def _item(base: Mapping[Any, Any] | list[Any], key: Any) -> Any:
    try:
        return base[key]
    except (KeyError, IndexError, TypeError):
        return ANY


def lookup_name(node: nodes.Node) -> str:
    """Return the short name of a lookup that a call begins with; empty for a template."""
    value = node.value if isinstance(node, nodes.Const) else ""
    return str(value).removeprefix("ansible.builtin.")


def pairs(value: object) -> Iterator[dict[str, Any]]:
    """Yield the items of the loop over a mapping."""
    if isinstance(value, Mapping):
        yield from ({"key": key, "value": inner} for key, inner in value.items())
    else:
        yield {"key": ANY, "value": ANY}
