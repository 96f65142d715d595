"""Parses Jinja templates and conditions of roles; nothing is rendered."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes


class _AnyFilter(dict[str, Any]):
    """Accepts every filter and test, since collections define them."""

    def get(self, _key: str, _default: Any = None) -> Any:
        return lambda value, *_args, **_more: value

    def __contains__(self, _key: object) -> bool:
        return True


@cache
def _environment() -> Environment:
    # Texts are only parsed, never rendered.
    found = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
    found.filters = _AnyFilter()
    found.tests = _AnyFilter()
    return found


@lru_cache(maxsize=256)
def parse_template(template: str) -> nodes.Template | None:
    """Return the syntax tree of ``template``, not to be changed; None when it does not parse."""
    try:
        return _environment().parse(template)
    except TemplateSyntaxError:
        return None


def parse_condition(condition: object) -> nodes.Expr | None:
    """Return the syntax tree of one condition as in `when`; None when it is not an expression."""
    if not isinstance(condition, str):
        return None
    tree = parse_template("{{ " + condition + " }}")
    parts = tree.body[0].nodes if tree and isinstance(tree.body[0], nodes.Output) else []
    return parts[0] if len(parts) == 1 and isinstance(parts[0], nodes.Expr) else None


def conjuncts(expression: nodes.Expr) -> list[nodes.Expr]:
    """Return the parts of an expression that all have to be true."""
    if isinstance(expression, nodes.And):
        return [*conjuncts(expression.left), *conjuncts(expression.right)]
    return [expression]
