"""Judges Jinja: which lookups, filters, tests and attributes a template or expression uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

from worldtree.app.documents.policy.known_names import (
    DENIED_FILTERS,
    DENIED_TESTS,
    FILTERS,
    LOOKUP_FUNCTIONS,
    NAMING_FILTERS,
    TESTS,
    short_name,
)

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

#: Texts without one of these words use no lookup, denied filter or test, in whatever way.
_SUSPECT = re.compile(
    rf"\b({'|'.join(sorted(LOOKUP_FUNCTIONS | DENIED_FILTERS | DENIED_TESTS))})\b|__|\|"
)
_PRIVATE = re.compile(r"__[a-z_]+__")
#: Decides on a lookup by its name and its other arguments, as far as these are constant.
LookupRule = Callable[[str, list[object]], bool]


def has_marks(text: str) -> bool:
    """Whether Ansible renders ``text`` as a template; a comment alone makes it one."""
    return any(mark in text for mark in ("{{", "{%", "{#"))


class TemplateJudge:
    """Finds what texts may not do; ``lookup`` and ``filters`` say what is allowed besides."""

    def __init__(self, lookup: LookupRule, filters: frozenset[str] = frozenset()) -> None:
        self._lookup, self._filters = lookup, filters

    def template(self, text: str) -> Iterator[str]:
        """Yield what a text uses that is not allowed, if Ansible renders it as a template."""
        if "#jinja2:" in text:
            yield "`#jinja2:`, which changes the marks of templates"
        if has_marks(text):
            yield from self._judged(text, lambda: _environment().parse(text))
        else:
            yield from self._indirect(text)

    def expression(self, text: str) -> Iterator[str]:
        """Yield what an expression without braces uses that is not allowed."""
        yield from self._judged(text, lambda: _expression(text))
        if has_marks(text):
            yield from self.template(text)

    def _indirect(self, text: str) -> Iterator[str]:
        """Judge a text that is no template: a condition may name the variable that holds it.

        Most texts are prose, so that only names which are denied count.
        """
        if not _SUSPECT.search(text):
            return
        try:
            found = _expression(text)
        except Exception:  # What is not an expression is not evaluated as one.
            return
        yield from self._walk(found, strict=False)

    def _judged(self, text: str, parse: Callable[[], nodes.Node]) -> Iterator[str]:
        from jinja2 import TemplateSyntaxError

        try:
            tree = parse()
            yield from self._walk(tree, strict=True)
        except (TemplateSyntaxError, RecursionError, ValueError):
            if has_marks(text) or _SUSPECT.search(text):
                yield "syntax that cannot be read"

    def _walk(self, root: nodes.Node, *, strict: bool) -> Iterator[str]:
        from jinja2 import nodes

        called: set[int] = set()
        stack: list[nodes.Node] = [root]
        while stack:
            node = stack.pop()
            stack.extend(node.iter_child_nodes())
            if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
                if node.node.name in LOOKUP_FUNCTIONS:
                    called.add(id(node.node))
                    yield from self._called(node)
            elif isinstance(node, nodes.Name) and node.name in LOOKUP_FUNCTIONS:
                if id(node) not in called and strict:
                    yield f"`{node.name}` without a call"
            elif isinstance(node, nodes.Filter):
                yield from self._filter(node, strict=strict)
            elif isinstance(node, nodes.Test):
                yield from self._test(short_name(node.name), strict=strict)
            elif isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
                yield f"the private attribute `{node.attr}`"
            elif isinstance(node, nodes.Const | nodes.TemplateData):
                yield from self._constant(node, strict=strict)
            elif isinstance(node, nodes.Include | nodes.Import | nodes.FromImport | nodes.Extends):
                yield "another template file"

    def _called(self, node: nodes.Call) -> Iterator[str]:
        """Judge a call of a lookup: its name has to be constant, and allowed."""
        from jinja2 import nodes

        name, *rest = node.args or [nodes.Const(None)]
        if not isinstance(name, nodes.Const) or not isinstance(name.value, str) or node.dyn_args:
            yield "a lookup whose name is not constant"
            return
        values = [one.value if isinstance(one, nodes.Const) else None for one in rest]
        if not self._lookup(name.value, values):
            yield f"the lookup `{name.value}`"

    def _filter(self, node: nodes.Filter, *, strict: bool) -> Iterator[str]:
        name = short_name(node.name)
        if node.dyn_kwargs is not None or any(one.key == "profile" for one in node.kwargs):
            # With a profile, `from_json` makes trusted templates of what a text says.
            yield f"`{name}` with a profile, or with arguments that are not constant"
        if name == "from_json" and (node.args or node.dyn_args is not None):
            yield "`from_json` with arguments"
        if not self._allows_filter(name, strict=strict):
            yield f"the filter `{name}`"
        if name in NAMING_FILTERS:
            if node.dyn_args is not None or node.dyn_kwargs is not None:
                yield f"`{name}` with arguments that are not constant"
            yield from self._named(name, node.args)

    def _named(self, name: str, arguments: Sequence[nodes.Node]) -> Iterator[str]:
        """Judge the filter or test that is an argument of a filter, and what that one names."""
        from jinja2 import nodes

        place, kind = NAMING_FILTERS[name]
        if len(arguments) <= place:
            return
        given = arguments[place]
        if not isinstance(given, nodes.Const) or not isinstance(given.value, str):
            yield f"`{name}` with a {kind} that is not constant"
            return
        inner = short_name(given.value)
        if kind == "test":
            yield from self._test(inner, strict=True)
            return
        if not self._allows_filter(inner, strict=True):
            yield f"the filter `{inner}`"
        if inner == "from_json" and len(arguments) > place + 1:
            yield "`from_json` with arguments"
        if inner in NAMING_FILTERS:
            yield from self._named(inner, arguments[place + 1 :])

    def _allows_filter(self, name: str, *, strict: bool) -> bool:
        if name in DENIED_FILTERS:
            return name in self._filters
        return name in FILTERS or name in self._filters or (not strict and "." not in name)

    def _test(self, name: str, *, strict: bool) -> Iterator[str]:
        unknown = name not in TESTS and (strict or "." in name)
        if name in DENIED_TESTS or unknown:
            yield f"the test `{name}`"

    def _constant(self, node: nodes.Const | nodes.TemplateData, *, strict: bool) -> Iterator[str]:
        """Judge a text in a template: conditions evaluate texts that templates give."""
        from jinja2 import nodes

        value = node.value if isinstance(node, nodes.Const) else node.data
        if not isinstance(value, str):
            return
        if _PRIVATE.search(value) and isinstance(node, nodes.Const):
            yield "the name of a private attribute"
        if isinstance(node, nodes.Const):
            yield from self.template(value) if strict else ()


def _expression(text: str) -> nodes.Node:
    """Return the tree of an expression; raises ``TemplateSyntaxError``, ``RecursionError``."""
    from jinja2 import TemplateSyntaxError
    from jinja2.parser import Parser

    parser = Parser(_environment(), text, state="variable")
    tree = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError("more than one expression", 1)
    return tree


@cache
def _environment() -> Environment:
    from jinja2 import Environment

    return Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
